#include <cmath>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "features/hostile_bytes.h"
#include "features/raw_bytes.h"
#include "features/step_testing.h"
#include "tidemill/core/errors.h"

namespace tidemill {
namespace {

using testing::ElementsAre;

Frame Numbers() {
  return FrameOf({NumberColumn("a", {-9.0, 0.5, 9.0}),
                  NumberColumn("b", {-9.0, 0.5, 9.0})});
}

TEST(ArbitraryOutlierCapperTest, CutsAtTheGivenBounds) {
  const Frame out =
      FitAndTransform("ArbitraryOutlierCapper",
                      Map({{"max_capping_dict", Map({{"a", Number(1.0)}})},
                           {"min_capping_dict", Map({{"a", Number(-2.0)}})}}),
                      Numbers());
  EXPECT_THAT(out.columns[0].numbers, ElementsAre(-2.0, 0.5, 1.0));
  EXPECT_THAT(out.columns[1].numbers, ElementsAre(-9.0, 0.5, 9.0));
}

TEST(ArbitraryOutlierCapperTest, MissingStaysMissing) {
  const ParameterValue bounds =
      Map({{"max_capping_dict", Map({{"a", Number(1.0)}})}});
  const StepPtr step = Fitted("ArbitraryOutlierCapper", bounds, Numbers());
  const Frame out = Transformed(
      *step, FrameOf({NumberColumn("a", {kNaN}), NumberColumn("b", {1.0})}));
  EXPECT_TRUE(std::isnan(out.columns[0].numbers[0]));
}

TEST(ArbitraryOutlierCapperTest, WantsABound) {
  EXPECT_THROW(Configured("ArbitraryOutlierCapper", {}), ConfigError);
}

TEST(ArbitraryOutlierCapperTest, BoundsThatAreNoNumbersAreRefused) {
  for (const std::vector<double>& upper :
       {std::vector<double>{kNaN}, {}, {1.0, 2.0}}) {
    EXPECT_THROW(LoadedFrom("ArbitraryOutlierCapper",
                            [&](RawBytes& out) {
                              out.Texts({"a"});
                              out.U64s({0});
                              out.Doubles({0.0});
                              out.Doubles(upper);
                              out.Bool(false);
                              out.Bool(false);
                            }),
                 ArtifactError);
  }
}

}  // namespace
}  // namespace tidemill
