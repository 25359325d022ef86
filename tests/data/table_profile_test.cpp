#include "tidemill/data/table_profile.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/thrown_message.h"
#include "tidemill/core/errors.h"
#include "tidemill/data/leakage.h"

namespace tidemill {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

TableProfile Look(const std::string& bytes, const std::string& name = "f.csv") {
  return ProfileTable({.name = name, .bytes = bytes},
                      [](std::size_t, std::size_t) {});
}

std::string ErrorOf(const std::string& bytes, const std::string& name) {
  return ThrownMessage<DataError>([&] { Look(bytes, name); });
}

TEST(TableProfileTest, LooksAtEveryColumnOfCsv) {
  const TableProfile profile = Look("a;b c\n1;x\n2;y\n");
  EXPECT_EQ(profile.separator, ';');
  EXPECT_EQ(profile.rows, 2U);
  ASSERT_EQ(profile.columns.size(), 2U);
  EXPECT_EQ(profile.columns[1].name, "b c");
  EXPECT_EQ(profile.columns[0].type, GuessedType::kInteger);
  EXPECT_EQ(profile.Find("b c"), 1U);
  EXPECT_EQ(profile.Find("z"), 2U);
}

TEST(TableProfileTest, ColumnsOfJsonMayComeLate) {
  const TableProfile profile =
      Look("{\"a\":1}\n\n{\"a\":2,\"b\":true}\n{\"b\":null}\n", "f.jsonl");
  ASSERT_EQ(profile.columns.size(), 2U);
  EXPECT_EQ(profile.columns[0].missing, 1U);
  EXPECT_EQ(profile.columns[1].missing, 2U);
  EXPECT_EQ(profile.columns[1].type, GuessedType::kBoolean);
}

TEST(TableProfileTest, FindsRowsAndColumnsThatAreTwice) {
  const TableProfile profile =
      Look("a,b,c\n1,x,1\n2,y,2\n1,x,1\n3,,3\n1,x,1\n");
  EXPECT_EQ(profile.duplicate_rows, 2U);
  EXPECT_THAT(profile.duplicate_columns, ElementsAre(Pair(2U, 0U)));
}

TEST(TableProfileTest, ColumnsWithTheSameValuesInAnotherOrderAreNotTwice) {
  EXPECT_THAT(Look("a,b\n1,2\n2,1\n").duplicate_columns, IsEmpty());
}

TEST(TableProfileTest, RefusesWhatIsNoTable) {
  EXPECT_EQ(ErrorOf("a,b\n", "f.csv"),
            "f.csv: expected rows to look at, got a header only");
  EXPECT_EQ(ErrorOf("\n", "f.jsonl"),
            "f.jsonl: expected rows to look at, got an empty file");
  EXPECT_EQ(ErrorOf("{\"a\":1}\n{\"a\":\n", "f.jsonl"),
            "f.jsonl:2: expected a JSON object on one line, got text that is "
            "none");
  EXPECT_EQ(ErrorOf("[1]\n", "f.jsonl"),
            "f.jsonl:1: expected a JSON object on one line, got a JSON array");
}

TEST(TableProfileTest, ManyColumnsAreRefused) {
  std::string header;
  for (int i = 0; i < 5000; ++i)
    header += (i > 0 ? ",c" : "c") + std::to_string(i);
  EXPECT_THAT(ErrorOf(header + "\n", "f.csv"),
              HasSubstr("expected at most 4096 columns in all"));
}

/// 400 customers: `gone` by chance, `when_gone` only for those, `paid` about
/// it, `age` not.
std::string Customers() {
  std::string csv = "id,age,when_gone,paid,gone_reason,gone\n";
  std::uint64_t lot = 7;
  for (int i = 0; i < 400; ++i) {
    lot = lot * 6364136223846793005U + 1442695040888963407U;
    const bool gone = (lot >> 60U) < 5;
    const auto age = 20 + (lot >> 40U) % 50;
    csv += "k" + std::to_string(i) + "," + std::to_string(age) + "," +
           (gone ? "2024-01-01" : "") + "," +
           std::to_string((gone ? 10 : 40) + (lot >> 33U) % 50) + "," +
           (gone && i % 2 == 0 ? "price" : "-") + "," + (gone ? "yes" : "no") +
           "\n";
  }
  return csv;
}

TEST(LeakageTest, ACarrierOfTheTargetIsFoundByItsFigure) {
  const TableProfile profile = Look(Customers());
  const LeakageReport report = FindLeakage(profile, profile.Find("gone"));
  EXPECT_EQ(report.kind, TargetKind::kBinary);
  EXPECT_EQ(report.measure, "AUC");
  EXPECT_EQ(report.rows, 400U);
  ASSERT_EQ(report.suspects.size(), 2U);
  EXPECT_EQ(report.suspects[0].column, profile.Find("when_gone"));
  EXPECT_EQ(report.suspects[0].figure, 1.0);
  EXPECT_EQ(report.suspects[1].column, profile.Find("gone_reason"));
  EXPECT_TRUE(report.suspects[1].by_name);
  EXPECT_FALSE(report.suspects[1].figure);
}

TEST(LeakageTest, ANumberIsTakenForAMeasureOfItself) {
  std::string csv = "miles,km,other,minutes\n";
  for (int i = 0; i < 500; ++i) {
    const int miles = i * 37 % 101;
    csv += std::to_string(miles) + "," + std::to_string(miles * 1.609) + "," +
           std::to_string(i * 61 % 97) + "," + std::to_string(3.5 * miles) +
           "\n";
  }
  const TableProfile profile = Look(csv);
  const LeakageReport report = FindLeakage(profile, 3);
  EXPECT_EQ(report.kind, TargetKind::kNumber);
  ASSERT_EQ(report.suspects.size(), 2U);
  EXPECT_EQ(report.suspects[0].column, 0U);
  EXPECT_GT(*report.suspects[0].figure, 0.99);
  EXPECT_EQ(report.suspects[1].column, 1U);
}

TEST(LeakageTest, ClassesAreJudgedByAccuracy) {
  std::string csv = "code,noise,kind\n";
  for (int i = 0; i < 300; ++i) {
    const int kind = i * 7 % 3;
    csv += "c" + std::to_string(kind) + "," + std::to_string(i * 61 % 97) +
           "," + std::string(1, static_cast<char>('x' + kind)) + "\n";
  }
  const TableProfile profile = Look(csv);
  const LeakageReport report = FindLeakage(profile, 2);
  EXPECT_EQ(report.kind, TargetKind::kClasses);
  ASSERT_EQ(report.suspects.size(), 1U);
  EXPECT_EQ(report.suspects[0].column, 0U);
  EXPECT_EQ(report.suspects[0].figure, 1.0);
}

TEST(LeakageTest, ACarrierOfClassesWithBlanksIsFound) {
  std::string csv = "carrier,y\n";
  for (int i = 0; i < 400; ++i) {
    const char* label = i % 3 != 0 ? "no" : i % 2 == 0 ? "yes" : "yes ";
    csv += std::string(i % 3 == 0 ? "a," : "b,") + label + "\n";
  }
  const TableProfile profile = Look(csv);
  const LeakageReport report = FindLeakage(profile, 1);
  EXPECT_EQ(report.kind, TargetKind::kBinary);
  ASSERT_EQ(report.suspects.size(), 1U);
  EXPECT_EQ(report.suspects[0].figure, 1.0);
}

TEST(LeakageTest, ATargetWithDecimalCommasIsRefusedWithTheOption) {
  std::string csv = "x;y\n";
  for (int i = 0; i < 40; ++i) csv += "1;" + std::to_string(i) + ",5\n";
  const TableProfile profile = Look(csv);
  EXPECT_THAT(ThrownMessage<DataError>([&] { TargetKindOf(profile, 1); }),
              HasSubstr("a decimal comma: say --decimal ,"));
}

TEST(LeakageTest, ARefusalSaysThatAnotherColumnHasDecimalCommas) {
  const TableProfile profile = Look("x;y\n1,5;a\n2,5;a\n");
  EXPECT_THAT(ThrownMessage<DataError>([&] { TargetKindOf(profile, 1); }),
              HasSubstr("one value, 'a'; 'x' holds numbers with a decimal "
                        "comma: say --decimal ,"));
}

TEST(LeakageTest, FewRowsGiveNoFigures) {
  const LeakageReport report = FindLeakage(Look("a,y\n1,no\n2,yes\n"), 1);
  EXPECT_EQ(report.rows, 0U);
  EXPECT_THAT(report.suspects, IsEmpty());
}

TEST(LeakageTest, WhatCannotBeLearntIsNoTarget) {
  const TableProfile profile = Look(
      "id,one,when\nk1,a,2024-01-01\nk2,a,"
      "2024-01-02\nk3,a,2024-01-03\n");
  const auto message = [&](std::size_t column) {
    return ThrownMessage<DataError>([&] { TargetKindOf(profile, column); });
  };
  EXPECT_EQ(message(0),
            "f.csv, column 'id': expected a target: two or more classes, or a "
            "number, got a column of type id");
  EXPECT_THAT(message(1), HasSubstr("got one value, 'a'"));
  EXPECT_THAT(message(2), HasSubstr("got a column of type timestamp"));
}

}  // namespace
}  // namespace tidemill
