#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "features/fitted_step.h"
#include "features/hostile_bytes.h"
#include "features/raw_bytes.h"

namespace tidemill {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

ParameterValue Levels(std::vector<double> edges, std::vector<double> values) {
  const auto list = [](const std::vector<double>& numbers) {
    ParameterValue::List items;
    for (const double number : numbers) items.push_back(Number(number));
    return List(std::move(items));
  };
  return Map({{"edges", list(edges)}, {"values", list(values)}});
}

/// A step as the Python exporter writes it, for one column "a".
StepPtr Exported(const std::vector<double>& edges,
                 const std::vector<double>& values) {
  return LoadedFrom("PiecewiseConstant", [&](RawBytes& out) {
    out.Texts({"a"});
    out.U64(1);
    out.Doubles(edges);
    out.Doubles(values);
  });
}

std::vector<double> Applied(const Step& step, std::vector<double> numbers) {
  return Transformed(step, FrameOf({NumberColumn("a", std::move(numbers))}))
      .columns[0]
      .numbers;
}

TEST(PiecewiseConstantTest, AnEdgeBelongsToItsRightSide) {
  EXPECT_THAT(
      FittedOn({}, "PiecewiseConstant", Levels({1.0, 2.0}, {10.0, 30.0, 20.0}),
               {0.5, 1.0, 1.5, 2.0, 3.0}),
      ElementsAre(10.0, 30.0, 30.0, 20.0, 20.0));
}

TEST(PiecewiseConstantTest, WithoutEdgesThereIsOneValue) {
  EXPECT_THAT(
      FittedOn({}, "PiecewiseConstant", Levels({}, {7.0}), {-1.0, 1e300}),
      ElementsAre(7.0, 7.0));
}

TEST(PiecewiseConstantTest, MissingStaysMissing) {
  EXPECT_TRUE(std::isnan(
      FittedOn({}, "PiecewiseConstant", Levels({1.0}, {0.0, 1.0}), {kNaN})[0]));
}

TEST(PiecewiseConstantTest, AValueCanBeMissing) {
  const StepPtr step = Exported({0.0, 1.0}, {kNaN, 5.0, kNaN});
  const std::vector<double> made = Applied(*step, {-0.5, 0.5, 1.0});
  EXPECT_TRUE(std::isnan(made[0]));
  EXPECT_EQ(made[1], 5.0);
  EXPECT_TRUE(std::isnan(made[2]));
}

TEST(PiecewiseConstantTest, InfinitiesStandAloneBesideInfiniteEdges) {
  constexpr double kLowest = std::numeric_limits<double>::lowest();
  const StepPtr step =
      Exported({kLowest, kInfinity}, {-kInfinity, 5.0, kInfinity});
  EXPECT_THAT(Applied(*step, {-kInfinity, kLowest, -kLowest, kInfinity}),
              ElementsAre(-kInfinity, 5.0, 5.0, kInfinity));
}

TEST(PiecewiseConstantTest, OnlyLevelsThatNeverFallSaySo) {
  const Frame frame = FrameOf({NumberColumn("a", {1.0})});
  const auto never_falls = [&](const std::vector<double>& values) {
    return Exported({0.0, 1.0}, values)
        ->Bind(SourcesOf(frame))[0]
        ->map->nondecreasing();
  };
  EXPECT_TRUE(never_falls({1.0, 1.0, 2.0}));
  EXPECT_FALSE(never_falls({1.0, 3.0, 2.0}));
  EXPECT_FALSE(never_falls({1.0, kNaN, 2.0}));
}

TEST(PiecewiseConstantTest, EdgesThatDoNotRiseAreRefused) {
  for (const std::vector<double>& edges :
       {std::vector<double>{2.0, 1.0}, {1.0, 1.0}, {kNaN, 1.0}}) {
    EXPECT_THAT(LoadError("PiecewiseConstant",
                          [&](RawBytes& out) {
                            out.Texts({"a"});
                            out.U64(1);
                            out.Doubles(edges);
                            out.Doubles({0.0, 1.0, 2.0});
                          }),
                HasSubstr("expected rising edges"));
  }
  EXPECT_THAT(
      ConfigureError("PiecewiseConstant", Levels({2.0, 1.0}, {0, 1, 2})),
      HasSubstr("expected rising edges"));
}

TEST(PiecewiseConstantTest, AValueTooFewIsRefused) {
  EXPECT_THAT(LoadError("PiecewiseConstant",
                        [&](RawBytes& out) {
                          out.Texts({"a"});
                          out.U64(1);
                          out.Doubles({1.0});
                          out.Doubles({1.0});
                        }),
              HasSubstr("expected 2 values, got 1"));
  EXPECT_THAT(ConfigureError("PiecewiseConstant", Levels({1.0}, {1.0})),
              HasSubstr("expected 2 values"));
}

}  // namespace
}  // namespace tidemill
