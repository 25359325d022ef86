#include "tidemill/simulation/row.h"

#include <array>
#include <string>

#include <gmock/gmock.h>

namespace tidemill {
namespace {

constexpr std::array<SimulatedField, 6> kFields = {{
    {.name = "id", .type = FieldType::kText, .role = FieldRole::kId},
    {.name = "price", .decimals = 2},
    {.name = "zone", .type = FieldType::kCategory},
    {.name = "pickup", .type = FieldType::kTimestamp},
    {.name = "dropoff",
     .type = FieldType::kTimestamp,
     .role = FieldRole::kLabel},
    {.name = "traffic", .role = FieldRole::kWorld},
}};

using Row = std::array<SimulatedValue, 6>;

Row SomeRow() {
  Row row;
  row[0].text = "a";
  row[1].number = 12.5;
  row[2].text = "Sq";
  row[3].number = 0;
  row[4].number = 1'551'398'401;  // 2019-03-01 00:00:01
  return row;
}

std::string Json(const Row& row, bool with_labels, std::uint64_t number = 0) {
  std::string out;
  RowWriter(kFields).AppendJson(row, number, with_labels, out);
  return out;
}

std::string Csv(const Row& row) {
  std::string out;
  RowWriter(kFields).AppendCsvRow(row, true, out);
  return out;
}

TEST(RowTest, KeepsLabelsOutOfTheEvent) {
  EXPECT_EQ(Json(SomeRow(), false), R"({"id":"a","price":12.5,"zone":"Sq",)"
                                    R"("pickup":"1970-01-01 00:00:00"})");
}

TEST(RowTest, AddsLabelsOnRequest) {
  EXPECT_EQ(Json(SomeRow(), true), R"({"id":"a","price":12.5,"zone":"Sq",)"
                                   R"("pickup":"1970-01-01 00:00:00",)"
                                   R"("dropoff":"2019-03-01 00:00:01"})");
}

TEST(RowTest, WritesAMissingValueAsNullOrNotAtAll) {
  Row row = SomeRow();
  row[2].missing = true;
  EXPECT_EQ(Json(row, false, 1), R"({"id":"a","price":12.5,"zone":null,)"
                                 R"("pickup":"1970-01-01 00:00:00"})");
  EXPECT_EQ(Json(row, false, 2),
            R"({"id":"a","price":12.5,"pickup":"1970-01-01 00:00:00"})");
}

TEST(RowTest, EscapesJsonText) {
  Row row = SomeRow();
  row[2].text = "a\"b\\c\n";
  EXPECT_THAT(Json(row, false), testing::HasSubstr(R"("zone":"a\"b\\c\n",)"));
}

TEST(RowTest, WritesNumbersWithoutTrailingZeros) {
  Row row = SomeRow();
  for (const auto& [number, text] : {std::pair{-0.05, "-0.05"},
                                     {70.0, "70"},
                                     {29.85, "29.85"},
                                     {0.004, "0"},
                                     {1e300, "100000000000000"}}) {
    row[1].number = number;
    EXPECT_EQ(Csv(row), std::string("a,") + text +
                            ",Sq,1970-01-01 00:00:00,2019-03-01 00:00:01\n");
  }
}

TEST(RowTest, QuotesCsvCellsThatNeedIt) {
  Row row = SomeRow();
  row[1].missing = true;
  row[2].text = "Sq \"A\", north";
  EXPECT_EQ(Csv(row),
            "a,,\"Sq \"\"A\"\", north\",1970-01-01 00:00:00,"
            "2019-03-01 00:00:01\n");
}

TEST(RowTest, NamesTheColumnsInTheHeader) {
  std::string out;
  RowWriter(kFields).AppendCsvHeader(true, out);
  RowWriter(kFields).AppendCsvHeader(false, out);
  EXPECT_EQ(out, "id,price,zone,pickup,dropoff\nid,price,zone,pickup\n");
}

}  // namespace
}  // namespace tidemill
