#include "tidemill/data/line_reader.h"

#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tidemill {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

/// Each line with its length in the file.
std::vector<std::pair<std::string, std::size_t>> Read(
    const std::string& text, std::size_t max_bytes = 100) {
  MemoryBytes source(text);
  LineReader reader(source, max_bytes);
  std::vector<std::pair<std::string, std::size_t>> lines;
  std::string line;
  while (reader.Read(line)) lines.emplace_back(line, reader.line_bytes());
  return lines;
}

TEST(LineReaderTest, TheLastLineNeedsNoEnd) {
  EXPECT_THAT(Read("a\nbc"), ElementsAre(Pair("a", 1), Pair("bc", 2)));
  EXPECT_THAT(Read("a\n\n"), ElementsAre(Pair("a", 1), Pair("", 0)));
  EXPECT_THAT(Read(""), IsEmpty());
}

TEST(LineReaderTest, ALongLineIsCutOneByteOverTheLimitButMeasuredWhole) {
  EXPECT_THAT(Read("abcdef\ng", 3), ElementsAre(Pair("abcd", 6), Pair("g", 1)));
  const std::string block(std::size_t{1} << 18U, 'x');
  EXPECT_THAT(Read(block + "yz\n", 3),
              ElementsAre(Pair("xxxx", block.size() + 2)));
}

TEST(LineReaderTest, AByteOrderMarkIsNoPartOfTheFirstLine) {
  EXPECT_THAT(Read("\xef\xbb\xbf"
                   "a\n"),
              ElementsAre(Pair("a", 1)));
  EXPECT_THAT(Read("\xef\xbb\xbf"), IsEmpty());
  EXPECT_THAT(Read("a\n\xef\xbb\xbf"),
              ElementsAre(Pair("a", 1), Pair("\xef\xbb\xbf", 3)));
}

}  // namespace
}  // namespace tidemill
