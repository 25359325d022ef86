#include "tidemill/data/column_profile.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tidemill {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

ColumnSummary Look(const std::string& name,
                   const std::vector<std::string>& cells, char decimal = '.') {
  CountBudget budget;
  ColumnProfile profile(name, 0, decimal, budget);
  std::size_t line = 1;
  for (const std::string& cell : cells) {
    profile.Add({CellValue::Kind::kCell, cell}, ++line);
  }
  return profile.Summary();
}

GuessedType TypeOf(const std::vector<std::string>& cells,
                   const std::string& name = "x") {
  return Look(name, cells).type;
}

/// "prefix0", "prefix1", ...
std::vector<std::string> Numbered(const std::string& prefix, int count) {
  std::vector<std::string> cells;
  for (int i = 0; i < count; ++i) cells.push_back(prefix + std::to_string(i));
  return cells;
}

TEST(ColumnProfileTest, GuessesTypesByAllValues) {
  EXPECT_EQ(TypeOf({"1", "", " 2 ", "-3"}), GuessedType::kInteger);
  EXPECT_EQ(TypeOf({"1", "2.0"}), GuessedType::kNumber);
  EXPECT_EQ(TypeOf({"1e3", ".5"}), GuessedType::kNumber);
  EXPECT_EQ(TypeOf({"true", "False"}), GuessedType::kBoolean);
  EXPECT_EQ(TypeOf({"2019-03-23", "2019-03-23 20:21:09"}),
            GuessedType::kTimestamp);
  EXPECT_EQ(TypeOf({"red", "blue", "red"}), GuessedType::kCategory);
  EXPECT_EQ(TypeOf({"", " "}), GuessedType::kEmpty);
  EXPECT_EQ(TypeOf({"1", "n/a"}), GuessedType::kCategory);
  EXPECT_EQ(TypeOf({"inf", "nan"}), GuessedType::kCategory);
}

TEST(ColumnProfileTest, LeadingZerosAreCodes) {
  EXPECT_EQ(TypeOf({"01234", "80331", "01234"}), GuessedType::kCategory);
}

TEST(ColumnProfileTest, AnotherShortTextInEveryRowIsAnId) {
  EXPECT_EQ(TypeOf(Numbered("c-", 20)), GuessedType::kId);
  EXPECT_EQ(TypeOf(Numbered("c-", 5)), GuessedType::kCategory);
  EXPECT_EQ(TypeOf(Numbered("c-", 5), "Customer Id"), GuessedType::kId);
}

TEST(ColumnProfileTest, AnotherNumberInEveryRowIsAnIdByNameOrByCounting) {
  EXPECT_EQ(TypeOf({"17", "4", "9"}, "customerID"), GuessedType::kId);
  EXPECT_EQ(TypeOf({"17", "4", "9"}, "width"), GuessedType::kInteger);
  EXPECT_EQ(TypeOf(Numbered("", 20), ""), GuessedType::kId);
  EXPECT_TRUE(Look("id", {"17", "4"}).integers);
  EXPECT_FALSE(Look("id", {"17", "04"}).integers);
  EXPECT_FALSE(Look("id", {"17", "9007199254740993000"}).integers);
}

TEST(ColumnProfileTest, ManyWordsAreAText) {
  EXPECT_EQ(TypeOf(Numbered("it broke on the day number ", 30)),
            GuessedType::kText);
}

TEST(ColumnProfileTest, CountsMissingDistinctAndTheMostFrequent) {
  const ColumnSummary summary = Look("x", {"b", "a", "", "a"});
  EXPECT_EQ(summary.rows, 4U);
  EXPECT_EQ(summary.missing, 1U);
  EXPECT_EQ(summary.distinct, 2U);
  ASSERT_EQ(summary.top.size(), 2U);
  EXPECT_EQ(summary.top[0].value, "a");
  EXPECT_EQ(summary.top[0].count, 2U);
  EXPECT_FALSE(summary.constant());
  EXPECT_TRUE(Look("x", {"a", "a"}).constant());
}

TEST(ColumnProfileTest, NumbersHaveARangeAndAMean) {
  const ColumnSummary summary = Look("x", {"1", "2", "6"});
  EXPECT_EQ(summary.minimum, 1.0);
  EXPECT_EQ(summary.maximum, 6.0);
  EXPECT_EQ(summary.mean, 3.0);
}

TEST(ColumnProfileTest, ManyValuesAreEstimated) {
  constexpr int kValues = 200'000;
  const ColumnSummary summary = Look("x", Numbered("v", kValues));
  EXPECT_FALSE(summary.distinct_exact);
  EXPECT_NEAR(static_cast<double>(summary.distinct), kValues, 0.08 * kValues);
  EXPECT_THAT(summary.top, IsEmpty());
}

TEST(ColumnProfileTest, WhatSpoilsANumberIsNamedWithItsLine) {
  std::vector<std::string> cells = Numbered("", 30);
  cells[7] = "n/a";
  EXPECT_THAT(
      Look("x", cells).notes,
      ElementsAre("all numbers but 1, the first in line 9: 'n/a' (only an "
                  "empty cell is missing)"));
}

