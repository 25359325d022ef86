// Pipeline, FeatureUnion and the parts of ColumnTransformer that they share.
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/thrown_message.h"
#include "features/raw_bytes.h"
#include "features/step_testing.h"
#include "tidemill/core/errors.h"

namespace tidemill {
namespace {

using testing::ElementsAre;

Frame Mixed() {
  return FrameOf({NumberColumn("a", {1.0, 3.0}),
                  CategoryColumn("c", {"y", "x"}),
                  NumberColumn("b", {5.0, 9.0})});
}

ParameterValue Union(ParameterValue::List members) {
  return Map({{"transformer_list", List(std::move(members))}});
}

ParameterValue Member(const char* name, ParameterValue::List steps) {
  return Map({{"name", Text(name)}, {"steps", List(std::move(steps))}});
}

TEST(FeatureUnionTest, EveryMemberGetsAllColumnsAndGivesItsName) {
  const ParameterValue select = Map(
      {{"SelectColumns", Map({{"columns", List({Text("b"), Text("a")})}})}});
  const Frame out = FitAndTransform(
      "FeatureUnion",
      Union({Member("plain", {select}),
             Member("scaled", {select, Text("StandardScaler")})}),
      Mixed());
  EXPECT_THAT(NamesOf(out),
              ElementsAre("plain__b", "plain__a", "scaled__b", "scaled__a"));
  EXPECT_THAT(out.columns[0].numbers, ElementsAre(5.0, 9.0));
  EXPECT_THAT(out.columns[2].numbers, ElementsAre(-1.0, 1.0));
}

TEST(FeatureUnionTest, WithoutPrefixesTwoOfOneNameAreAnError) {
  ParameterValue parameters = Union({Member("one", {}), Member("two", {})});
  std::get<ParameterValue::Map>(parameters.value)
      .emplace_back("verbose_feature_names_out", Truth(false));
  EXPECT_EQ(ThrownMessage<ConfigError>(
                [&] { FitAndTransform("FeatureUnion", parameters, Mixed()); }),
            "pipeline, FeatureUnion: expected output columns with distinct "
            "names, got 'a' twice");
}

TEST(NestedPipelineTest, RunsItsStepsOneAfterTheOther) {
  const Frame out = FitAndTransform(
      "Pipeline",
      Map({{"steps",
            List({Map({{"DropColumns", Map({{"columns", Text("c")}})}}),
                  Text("StandardScaler")})}}),
      Mixed());
  EXPECT_THAT(NamesOf(out), ElementsAre("a", "b"));
  EXPECT_THAT(out.columns[1].numbers, ElementsAre(-1.0, 1.0));
}

TEST(NestedPipelineTest, TooManyLevelsInAFileAreRefused) {
  RawBytes out;
  for (int level = 0; level < kMaxStepDepth + 2; ++level) {
    out.U64(1);
    out.Text("Pipeline");
  }
  out.U64(0);
  const std::string bytes = out.Finish();
  EXPECT_EQ(ThrownMessage<ArtifactError>([&] {
              BinaryReader in(bytes, "test");
              LoadSteps(in, kMaxStepDepth);
            }),
            "test: expected steps nested less deep, got more levels");
}

TEST(ColumnTransformerTest, TakesColumnsByTheirKind) {
  const ParameterValue numbers =
      Map({{"columns", Map({{"dtype_include", Text("number")}})},
           {"steps", List({Text("StandardScaler")})}});
  const Frame out =
      FitAndTransform("ColumnTransformer",
                      Map({{"transformers", List({numbers})},
                           {"remainder", List({Text("OneHotEncoder")})}}),
                      Mixed());
  EXPECT_THAT(NamesOf(out), ElementsAre("a", "b", "c_x", "c_y"));
}

TEST(ColumnTransformerTest, NamesOfBranchesCanStandBeforeThoseOfColumns) {
  const Frame out = FitAndTransform(
      "ColumnTransformer",
      Map({{"transformers",
            List({Map({{"name", Text("first")}, {"columns", Text("b")}})})},
           {"remainder", Text("passthrough")},
           {"verbose_feature_names_out", Truth(true)}}),
      Mixed());
  EXPECT_THAT(NamesOf(out),
              ElementsAre("first__b", "remainder__a", "remainder__c"));
}

}  // namespace
}  // namespace tidemill
