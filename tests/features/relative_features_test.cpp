#include <cmath>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/thrown_message.h"
#include "features/hostile_bytes.h"
#include "features/raw_bytes.h"
#include "features/step_testing.h"
#include "tidemill/core/errors.h"

namespace tidemill {
namespace {

using testing::ElementsAre;

ParameterValue Asked(const char* func, ParameterValue::Map more = {}) {
  ParameterValue::Map all = {{"variables", List({Text("a")})},
                             {"reference", List({Text("b")})},
                             {"func", List({Text(func)})}};
  all.insert(all.end(), more.begin(), more.end());
  return Map(std::move(all));
}

double Result(const char* func, double a, double b) {
  return FitAndTransform(
             "RelativeFeatures", Asked(func),
             FrameOf({NumberColumn("a", {a}), NumberColumn("b", {b})}))
      .columns[2]
      .numbers[0];
}

TEST(RelativeFeaturesTest, RelatesTwoColumns) {
  EXPECT_EQ(Result("add", 7.0, 2.0), 9.0);
  EXPECT_EQ(Result("sub", 7.0, 2.0), 5.0);
  EXPECT_EQ(Result("mul", 7.0, 2.0), 14.0);
  EXPECT_EQ(Result("div", 7.0, 2.0), 3.5);
  EXPECT_EQ(Result("pow", 7.0, 2.0), 49.0);
}

TEST(RelativeFeaturesTest, RoundsDownAsPythonDoes) {
  EXPECT_EQ(Result("floordiv", 7.0, -2.0), -4.0);
  EXPECT_EQ(Result("mod", 7.0, -2.0), -1.0);
  EXPECT_EQ(Result("mod", -7.0, 2.0), 1.0);
  // 1 / 0.1 rounds up to 10, but 0.1 is a little more than a tenth.
  EXPECT_EQ(Result("floordiv", 1.0, 0.1), 9.0);
}

TEST(RelativeFeaturesTest, NamesGoByFunctionReferenceAndVariable) {
  const Frame frame =
      FrameOf({NumberColumn("a", {1.0}), NumberColumn("b", {2.0})});
  const ParameterValue all = Map({{"variables", List({Text("a"), Text("b")})},
                                  {"reference", List({Text("b"), Text("a")})},
                                  {"func", List({Text("sub"), Text("div")})},
                                  {"drop_original", Truth(true)}});
  EXPECT_THAT(NamesOf(FitAndTransform("RelativeFeatures", all, frame)),
              ElementsAre("a_sub_b", "b_sub_b", "a_sub_a", "b_sub_a", "a_div_b",
                          "b_div_b", "a_div_a", "b_div_a"));
}

TEST(RelativeFeaturesTest, ARatioToZeroIsTheFillValue) {
  const Frame out = FitAndTransform(
      "RelativeFeatures", Asked("div", {{"fill_value", Number(-1.0)}}),
      FrameOf({NumberColumn("a", {4.0, 4.0}), NumberColumn("b", {0.0, 2.0})}));
  EXPECT_THAT(out.columns[2].numbers, ElementsAre(-1.0, 2.0));
}

TEST(RelativeFeaturesTest, OrMissingWhenThereIsNone) {
  const StepPtr step =
      Fitted("RelativeFeatures", Asked("div"),
             FrameOf({NumberColumn("a", {4.0}), NumberColumn("b", {2.0})}));
  const Frame out = Transformed(
      *step, FrameOf({NumberColumn("a", {4.0}), NumberColumn("b", {0.0})}));
  EXPECT_TRUE(std::isnan(out.columns[2].numbers[0]));
}

TEST(RelativeFeaturesTest, RefusesToLearnFromZerosWithoutAFillValue) {
  EXPECT_EQ(ThrownMessage<DataError>([] { Result("div", 4.0, 0.0); }),
            "RelativeFeatures, column 'b': expected no 0 to divide by (or a "
            "fill_value), got 0");
}

TEST(RelativeFeaturesTest, MissingIsMissing) {
  EXPECT_TRUE(std::isnan(Result("add", kNaN, 2.0)));
  EXPECT_TRUE(std::isnan(Result("div", 2.0, kNaN)));
}

TEST(RelativeFeaturesTest, AnUnknownFunctionInTheBytesIsRefused) {
  EXPECT_THROW(LoadedFrom("RelativeFeatures",
                          [](RawBytes& out) {
                            out.Texts({"a"});
                            out.U64s({0});
                            out.U64s({0});
                            out.Texts({"xor"});
                            out.Double(kNaN);
                            out.Bool(false);
                          }),
               ArtifactError);
}

TEST(RelativeFeaturesTest, ManyLongNamesAreBounded) {
  // 300 columns of 4 KiB names, each with each: 700 MiB of names.
  std::vector<std::string> names;
  std::vector<std::uint64_t> places;
  std::vector<FrameColumn> columns;
  for (std::size_t i = 0; i < 300; ++i) {
    names.push_back(std::string(4096, 'a') + std::to_string(i));
    places.push_back(i);
    columns.push_back(NumberColumn(names.back(), {1.0}));
  }
  const StepPtr step = LoadedFrom("RelativeFeatures", [&](RawBytes& out) {
    out.Texts(names);
    out.U64s(places);
    out.U64s(places);
    out.Texts({"add"});
    out.Double(kNaN);
    out.Bool(false);
  });
  EXPECT_THROW(step->Bind(SourcesOf(FrameOf(columns))), ArtifactError);
}

}  // namespace
}  // namespace tidemill
