#include "tidemill/wire/field_values.h"

#include <cmath>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "wire/event_fields.h"

namespace tidemill {
namespace {

/// A batch of one row to store cells in.
class StoreCellTest : public testing::Test {
 protected:
  StoreCellTest() : schema_(EventSchema()), batch_(schema_) {
    batch_.AppendRow();
  }
  std::optional<Reason> Store(std::size_t field, std::string_view cell) {
    return StoreCell(schema_.field(field), field, cell, 0, batch_);
  }
  /// The number that a cell stores.
  double Number(std::string_view cell) {
    EXPECT_EQ(Store(kCharges, cell), std::nullopt) << cell;
    return batch_.numbers(kCharges)[0];
  }

  Schema schema_;
  EventBatch batch_;
};

TEST_F(StoreCellTest, AnEmptyOrBlankCellIsMissing) {
  for (std::size_t field = 0; field < schema_.size(); ++field) {
    EXPECT_EQ(Store(field, ""), std::nullopt);
    EXPECT_EQ(Store(field, " \t"), std::nullopt);
  }
  EXPECT_EQ(batch_.texts(kId)[0].data(), nullptr);
  EXPECT_TRUE(std::isnan(batch_.numbers(kCharges)[0]));
  EXPECT_EQ(batch_.codes(kContract)[0], kMissingCode);
  EXPECT_TRUE(batch_.timestamps(kAt)[0].missing());
}

TEST_F(StoreCellTest, NothingElseIsMissing) {
  for (const char* cell : {"NA", "null", "None", "nan", "-", "?"}) {
    EXPECT_NE(Store(kCharges, cell), std::nullopt) << cell;
    EXPECT_EQ(Store(kContract, cell), std::nullopt) << cell;
    EXPECT_EQ(batch_.codes(kContract)[0], kUnseenCode) << cell;
  }
}

TEST_F(StoreCellTest, NumbersMayHaveBlanksASignAndAnExponent) {
  EXPECT_EQ(Number("29.85"), 29.85);
  EXPECT_EQ(Number(" 29.85 "), 29.85);
  EXPECT_EQ(Number("+1.5"), 1.5);
  EXPECT_EQ(Number("-1.5e2"), -150.0);
  EXPECT_EQ(Number(".5"), 0.5);
}

TEST_F(StoreCellTest, TextThatIsNoNumberIsAWrongType) {
  for (const char* cell :
       {"abc", "1,5", "1 2", "1.5x", "0x10", "+-5", "++5", "+", "1e"}) {
    EXPECT_EQ(Store(kCharges, cell), Reason::kWrongType) << cell;
  }
}

TEST_F(StoreCellTest, NumbersBeyondFloat64AreNotFinite) {
  for (const char* cell : {"1e999", "-1e999", "inf", "nan", "-Infinity"}) {
    EXPECT_EQ(Store(kCharges, cell), Reason::kNonFiniteNumber) << cell;
  }
}

TEST_F(StoreCellTest, ATinyNumberIsZeroAsInJson) {
  EXPECT_EQ(Number("1e-999"), 0.0);
  EXPECT_TRUE(std::signbit(Number("-1e-999")));
}

TEST_F(StoreCellTest, IntegersFollowTheRulesOfJson) {
  EXPECT_EQ(Store(kTenure, "3.0"), std::nullopt);
  EXPECT_EQ(batch_.numbers(kTenure)[0], 3.0);
  EXPECT_EQ(Store(kTenure, "1.5"), Reason::kNotAnInteger);
  EXPECT_EQ(Store(kTenure, "9007199254740994"), Reason::kNotAnInteger);
}

TEST_F(StoreCellTest, BooleansAreTrueFalseOneAndZero) {
  for (const char* cell : {"true", "True", "TRUE", "1", " true "}) {
    EXPECT_EQ(Store(kActive, cell), std::nullopt);
    EXPECT_EQ(batch_.numbers(kActive)[0], 1.0) << cell;
  }
  for (const char* cell : {"false", "False", "FALSE", "0"}) {
    EXPECT_EQ(Store(kActive, cell), std::nullopt);
    EXPECT_EQ(batch_.numbers(kActive)[0], 0.0) << cell;
  }
  EXPECT_EQ(Store(kActive, "yes"), Reason::kWrongType);
  EXPECT_EQ(Store(kActive, "1.0"), Reason::kWrongType);
}

TEST_F(StoreCellTest, CategoriesAndTextsKeepTheirBlanks) {
  EXPECT_EQ(Store(kContract, "yearly"), std::nullopt);
  EXPECT_EQ(batch_.codes(kContract)[0], 1);
  EXPECT_EQ(Store(kContract, " yearly"), std::nullopt);
  EXPECT_EQ(batch_.codes(kContract)[0], kUnseenCode);
  EXPECT_EQ(Store(kId, " a "), std::nullopt);
  EXPECT_EQ(batch_.texts(kId)[0], " a ");
}

TEST_F(StoreCellTest, TimestampsAreReadBetweenBlanks) {
  EXPECT_EQ(Store(kAt, " 1970-01-01 00:00:01 "), std::nullopt);
  EXPECT_EQ(batch_.timestamps(kAt)[0].utc_us, 1'000'000);
  EXPECT_EQ(Store(kAt, "1/2/2020"), Reason::kInvalidTimestamp);
}

TEST_F(StoreCellTest, ARefusedCellStoresNothing) {
  Store(kTenure, "1.5");
  EXPECT_TRUE(std::isnan(batch_.numbers(kTenure)[0]));
}

TEST(WantedTest, NamesEveryType) {
  EXPECT_EQ(Wanted(FieldType::kNumber), "a number");
  EXPECT_EQ(Wanted(FieldType::kTimestamp), "a timestamp");
}

}  // namespace
}  // namespace tidemill
