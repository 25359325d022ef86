#include "tidemill/core/parameters.h"

#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/parameter_values.h"
#include "core/thrown_message.h"
#include "tidemill/core/errors.h"

namespace tidemill {
namespace {

/// A value that stands at "f:3".
ParameterValue At(ParameterValue value) {
  value.where = "f:3";
  return value;
}

TEST(DescribeTest, SaysWhatAValueIs) {
  EXPECT_EQ(Describe(ParameterValue()), "nothing");
  EXPECT_EQ(Describe(Truth(true)), "true");
  EXPECT_EQ(Describe(Number(7)), "the number 7");
  EXPECT_EQ(Describe(Text("abc")), "text 'abc'");
  EXPECT_EQ(Describe(List({})), "a list");
  EXPECT_EQ(Describe(Map({})), "a map");
}

TEST(ParameterReaderTest, ANamesPlaceIsItsValuesOrTheMaps) {
  const ParameterValue map = [] {
    ParameterValue value = Map({{"a", At(Number(1))}});
    value.where = "f:2";
    return value;
  }();
  const ParameterReader reader(map);
  EXPECT_EQ(reader.PlaceOf("a"), "f:3");
  EXPECT_EQ(reader.PlaceOf("b"), "f:2, b");
  const ParameterValue overlay = At(Map({{"a", At(Number(1))}}));
  EXPECT_EQ(ParameterReader(overlay).PlaceOf("a"), "f:3, a");
}

TEST(ParameterReaderTest, TellsWhatItWasAskedFor) {
  AskedParameters asked;
  ParameterValue map = Map({{"must", Text("x")}});
  map.asked = &asked;
  ParameterReader reader(map);
  reader.Required("must");
  reader.Optional("share");
  reader.Double("share", 0.5);
  reader.Choice("how", "a", {"a", "b"});
  EXPECT_FALSE(asked.complete);
  reader.Finish();
  EXPECT_TRUE(asked.complete);
  ASSERT_EQ(asked.all.size(), 3U);
  EXPECT_EQ(asked.all[0].name, "must");
  EXPECT_TRUE(asked.all[0].required);
  EXPECT_EQ(asked.all[1].type, AskedParameter::Type::kNumber);
  EXPECT_EQ(AsDouble(asked.all[1].otherwise), 0.5);
  EXPECT_EQ(asked.all[2].choices, (std::vector<std::string>{"a", "b"}));
}

TEST(NearestNameTest, FindsATypo) {
  EXPECT_EQ(NearestName("stratgy", {"strategy", "fill_value"}), "strategy");
  EXPECT_EQ(NearestName("fillvalue", {"strategy", "fill_value"}), "fill_value");
}

TEST(NearestNameTest, IsEmptyWhenNoneIsNear) {
  EXPECT_EQ(NearestName("colour_space", {"strategy", "fill_value"}), "");
  EXPECT_EQ(NearestName("x", {}), "");
}

TEST(AsDoubleTest, TakesNumbersOnly) {
  EXPECT_EQ(AsDouble(Number(0.5)), 0.5);
  EXPECT_THROW(AsDouble(Text("0.5")), ConfigError);
  EXPECT_THROW(AsDouble(Truth(true)), ConfigError);
}

TEST(AsDoubleTest, RefusesWhatIsNotFinite) {
  EXPECT_THROW(AsDouble(Number(std::numeric_limits<double>::infinity())),
               ConfigError);
  EXPECT_THROW(AsDouble(Number(std::numeric_limits<double>::quiet_NaN())),
               ConfigError);
}

TEST(AsDoubleTest, NamesPlaceExpectationAndFinding) {
  EXPECT_EQ(ThrownMessage<ConfigError>([] { AsDouble(At(Text("abc"))); }),
            "f:3: expected a number, got text 'abc'");
}

TEST(AsIntegerTest, TakesWholeNumbersUpTo2To53) {
  EXPECT_EQ(AsInteger(Number(-3)), -3);
  EXPECT_EQ(AsInteger(Number(9007199254740992.0)), 9007199254740992);
  EXPECT_THROW(AsInteger(Number(1.5)), ConfigError);
  EXPECT_THROW(AsInteger(Number(9007199254740994.0)), ConfigError);
  EXPECT_THROW(AsInteger(Number(std::numeric_limits<double>::infinity())),
               ConfigError);
  EXPECT_THROW(AsInteger(Number(std::numeric_limits<double>::quiet_NaN())),
               ConfigError);
}

TEST(AsBoolTest, TakesTrueAndFalseOnly) {
  EXPECT_TRUE(AsBool(Truth(true)));
  EXPECT_THROW(AsBool(Number(1)), ConfigError);
  EXPECT_THROW(AsBool(Text("yes")), ConfigError);
}

TEST(AsTextTest, TakesANumberAsItWasWritten) {
  EXPECT_EQ(AsText(Text("a")), "a");
  EXPECT_EQ(AsText(Number(7)), "7");
  EXPECT_THROW(AsText(Truth(true)), ConfigError);
}

TEST(AsTextsTest, TakesOneTextAsAListOfOne) {
  EXPECT_EQ(AsTexts(Text("a")), (std::vector<std::string>{"a"}));
  EXPECT_EQ(AsTexts(List({Text("a"), Number(7)})),
            (std::vector<std::string>{"a", "7"}));
  EXPECT_THROW(AsTexts(Map({})), ConfigError);
}

TEST(ParameterReaderTest, ReadsEveryType) {
  const ParameterValue map = Map({{"d", Number(0.5)},
                                  {"i", Number(3)},
                                  {"b", Truth(true)},
                                  {"t", Text("x")},
                                  {"l", List({Text("x"), Text("y")})},
                                  {"c", Text("red")}});
  ParameterReader reader(map);
  EXPECT_EQ(reader.Double("d", 0.0), 0.5);
  EXPECT_EQ(reader.Integer("i", 0), 3);
  EXPECT_TRUE(reader.Bool("b", false));
  EXPECT_EQ(reader.Text("t", ""), "x");
  EXPECT_EQ(reader.Texts("l"), (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(reader.Choice("c", "blue", {"red", "blue"}), "red");
  EXPECT_NO_THROW(reader.Finish());
}

TEST(ParameterReaderTest, AnAbsentKeyGivesTheDefault) {
  const ParameterValue map = Map({});
  ParameterReader reader(map);
  EXPECT_EQ(reader.Double("d", 0.25), 0.25);
  EXPECT_EQ(reader.Integer("i", 4), 4);
  EXPECT_TRUE(reader.Bool("b", true));
  EXPECT_EQ(reader.Text("t", "y"), "y");
  EXPECT_TRUE(reader.Texts("l").empty());
  EXPECT_EQ(reader.Choice("c", "blue", {"red", "blue"}), "blue");
}

TEST(ParameterReaderTest, NullCountsAsAbsent) {
  const ParameterValue map = Map({{"i", ParameterValue()}});
  ParameterReader reader(map);
  EXPECT_EQ(reader.Integer("i", 4), 4);
  EXPECT_THROW(reader.Required("i"), ConfigError);
}

TEST(ParameterReaderTest, ANullValueIsAnEmptyMap) {
  const ParameterValue nothing;
  ParameterReader reader(nothing);
  EXPECT_EQ(reader.Integer("i", 4), 4);
  EXPECT_NO_THROW(reader.Finish());
}

TEST(ParameterReaderTest, RefusesWhatIsNoMap) {
  const ParameterValue text = At(Text("abc"));
  EXPECT_EQ(ThrownMessage<ConfigError>([&] { ParameterReader reader(text); }),
            "f:3: expected a map of keys, got text 'abc'");
}

TEST(ParameterReaderTest, NamesARequiredKeyThatIsAbsent) {
  const ParameterValue map = At(Map({}));
  ParameterReader reader(map);
  EXPECT_EQ(ThrownMessage<ConfigError>([&] { reader.Required("columns"); }),
            "f:3: expected the key 'columns', got none");
}

TEST(ParameterReaderTest, NamesTheChoices) {
  const ParameterValue map = Map({{"c", At(Text("green"))}});
  ParameterReader reader(map);
  EXPECT_EQ(ThrownMessage<ConfigError>([&] {
              reader.Choice("c", "red", {"red", "blue"});
            }),
            "f:3: expected one of red, blue, got text 'green'");
}

TEST(ParameterReaderTest, RefusesAnUnknownKeyAndNamesTheNearest) {
  const ParameterValue map = Map({{"stratgy", At(Text("mean"))}});
  ParameterReader reader(map);
  reader.Text("strategy", "");
  EXPECT_EQ(ThrownMessage<ConfigError>([&] { reader.Finish(); }),
            "f:3: expected a known key (did you mean 'strategy'?), got "
            "'stratgy'");
}

}  // namespace
}  // namespace tidemill
