#include "tidemill/wire/json_text.h"

#include <cstdlib>
#include <cstring>
#include <limits>
#include <string>

#include <gtest/gtest.h>

#include "tidemill/core/random.h"

namespace tidemill {
namespace {

std::string Quoted(std::string_view text) {
  std::string out;
  AppendJsonText(text, out);
  return out;
}

template <typename T>
std::string Written(T number) {
  std::string out;
  AppendJsonNumber(number, out);
  return out;
}

TEST(JsonTextTest, PlainTextIsQuoted) { EXPECT_EQ(Quoted("a b"), "\"a b\""); }

TEST(JsonTextTest, AnEmptyTextIsTwoQuotes) {
  EXPECT_EQ(Quoted(""), "\"\"");
  EXPECT_EQ(Quoted({}), "\"\"");
}

TEST(JsonTextTest, QuotesBackslashesAndControlsAreEscaped) {
  EXPECT_EQ(Quoted("\"\\\n\r\t"), R"("\"\\\n\r\t")");
  EXPECT_EQ(Quoted(std::string_view("\0\x1F", 2)), "\"\\u0000\\u001f\"");
}

TEST(JsonTextTest, Utf8StaysAsItIs) {
  EXPECT_EQ(Quoted("é€😀\x7F"), "\"é€😀\x7F\"");
}

TEST(JsonTextTest, EveryByteThatIsNotUtf8BecomesTheReplacementCharacter) {
  EXPECT_EQ(Quoted("a\x80z"), "\"a\xEF\xBF\xBDz\"");
  EXPECT_EQ(Quoted("\xC3"), "\"\xEF\xBF\xBD\"");
  EXPECT_EQ(Quoted("\xE2\x82"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\"");
  EXPECT_EQ(Quoted("\xC3("), "\"\xEF\xBF\xBD(\"");
  EXPECT_EQ(Quoted("\xFF\xC3\xA9"), "\"\xEF\xBF\xBDé\"");
}

TEST(JsonNumberTest, IsTheShortestTextThatReadsBack) {
  EXPECT_EQ(Written(0.1), "0.1");
  EXPECT_EQ(Written(0.1 + 0.2), "0.30000000000000004");
  EXPECT_EQ(Written(1.0), "1");
  EXPECT_EQ(Written(-0.0), "-0");
  EXPECT_EQ(Written(1e22), "1e+22");
  EXPECT_EQ(Written(0.6312), "0.6312");
}

TEST(JsonNumberTest, AFloatIsWrittenAsTheDoubleItIs) {
  EXPECT_EQ(Written(static_cast<double>(0.1F)), "0.10000000149011612");
}

TEST(JsonNumberTest, EveryFiniteDoubleReadsBack) {
  Random random(11);
  for (int i = 0; i < 20'000; ++i) {
    const std::uint64_t bits = random.Next();
    double number = 0.0;
    std::memcpy(&number, &bits, sizeof(number));
    if (number - number != 0.0) continue;  // not finite
    ASSERT_EQ(std::strtod(Written(number).c_str(), nullptr), number);
  }
}

TEST(JsonNumberTest, WritesTheExtremeIntegers) {
  EXPECT_EQ(Written(std::numeric_limits<std::int64_t>::min()),
            "-9223372036854775808");
  EXPECT_EQ(Written(std::numeric_limits<std::int64_t>::max()),
            "9223372036854775807");
}

}  // namespace
}  // namespace tidemill
