#include <cmath>
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

ParameterValue Asked(ParameterValue::Map more) { return Map(std::move(more)); }

Frame Column(std::vector<double> numbers) {
  return FrameOf({NumberColumn("a", std::move(numbers))});
}

std::vector<double> Row(const Frame& frame, std::size_t row = 0) {
  std::vector<double> values;
  for (const FrameColumn& column : frame.columns) {
    values.push_back(column.numbers[row]);
  }
  return values;
}

/// Hats over the knots 0, 1 and 2, at x.
std::vector<double> Hats(const char* extrapolation, double x) {
  const StepPtr step = Fitted("SplineTransformer",
                              Asked({{"degree", Number(1)},
                                     {"extrapolation", Text(extrapolation)},
                                     {"n_knots", Number(3)}}),
                              Column({0.0, 2.0}));
  return Row(Transformed(*step, Column({x})));
}

TEST(SplineTransformerTest, OfDegreeOneTheBasisIsHats) {
  EXPECT_THAT(Hats("constant", 0.25), ElementsAre(0.75, 0.25, 0.0));
  EXPECT_THAT(Hats("constant", 1.0), ElementsAre(0.0, 1.0, 0.0));
  EXPECT_THAT(Hats("constant", 2.0), ElementsAre(0.0, 0.0, 1.0));
}

TEST(SplineTransformerTest, GoesOnBeyondTheEndsAsAsked) {
  EXPECT_THAT(Hats("constant", 3.0), ElementsAre(0.0, 0.0, 1.0));
  EXPECT_THAT(Hats("linear", 3.0), ElementsAre(0.0, -1.0, 2.0));
  EXPECT_THAT(Hats("continue", -1.0), ElementsAre(2.0, -1.0, 0.0));
  EXPECT_THAT(Hats("periodic", 2.25), ElementsAre(0.75, 0.25));
  EXPECT_THAT(Hats("periodic", -0.25), ElementsAre(0.75, 0.25));
}

TEST(SplineTransformerTest, NamesAreNumberedAndTheLastCanBeLeftOut) {
  EXPECT_THAT(NamesOf(FitAndTransform("SplineTransformer",
                                      Asked({{"degree", Number(1)},
                                             {"include_bias", Truth(false)},
                                             {"n_knots", Number(3)}}),
                                      Column({0.0, 2.0}))),
              ElementsAre("a_sp_0", "a_sp_1"));
}

TEST(SplineTransformerTest, MissingStaysMissingOrIsZero) {
  EXPECT_TRUE(std::isnan(Hats("linear", kNaN)[0]));
  const Frame out = FitAndTransform("SplineTransformer",
                                    Asked({{"handle_missing", Text("zeros")},
                                           {"degree", Number(1)},
                                           {"n_knots", Number(2)}}),
                                    Column({0.0, kNaN, 1.0}));
  EXPECT_THAT(Row(out, 1), ElementsAre(0.0, 0.0));
}

TEST(SplineTransformerTest, RefusesToTurnEventsAway) {
  EXPECT_THAT(
      ThrownMessage<ConfigError>([] {
        Configured("SplineTransformer",
                   Asked({{"extrapolation", Text("error")}}));
      }),
      testing::HasSubstr("one of constant, linear, continue, periodic"));
}

TEST(SplineTransformerTest, APeriodNeedsMoreKnotsThanItsDegree) {
  EXPECT_THROW(Configured("SplineTransformer",
                          Asked({{"extrapolation", Text("periodic")},
                                 {"n_knots", Number(3)}})),
               ConfigError);
}

TEST(SplineTransformerTest, OneSplineThatIsLeftOutIsNothing) {
  const ParameterValue nothing = Asked({{"degree", Number(0)},
                                        {"n_knots", Number(2)},
                                        {"include_bias", Truth(false)}});
  EXPECT_THAT(ThrownMessage<ConfigError>(
                  [&] { Configured("SplineTransformer", nothing); }),
              testing::HasSubstr("nothing would be made"));
  EXPECT_EQ(
      FitAndTransform("SplineTransformer",
                      Asked({{"degree", Number(0)}, {"n_knots", Number(2)}}),
                      Column({0.0, 1.0}))
          .columns.size(),
      1U);
}

TEST(SplineTransformerTest, OneRowIsTooFew) {
  EXPECT_EQ(ThrownMessage<DataError>(
                [] { Fitted("SplineTransformer", {}, Column({1.0})); }),
            "SplineTransformer, column 'a': expected at least 2 rows, got 1");
}

TEST(SplineTransformerTest, KnotsThatDoNotDoAreRefused) {
  const auto load = [](std::vector<double> knots, std::uint32_t degree,
                       std::uint8_t extrapolation) {
    return LoadedFrom("SplineTransformer", [&](RawBytes& out) {
      out.Texts({"a"});
      out.U64(1);
      out.Doubles(knots);
      out.U32(degree);
      out.U8(extrapolation);
      out.Bool(true);
      out.Bool(false);
    });
  };
  EXPECT_NO_THROW(load({0.0, 1.0, 2.0, 3.0}, 1, 0));
  EXPECT_THROW(load({0.0, 1.0, 2.0}, 1, 0), ArtifactError);
  EXPECT_THROW(load({0.0, 2.0, 1.0, 3.0}, 1, 0), ArtifactError);
  EXPECT_THROW(load({0.0, 1.0, kNaN, 3.0}, 1, 0), ArtifactError);
  EXPECT_THROW(load({0.0, 1.0, 2.0, 3.0}, 4'000'000'000, 0), ArtifactError);
  EXPECT_THROW(load({0.0, 1.0, 2.0, 3.0}, 1, 4), ArtifactError);
  // A period of fewer splines than degrees.
  EXPECT_THROW(load({0.0, 1.0, 2.0, 3.0, 4.0, 5.0}, 2, 3), ArtifactError);
}

}  // namespace
}  // namespace tidemill
