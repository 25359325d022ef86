#include "tidemill/data/csv_reader.h"

#include <algorithm>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/thrown_message.h"
#include "tidemill/core/errors.h"

namespace tidemill {
namespace {

using Records = std::vector<std::vector<std::string>>;

/// Hands out a few bytes at a time.
class Trickle final : public ByteSource {
 public:
  Trickle(std::string_view bytes, std::size_t step)
      : bytes_(bytes), step_(step) {}
  std::size_t Read(std::span<char> out) override {
    return bytes_.Read(out.first(std::min(step_, out.size())));
  }

 private:
  MemoryBytes bytes_;
  std::size_t step_;
};

Records ReadFrom(ByteSource& source, char separator = '\0') {
  CsvReader reader(source, "f.csv", separator);
  Records records;
  std::vector<std::string_view> cells;
  while (reader.Next(cells)) records.emplace_back(cells.begin(), cells.end());
  return records;
}

Records Read(const std::string& text, char separator = '\0') {
  MemoryBytes source(text);
  return ReadFrom(source, separator);
}

std::string ErrorOf(const std::string& text) {
  return ThrownMessage<DataError>([&] { Read(text); });
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

TEST(CsvReaderTest, SkipsEmptyLines) {
  EXPECT_EQ(Read("a\n\n\r\nb\n\n"), (Records{{"a"}, {"b"}}));
}

TEST(CsvReaderTest, CountsLinesWithinQuotes) {
  MemoryBytes source("a,b\n\"1\n2\",3\n4,5\n");
  CsvReader reader(source, "f.csv");
  std::vector<std::string_view> cells;
  std::vector<std::size_t> lines;
  while (reader.Next(cells)) lines.push_back(reader.place().line);
  EXPECT_EQ(lines, (std::vector<std::size_t>{1, 2, 4}));
}

TEST(CsvReaderTest, TheSeparatorIsTheOneTheHeaderHoldsMostOften) {
  EXPECT_EQ(Read("a;b,c;d\n1;2,5;3\n"),
            (Records{{"a", "b,c", "d"}, {"1", "2,5", "3"}}));
  EXPECT_EQ(Read("a\tb\n1\t2\n"), (Records{{"a", "b"}, {"1", "2"}}));
  EXPECT_EQ(Read("a|b\n1|2\n"), (Records{{"a", "b"}, {"1", "2"}}));
  EXPECT_EQ(Read("\"x;y;z\",b\n1,2\n"), (Records{{"x;y;z", "b"}, {"1", "2"}}));
  EXPECT_EQ(Read("only\n1;2\n"), (Records{{"only"}, {"1;2"}}));
}

TEST(CsvReaderTest, AGivenSeparatorWins) {
  EXPECT_EQ(Read("a,b:c\n", ':'), (Records{{"a,b", "c"}}));
}

TEST(CsvReaderTest, AFirstLineMayNameTheSeparator) {
  EXPECT_EQ(Read("sep=|\r\na,b|c\n"), (Records{{"a,b", "c"}}));
}

TEST(CsvReaderTest, ReadsTheSameWhereverThePiecesOfTheFileEnd) {
  const std::string text =
      "a;\"b\"\"c\";d\r\n\r\n\"1\r\n2\";;\"\"\r\n3;4;5\r6;7;8";
  const Records whole = Read(text);
  ASSERT_EQ(whole.size(), 4U);
  for (std::size_t step = 1; step < text.size(); ++step) {
    Trickle source(text, step);
    EXPECT_EQ(ReadFrom(source), whole) << "in steps of " << step;
  }
}

TEST(CsvReaderTest, ARowBeyondTheLimitIsRefusedAndNotHeld) {
  // Endless: a reader that wants all of it never ends.
  class Endless final : public ByteSource {
   public:
    std::size_t Read(std::span<char> out) override {
      std::fill(out.begin(), out.end(), 'x');
      if (count == 0) std::copy_n("a,b\n", 4, out.begin());
      count += out.size();
      return out.size();
    }
    std::size_t count = 0;
  };
  Endless source;
  EXPECT_EQ(ThrownMessage<DataError>([&] { ReadFrom(source, ','); }),
            "f.csv:2: expected a row of at most 16777216 bytes (is a quote not "
            "closed?), got a longer one");
  EXPECT_LE(source.count, 3 * kMaxRecordBytes);
}

TEST(CsvReaderTest, AnOpenQuoteNamesItsLine) {
  EXPECT_EQ(ErrorOf("a\n\"b\nc\n"),
            "f.csv:2: expected a quote that closes the cell, got the end of "
            "the file");
}

TEST(CsvReaderTest, TextBehindAQuoteIsRefused) {
  EXPECT_EQ(ErrorOf("\"a\"b,c\n"),
            "f.csv:1: expected a comma or the end of the line behind a closing "
            "quote, got more text");
  EXPECT_EQ(ErrorOf("a;b\n\"1\",2\n"),
            "f.csv:2: expected ';' or the end of the line behind a closing "
            "quote, got more text");
}

}  // namespace
}  // namespace tidemill