TEST(ColumnProfileTest, MarkersForNothingAreSaidUpToNineInTen) {
  for (const char* marker : {"NA", "N/A", "NaN", "NULL", "null", "n/a", "-"}) {
    std::vector<std::string> cells(9, marker);
    cells.insert(cells.begin(), "1.5");
    EXPECT_THAT(Look("x", cells).notes,
                ElementsAre(HasSubstr("all numbers but 9, the first in line "
                                      "3: '" +
                                      std::string(marker) + "'")));
    cells.emplace_back(marker);
    EXPECT_THAT(Look("x", cells).notes, IsEmpty());
  }
  EXPECT_THAT(Look("x", {"1", "2", "red", "NA"}).notes, IsEmpty());
}

TEST(ColumnProfileTest, DecimalCommasBesideMarkersAreSaid) {
  EXPECT_TRUE(Look("x", {"1,5", "NA", "2"}).decimal_commas);
  EXPECT_FALSE(Look("x", {"1,5", "red", "2"}).decimal_commas);
  EXPECT_FALSE(Look("x", {"1", "NA", "2"}).decimal_commas);
}

TEST(ColumnProfileTest, DecimalCommasAndOtherDatesAreSaid) {
  EXPECT_THAT(Look("x", {"1,5", "2", "2"}).notes,
              ElementsAre(HasSubstr("--decimal ,")));
  EXPECT_EQ(Look("x", {"1,5", "2"}, ',').type, GuessedType::kNumber);
  EXPECT_THAT(Look("x", {"23.3.2019", "1.12.2020"}).notes,
              ElementsAre(HasSubstr("dates of another form")));
}

TEST(ColumnProfileTest, DatesThatAreNotReadAreSaid) {
  for (const char* date :
       {"23.3.2019", "03/23/19", "23-03-2019 8:00", "2019/03/23",
        "2019/3/23 20:21", "2019/03/23T20:21:09", "2019-3-23",
        "2019-03-23 20:21:09 UTC"}) {
    EXPECT_THAT(Look("x", {date, "2019-03-23", date}).notes,
                ElementsAre(HasSubstr("dates of another form")))
        << date;
  }
  for (const char* other : {"2019-03-23 20:21:09", "2019-03-23 at eight",
                            "2019/03", "20190/3/23", "1/2/3", "2019/03.23"}) {
    EXPECT_THAT(Look("x", {other, other}).notes, IsEmpty()) << other;
  }
}

TEST(ColumnProfileTest, ClassesAreCountedAsTrainingTellsThemApart) {
  const ColumnSummary words = Look("y", {"yes", "yes", "yes ", "no", " no"});
  EXPECT_EQ(words.distinct, 4U);
  ASSERT_EQ(words.num_classes, 2U);
  EXPECT_EQ(words.classes[0].value, "yes");
  EXPECT_EQ(words.classes[0].count, 3U);
  EXPECT_EQ(words.classes[1].value, "no");
  EXPECT_EQ(words.classes[1].count, 2U);
  EXPECT_EQ(Look("y", {"1", "1.0", "+1", "0"}).num_classes, 2U);
  EXPECT_EQ(Look("y", {"1,0", "1", "0"}, ',').num_classes, 2U);
  EXPECT_EQ(Look("y", {"true", "TRUE", "False"}).num_classes, 2U);
  EXPECT_EQ(Look("y", {"yes", "Yes", "no"}).num_classes, 3U);
}

TEST(ColumnProfileTest, LongClassesAreToldApartBeyondWhatIsShown) {
  const std::string same(200, 'a');
  EXPECT_EQ(Look("y", {same + "1", same + "2"}).num_classes, 2U);
}

TEST(ColumnProfileTest, ValuesThatDifferByBlanksAloneAreSaid) {
  EXPECT_THAT(
      Look("x", {"yes", "yes", "yes ", "no", "no", " no"}).notes,
      ElementsAre("blanks at their ends alone tell values apart: 'no' and "
                  "' no' and 1 more (the classes of a target are taken "
                  "without them)"));
  EXPECT_THAT(Look("x", {"1", " 1", "1 "}).notes, IsEmpty());
  EXPECT_THAT(Look("x", {" yes", " no"}).notes, IsEmpty());
}

TEST(ColumnProfileTest, JsonSaysItsTypes) {
  CountBudget budget;
  ColumnProfile texts("x", 0, '.', budget);
  texts.Add({CellValue::Kind::kText, "1"}, 1);
  texts.Add({CellValue::Kind::kText, "2"}, 2);
  EXPECT_EQ(texts.Summary().type, GuessedType::kCategory);
  ColumnProfile nested("x", 2, '.', budget);
  nested.Add({CellValue::Kind::kNested, "[1]"}, 3);
  EXPECT_EQ(nested.Summary().type, GuessedType::kNested);
  EXPECT_EQ(nested.Summary().missing, 2U);
}

}  // namespace
}  // namespace tidemill
