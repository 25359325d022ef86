// Expected numbers: scikit-learn 1.9.1, SimpleImputer.
#include <limits>
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

Frame Numbers() {
  return FrameOf({NumberColumn("a", {1.5, kNaN, 2.25, 7.0, 2.25}),
                  NumberColumn("b", {10, 20, kNaN, 20, 5})});
}

Frame Imputed(const std::string& strategy, const Frame& frame) {
  return FitAndTransform("SimpleImputer", Map({{"strategy", Text(strategy)}}),
                         frame);
}

TEST(SimpleImputerTest, TheMeanIsTheDefault) {
  const Frame out = FitAndTransform("SimpleImputer", {}, Numbers());
  EXPECT_THAT(out.columns[0].numbers, ElementsAre(1.5, 3.25, 2.25, 7.0, 2.25));
  EXPECT_THAT(out.columns[1].numbers, ElementsAre(10, 20, 13.75, 20, 5));
}

TEST(SimpleImputerTest, FillsWithTheMedian) {
  const Frame out = Imputed("median", Numbers());
  EXPECT_EQ(out.columns[0].numbers[1], 2.25);
  EXPECT_EQ(out.columns[1].numbers[2], 15.0);
}

TEST(SimpleImputerTest, TheMedianOfAnOddCountIsTheMiddleOne) {
  const Frame out =
      Imputed("median", FrameOf({NumberColumn("a", {9.0, kNaN, 1.0, 2.0})}));
  EXPECT_EQ(out.columns[0].numbers[1], 2.0);
}

TEST(SimpleImputerTest, FillsWithTheMostFrequentNumber) {
  const Frame out = Imputed("most_frequent", Numbers());
  EXPECT_EQ(out.columns[0].numbers[1], 2.25);
  EXPECT_EQ(out.columns[1].numbers[2], 20.0);
}

TEST(SimpleImputerTest, OfEquallyFrequentNumbersTakesTheSmallest) {
  const Frame out =
      Imputed("most_frequent",
              FrameOf({NumberColumn("a", {3.0, 1.0, 3.0, 1.0, 2.0, kNaN})}));
  EXPECT_EQ(out.columns[0].numbers[5], 1.0);
}

TEST(SimpleImputerTest, FillsWithAConstant) {
  const Frame out = FitAndTransform(
      "SimpleImputer",
      Map({{"strategy", Text("constant")}, {"fill_value", Number(-1)}}),
      Numbers());
  EXPECT_EQ(out.columns[0].numbers[1], -1.0);
}

TEST(SimpleImputerTest, TheConstantIsZeroUnlessGiven) {
  EXPECT_EQ(Imputed("constant", Numbers()).columns[0].numbers[1], 0.0);
}

TEST(SimpleImputerTest, FillsACategoryWithTheMostFrequentText) {
  // "a" and "b" stand there twice each: the smaller text wins.
  const Frame out = Imputed(
      "most_frequent",
      FrameOf({CategoryColumn("c", {"b", "a", nullptr, "b", "a", "c"})}));
  EXPECT_THAT(TextsOf(out.columns[0]),
              ElementsAre("b", "a", "a", "b", "a", "c"));
}

TEST(SimpleImputerTest, FillsACategoryWithAConstantThatIsNoCategoryYet) {
  const Frame out =
      Imputed("constant", FrameOf({CategoryColumn("c", {"b", nullptr})}));
  EXPECT_THAT(TextsOf(out.columns[0]), ElementsAre("b", "missing_value"));
}

TEST(SimpleImputerTest, ANumberAsFillValueOfACategoryIsItsText) {
  const Frame out = FitAndTransform(
      "SimpleImputer",
      Map({{"strategy", Text("constant")}, {"fill_value", Number(7)}}),
      FrameOf({CategoryColumn("c", {"b", nullptr})}));
  EXPECT_THAT(TextsOf(out.columns[0]), ElementsAre("b", "7"));
}

TEST(SimpleImputerTest, AnUnseenCategoryStaysUnseen) {
  const Frame out =
      Imputed("constant", FrameOf({CategoryColumn("c", {"b", "?"})}));
  EXPECT_THAT(TextsOf(out.columns[0]), ElementsAre("b", "(unseen)"));
}

