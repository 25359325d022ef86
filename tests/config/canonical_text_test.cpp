#include "tidemill/config/canonical_text.h"

#include <gtest/gtest.h>

#include "tidemill/config/yaml_file.h"

namespace tidemill {
namespace {

std::string Canonical(std::string_view yaml) {
  return CanonicalText(ParseYaml(yaml, "f"));
}

TEST(CanonicalTextTest, LayoutDoesNotCount) {
  EXPECT_EQ(Canonical("a:\n  - x\n  - true\nb: ~\n"),
            Canonical("{a: [x, true], b: null}  # same"));
}

TEST(CanonicalTextTest, KeysAreSorted) {
  EXPECT_EQ(Canonical("{b: 1, a: 2}"), R"({"a":2,"b":1})");
}

TEST(CanonicalTextTest, ListsKeepTheirOrder) {
  EXPECT_EQ(Canonical("[b, a]"), R"(["b","a"])");
}

TEST(CanonicalTextTest, SpellingOfNumbersDoesNotCount) {
  EXPECT_EQ(Canonical("[1, 1.0, 1e0, +1, 0x1, -0]"), "[1,1,1,1,1,0]");
  EXPECT_EQ(Canonical("0.10"), "0.1");
}

TEST(CanonicalTextTest, TextAndNumberDiffer) {
  EXPECT_EQ(Canonical("['1', 1]"), R"(["1",1])");
}

TEST(CanonicalTextTest, EscapesLikeJson) {
  EXPECT_EQ(Canonical(R"("a\"b\\c\n")"), R"("a\"b\\c\u000a")");
}

}  // namespace
}  // namespace tidemill
