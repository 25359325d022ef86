#include <cmath>
#include <numbers>
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

Frame Hours() { return FrameOf({NumberColumn("h", {0.0, 6.0, 12.0})}); }

TEST(CyclicalFeaturesTest, AQuarterOfTheGreatestValueIsAQuarterOfTheCircle) {
  const Frame out = FitAndTransform(
      "CyclicalFeatures", Map({{"max_values", Map({{"h", Number(24.0)}})}}),
      Hours());
  EXPECT_THAT(NamesOf(out), ElementsAre("h", "h_sin", "h_cos"));
  EXPECT_EQ(out.columns[1].numbers[1], 1.0);
  EXPECT_NEAR(out.columns[2].numbers[2], -1.0, 1e-15);
}

TEST(CyclicalFeaturesTest, LearnsTheGreatestValue) {
  const Frame out = FitAndTransform(
      "CyclicalFeatures", Map({{"drop_original", Truth(true)}}), Hours());
  EXPECT_THAT(NamesOf(out), ElementsAre("h_sin", "h_cos"));
  EXPECT_NEAR(out.columns[0].numbers[2], 0.0, 1e-15);
  EXPECT_EQ(out.columns[0].numbers[1],
            std::sin(6.0 * (2.0 * std::numbers::pi / 12.0)));
}

TEST(CyclicalFeaturesTest, RefusesACircleOfLengthZero) {
  EXPECT_EQ(ThrownMessage<DataError>([] {
              Fitted("CyclicalFeatures", {},
                     FrameOf({NumberColumn("h", {0.0, -1.0})}));
            }),
            "CyclicalFeatures, column 'h': expected a greatest value other "
            "than 0, got 0");
}

TEST(CyclicalFeaturesTest, GreatestValuesThatDoNotDoAreRefused) {
  for (const std::vector<double>& values :
       {std::vector<double>{0.0}, {kNaN}, {}, {1.0, 2.0}}) {
    EXPECT_THROW(LoadedFrom("CyclicalFeatures",
                            [&](RawBytes& out) {
                              out.Texts({"h"});
                              out.U64s({0});
                              out.Doubles(values);
                              out.Bool(false);
                            }),
                 ArtifactError);
  }
}

}  // namespace
}  // namespace tidemill
