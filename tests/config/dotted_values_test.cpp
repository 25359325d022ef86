#include "tidemill/config/dotted_values.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tidemill/config/yaml_file.h"

namespace tidemill {
namespace {

using testing::ElementsAre;
using testing::Pair;

auto Dotted(std::string_view yaml) {
  return DottedValues(ParseYaml(yaml, "f"));
}

TEST(DottedValuesTest, NamesEveryValueInTheTreesOrder) {
  EXPECT_THAT(
      Dotted("{b: {y: 1, x: two}, a: true}"),
      ElementsAre(Pair("b.y", "1"), Pair("b.x", "two"), Pair("a", "true")));
}

TEST(DottedValuesTest, ItemsOfListsHaveTheirIndex) {
  EXPECT_THAT(Dotted("{steps: [A, {B: {k: [3]}}]}"),
              ElementsAre(Pair("steps.0", "A"), Pair("steps.1.B.k.0", "3")));
}

TEST(DottedValuesTest, NumbersKeepTheirSpelling) {
  EXPECT_THAT(Dotted("[0.10, 1e-3]"),
              ElementsAre(Pair("0", "0.10"), Pair("1", "1e-3")));
}

TEST(DottedValuesTest, WhatIsEmptyIsNotLeftOut) {
  EXPECT_THAT(Dotted("{m: {}, l: [], n: null, t: ''}"),
              ElementsAre(Pair("m", "{}"), Pair("l", "[]"), Pair("n", "null"),
                          Pair("t", "")));
}

TEST(DottedValuesTest, ADotInAKeyMakesNoOtherName) {
  EXPECT_THAT(
      Dotted(R"({a: [1], a.0: 2, 'b\': 3})"),
      ElementsAre(Pair("a.0", "1"), Pair(R"(a\.0)", "2"), Pair(R"(b\\)", "3")));
}

}  // namespace
}  // namespace tidemill
