#include "tidemill/data/csv_table.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/thrown_message.h"
#include "tidemill/core/errors.h"

namespace tidemill {
namespace {

std::string ErrorOf(const std::string& csv) {
  return ThrownMessage<DataError>([&] {
    MemoryBytes text(csv);
    const DataFile file{.name = "f.csv"};
    CsvTable table(text, file);
    while (table.Next()) continue;
  });
}

TEST(CsvTableTest, GivesRowsUnderTheirColumns) {
  MemoryBytes text("a,b\n1,2\n");
  const DataFile file{.name = "f.csv"};
  CsvTable table(text, file);
  EXPECT_THAT(table.columns(), testing::ElementsAre("a", "b"));
  ASSERT_TRUE(table.Next());
  EXPECT_THAT(table.cells(), testing::ElementsAre("1", "2"));
  EXPECT_EQ(table.place().Text(), "f.csv:2");
  EXPECT_FALSE(table.Next());
}

TEST(CsvTableTest, RefusesWhatIsNoTable) {
  EXPECT_EQ(ErrorOf("\n\n"),
            "f.csv: expected a header and rows, got an empty file");
  EXPECT_EQ(ErrorOf("a,b,a\n"),
            "f.csv:1: expected column names once each, got 'a' twice");
  EXPECT_EQ(ErrorOf("a,b\n1,2\n1,2,3\n"),
            "f.csv:3: expected 2 cells, as in the header, got 3");
  EXPECT_EQ(ErrorOf("a,b\n1,2\na,b\n"),
            "f.csv:3: expected a row (files that were joined keep one header), "
            "got the header once more");
}

TEST(CsvTableTest, OneColumnMayHoldItsOwnName) {
  EXPECT_EQ(
      [] {
        MemoryBytes text("color\nred\ncolor\n");
        const DataFile file{.name = "f.csv"};
        CsvTable table(text, file);
        int rows = 0;
        while (table.Next()) ++rows;
        return rows;
      }(),
      2);
}

TEST(CsvTableTest, ADecimalCommaBecomesAPoint) {
  std::string scratch;
  EXPECT_EQ(WithPoint("-1,5", ',', scratch), "-1.5");
  EXPECT_EQ(WithPoint("1.234,5", ',', scratch), "1.234,5");
  EXPECT_EQ(WithPoint("1,5", '.', scratch), "1,5");
}

TEST(DecimalHintTest, IsGivenForANumberWithACommaOnly) {
  EXPECT_EQ(DecimalHint(" 8,0 "), " (a decimal comma? For CSV: --decimal ,)");
  for (const char* cell : {"8.0", "1.234,5", "1,234,5", "a,b", ",", ""}) {
    EXPECT_EQ(DecimalHint(cell), "") << cell;
  }
}

}  // namespace
}  // namespace tidemill
