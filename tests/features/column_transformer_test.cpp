#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/thrown_message.h"
#include "features/step_testing.h"
#include "tidemill/core/errors.h"

namespace tidemill {
namespace {

using testing::ElementsAre;

ParameterValue Branch(ParameterValue::List columns,
                      ParameterValue::List steps) {
  return Map({{"columns", List(std::move(columns))},
              {"steps", List(std::move(steps))}});
}

ParameterValue Transformers(ParameterValue::List branches,
                            const char* remainder = "drop") {
  return Map({{"transformers", List(std::move(branches))},
              {"remainder", Text(remainder)}});
}

Frame Mixed() {
  return FrameOf({NumberColumn("a", {1.0, 3.0}), NumberColumn("b", {5.0, 7.0}),
                  CategoryColumn("c", {"y", "x"}),
                  NumberColumn("d", {9.0, 9.5})});
}

Frame Result(const ParameterValue& parameters) {
  return FitAndTransform("ColumnTransformer", parameters, Mixed());
}

TEST(ColumnTransformerTest, ResultsStandInTheOrderOfTheBranches) {
  const Frame out =
      Result(Transformers({Branch({Text("c")}, {Text("OneHotEncoder")}),
                           Branch({Text("b"), Text("a")}, {})}));
  EXPECT_THAT(NamesOf(out), ElementsAre("c_x", "c_y", "b", "a"));
  EXPECT_THAT(out.columns[0].numbers, ElementsAre(0.0, 1.0));
  EXPECT_THAT(out.columns[2].numbers, ElementsAre(5.0, 7.0));
}

TEST(ColumnTransformerTest, TheRemainderIsDroppedUnlessPassedThrough) {
  EXPECT_THAT(NamesOf(Result(Transformers({Branch({Text("b")}, {})}))),
              ElementsAre("b"));
  EXPECT_THAT(
      NamesOf(Result(Transformers({Branch({Text("b")}, {})}, "passthrough"))),
      ElementsAre("b", "a", "c", "d"));
}

TEST(ColumnTransformerTest, ABranchRunsItsStepsOneAfterTheOther) {
  const Frame out = Result(Transformers(
      {Branch({Text("a")}, {Text("SimpleImputer"), Text("StandardScaler")})}));
  EXPECT_THAT(out.columns[0].numbers, ElementsAre(-1.0, 1.0));
}

TEST(ColumnTransformerTest, MayStandWithinAnother) {
  const ParameterValue inner =
      Map({{"ColumnTransformer",
            Transformers({Branch({Text("b")}, {Text("StandardScaler")})},
                         "passthrough")}});
  const Frame out =
      Result(Transformers({Branch({Text("a"), Text("b")}, {inner})}));
  EXPECT_THAT(NamesOf(out), ElementsAre("b", "a"));
  EXPECT_THAT(out.columns[0].numbers, ElementsAre(-1.0, 1.0));
  EXPECT_THAT(out.columns[1].numbers, ElementsAre(1.0, 3.0));
}

TEST(ColumnTransformerTest, TwoResultsOfOneNameAreAnError) {
  EXPECT_EQ(
      ThrownMessage<ConfigError>([] {
        Result(Transformers({Branch({Text("a")}, {}),
                             Branch({Text("a")}, {Text("StandardScaler")})}));
      }),
      "pipeline, ColumnTransformer: expected output columns with "
      "distinct names, got 'a' twice");
}

TEST(ColumnTransformerTest, AnUnknownColumnNamesTheNearest) {
  Frame frame = FrameOf({NumberColumn("tenure", {1.0})});
  EXPECT_EQ(ThrownMessage<ConfigError>([&] {
              FitAndTransform("ColumnTransformer",
                              Transformers({Branch({Text("tenuer")}, {})}),
                              frame);
            }),
            "pipeline, ColumnTransformer: expected the name of a column (did "
            "you mean 'tenure'?), got 'tenuer'");
}

TEST(ColumnTransformerTest, AStepThatDoesNotSuitTheColumnNamesBoth) {
  EXPECT_EQ(
      ThrownMessage<ConfigError>([] {
        Result(Transformers({Branch({Text("c")}, {Text("StandardScaler")})}));
      }),
      "pipeline, StandardScaler, column 'c': expected a number column, "
      "got a category column");
}

TEST(ColumnTransformerTest, TransformersMustBeAList) {
  EXPECT_THROW(
      Configured("ColumnTransformer", Map({{"transformers", Text("x")}})),
      ConfigError);
}

}  // namespace
}  // namespace tidemill
