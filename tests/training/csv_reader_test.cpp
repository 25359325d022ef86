#include "tidemill/training/csv_reader.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "training/training_testing.h"

namespace tidemill {
namespace {

using Records = std::vector<std::vector<std::string>>;

Records Read(const std::string& text) {
  const DataFile file{.name = "f.csv", .bytes = text};
  CsvReader reader(file);
  Records records;
  std::vector<std::string_view> cells;
  while (reader.Next(cells)) records.emplace_back(cells.begin(), cells.end());
  return records;
}

TEST(CsvReaderTest, SplitsAtCommasAndLineEnds) {
  EXPECT_EQ(Read("a,b\n1,2\n"), (Records{{"a", "b"}, {"1", "2"}}));
}

TEST(CsvReaderTest, TheLastLineNeedsNoEnd) {
  EXPECT_EQ(Read("a,b\n1,"), (Records{{"a", "b"}, {"1", ""}}));
}

TEST(CsvReaderTest, TakesCarriageReturns) {
  EXPECT_EQ(Read("a\r\nb\rc\n"), (Records{{"a"}, {"b"}, {"c"}}));
}

TEST(CsvReaderTest, QuotesHoldCommasLineEndsAndQuotes) {
  EXPECT_EQ(Read("\"a,b\",\"c\nd\",\"say \"\"hi\"\"\"\n"),
            (Records{{"a,b", "c\nd", "say \"hi\""}}));
}

TEST(CsvReaderTest, AQuoteWithinACellIsACharacter) {
  EXPECT_EQ(Read("5\" pipe,b\n"), (Records{{"5\" pipe", "b"}}));
}

TEST(CsvReaderTest, SkipsAByteOrderMark) {
  EXPECT_EQ(Read("\xEF\xBB\xBF"
                 "a\n"),
            (Records{{"a"}}));
}

TEST(CsvReaderTest, SkipsEmptyLines) {
  EXPECT_EQ(Read("a\n\n\r\nb\n\n"), (Records{{"a"}, {"b"}}));
}

TEST(CsvReaderTest, CountsLinesWithinQuotes) {
  const DataFile file{.name = "f.csv", .bytes = "a,b\n\"1\n2\",3\n4,5\n"};
  CsvReader reader(file);
  std::vector<std::string_view> cells;
  std::vector<std::size_t> lines;
  while (reader.Next(cells)) lines.push_back(reader.place().line);
  EXPECT_EQ(lines, (std::vector<std::size_t>{1, 2, 4}));
}

TEST(CsvReaderTest, AnOpenQuoteNamesItsLine) {
  EXPECT_EQ(MessageOf([] { Read("a\n\"b\nc\n"); }),
            "f.csv:2: expected a quote that closes the cell, got the end of "
            "the file");
}

TEST(CsvReaderTest, TextBehindAQuoteIsRefused) {
  EXPECT_EQ(MessageOf([] { Read("\"a\"b,c\n"); }),
            "f.csv:1: expected a comma or the end of the line behind a closing "
            "quote, got more text");
}

}  // namespace
}  // namespace tidemill
