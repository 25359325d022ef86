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

TEST(OneLineTest, EscapesWhatTurnsTheDirectionOfText) {
  EXPECT_EQ(OneLine("a\xe2\x80\xae"
                    "b"),
            "a\\xe2\\x80\\xaeb");  // U+202E
  for (const char* control :
       {"\xd8\x9c", "\xe2\x80\x8e", "\xe2\x80\x8f", "\xe2\x80\xaa",
        "\xe2\x80\xad", "\xe2\x81\xa6", "\xe2\x81\xa9"}) {
    EXPECT_EQ(OneLine(control).front(), '\\');
    EXPECT_EQ(OneLine(control).find_first_not_of("\\x0123456789abcdef"),
              std::string::npos);
  }
  // Their neighbours are not: U+200D, U+2010, U+202F, U+2065, U+206A.
  for (const char* neighbour : {"\xe2\x80\x8d", "\xe2\x80\x90", "\xe2\x80\xaf",
                                "\xe2\x81\xa5", "\xe2\x81\xaa"}) {
    EXPECT_EQ(OneLine(neighbour), neighbour);
  }
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