TEST(SimpleImputerTest, IndicatorsComeLastForColumnsThatMissedSome) {
  const Frame out = FitAndTransform(
      "SimpleImputer",
      Map({{"strategy", Text("median")}, {"add_indicator", Truth(true)}}),
      FrameOf({NumberColumn("a", {1.0, kNaN}), NumberColumn("b", {1.0, 2.0}),
               NumberColumn("c", {kNaN, 3.0})}));
  EXPECT_THAT(NamesOf(out), ElementsAre("a", "b", "c", "missingindicator_a",
                                        "missingindicator_c"));
  EXPECT_THAT(out.columns[3].numbers, ElementsAre(0.0, 1.0));
  EXPECT_THAT(out.columns[4].numbers, ElementsAre(1.0, 0.0));
}

TEST(SimpleImputerTest, ACategoryHasAnIndicatorToo) {
  const Frame out =
      FitAndTransform("SimpleImputer",
                      Map({{"strategy", Text("most_frequent")},
                           {"add_indicator", Truth(true)}}),
                      FrameOf({CategoryColumn("c", {"b", nullptr})}));
  EXPECT_THAT(out.columns[1].numbers, ElementsAre(0.0, 1.0));
}

TEST(SimpleImputerTest, AnUnseenCategoryIsNotMissing) {
  const Frame out = FitAndTransform("SimpleImputer",
                                    Map({{"strategy", Text("most_frequent")},
                                         {"add_indicator", Truth(true)}}),
                                    FrameOf({CategoryColumn("c", {"b", "?"})}));
  EXPECT_THAT(NamesOf(out), ElementsAre("c"));
}

TEST(SimpleImputerTest, AnInfiniteNumberIsAnErrorThatNamesTheColumn) {
  const double inf = std::numeric_limits<double>::infinity();
  for (const char* strategy : {"mean", "median", "most_frequent", "constant"}) {
    EXPECT_EQ(ThrownMessage<DataError>([&] {
                Imputed(strategy,
                        FrameOf({NumberColumn("a", {1.0, 2.0, 3.0, -inf})}));
              }),
              "SimpleImputer, column 'a': expected finite numbers, got an "
              "infinity");
  }
}

TEST(SimpleImputerTest, AColumnWithoutValuesIsAnErrorThatNamesIt) {
  for (const char* strategy : {"mean", "median", "most_frequent"}) {
    EXPECT_EQ(ThrownMessage<DataError>([&] {
                Imputed(strategy, FrameOf({NumberColumn("a", {kNaN, kNaN})}));
              }),
              "SimpleImputer, column 'a': expected a value (or strategy: "
              "constant, or keep_empty_features: true), got only missing "
              "values");
  }
  EXPECT_THROW(Imputed("most_frequent",
                       FrameOf({CategoryColumn("c", {nullptr, nullptr})})),
               DataError);
}

TEST(SimpleImputerTest, KeepEmptyFeaturesFillsAnEmptyColumn) {
  const ParameterValue keep = Map({{"strategy", Text("most_frequent")},
                                   {"keep_empty_features", Truth(true)}});
  const Frame out = FitAndTransform(
      "SimpleImputer", keep,
      FrameOf({NumberColumn("a", {kNaN}), CategoryColumn("c", {nullptr})}));
  EXPECT_EQ(out.columns[0].numbers[0], 0.0);
  EXPECT_THAT(TextsOf(out.columns[1]), ElementsAre("missing_value"));
}

TEST(SimpleImputerTest, AConstantFillsAnEmptyColumn) {
  EXPECT_EQ(Imputed("constant", FrameOf({NumberColumn("a", {kNaN})}))
                .columns[0]
                .numbers[0],
            0.0);
}

TEST(SimpleImputerTest, ACategoryHasNoMean) {
  EXPECT_EQ(ThrownMessage<ConfigError>(
                [] { Imputed("mean", FrameOf({CategoryColumn("c", {"b"})})); }),
            "pipeline, SimpleImputer, column 'c': expected strategy "
            "most_frequent or constant for a category, got mean");
}

TEST(SimpleImputerTest, ATextDoesNotFillANumber) {
  EXPECT_THROW(FitAndTransform("SimpleImputer",
                               Map({{"strategy", Text("constant")},
                                    {"fill_value", Text("none")}}),
                               Numbers()),
               ConfigError);
}

TEST(SimpleImputerTest, AMeanThatOverflowsIsAnError) {
  const double most = std::numeric_limits<double>::max();
  EXPECT_THROW(
      Imputed("mean", FrameOf({NumberColumn("a", {most, most, kNaN})})),
      DataError);
}

TEST(SimpleImputerTest, AnUnknownParameterNamesTheNearest) {
  EXPECT_NE(ThrownMessage<ConfigError>([] {
              Configured("SimpleImputer", Map({{"stratgy", Text("mean")}}));
            }).find("did you mean 'strategy'?"),
            std::string::npos);
}

}  // namespace
}  // namespace tidemill
