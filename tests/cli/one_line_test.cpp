#include "tidemill/cli/one_line.h"

#include <string>

#include <gtest/gtest.h>

namespace tidemill {
namespace {

TEST(OneLineTest, KeepsPrintableText) {
  EXPECT_EQ(OneLine("a 'b' caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80"),
            "a 'b' caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80");
}

TEST(OneLineTest, EscapesControlCharacters) {
  EXPECT_EQ(OneLine(std::string("a\nb\tc\r\x1b[31m\x7f\0d", 14)),
            "a\\nb\\tc\\x0d\\x1b[31m\\x7f\\x00d");
  EXPECT_EQ(OneLine("\xc2\x9b"), "\\xc2\\x9b");  // U+009B starts a sequence too
}

TEST(OneLineTest, EscapesWhatIsNotUtf8) {
  EXPECT_EQ(OneLine("\xff"), "\\xff");
  EXPECT_EQ(OneLine("\xe2\x82"), "\\xe2\\x82");
  EXPECT_EQ(OneLine("\xc3("), "\\xc3(");
}

TEST(OneLineTest, CutsWhatIsLong) {
  EXPECT_EQ(OneLine(std::string(4096, 'x')).size(), 4096U);
  EXPECT_EQ(OneLine(std::string(1'000'000, 'x')),
            std::string(4096, 'x') + "...");
}

}  // namespace
}  // namespace tidemill
