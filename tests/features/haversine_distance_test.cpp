// Expected distances: scikit-learn 1.9.1, haversine_distances.
#include <cmath>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/thrown_message.h"
#include "features/step_testing.h"
#include "tidemill/core/errors.h"

namespace tidemill {
namespace {

Frame Points(double latitude1, double longitude1, double latitude2,
             double longitude2) {
  return FrameOf(
      {NumberColumn("lat1", {latitude1}), NumberColumn("lon1", {longitude1}),
       NumberColumn("lat2", {latitude2}), NumberColumn("lon2", {longitude2})});
}

double Distance(const Frame& points, const ParameterValue& parameters = {}) {
  return FitAndTransform("HaversineDistance", parameters, points)
      .columns[0]
      .numbers[0];
}

/// From Times Square to Kennedy Airport.
Frame AirportRide() { return Points(40.7580, -73.9855, 40.6413, -73.7781); }

TEST(HaversineDistanceTest, IsScikitLearnsInKilometres) {
  EXPECT_NEAR(Distance(AirportRide()), 21.773406270518315, 1e-11);
}

TEST(HaversineDistanceTest, CanBeInMiles) {
  EXPECT_NEAR(Distance(AirportRide(), Map({{"unit", Text("mi")}})),
              13.529367413379807, 1e-11);
}

TEST(HaversineDistanceTest, FromAPointToItselfIsZero) {
  EXPECT_EQ(Distance(Points(40.0, -73.0, 40.0, -73.0)), 0.0);
}

TEST(HaversineDistanceTest, AntipodesAreHalfTheCircumferenceApart) {
  EXPECT_NEAR(Distance(Points(0, 0, 0, 180)), 20015.114442035923, 1e-8);
  EXPECT_NEAR(Distance(Points(30, 40, -30, -140)), 20015.114442035923, 1e-3);
}

TEST(HaversineDistanceTest, CrossesTheDateLine) {
  EXPECT_NEAR(Distance(Points(0, 179.5, 0, -179.5)),
              Distance(Points(0, -0.5, 0, 0.5)), 1e-9);
}

TEST(HaversineDistanceTest, IsMissingWhenAnyCoordinateIs) {
  EXPECT_TRUE(std::isnan(Distance(Points(kNaN, 0, 0, 0))));
  EXPECT_TRUE(std::isnan(Distance(Points(0, kNaN, 0, 0))));
  EXPECT_TRUE(std::isnan(Distance(Points(0, 0, kNaN, 0))));
  EXPECT_TRUE(std::isnan(Distance(Points(0, 0, 0, kNaN))));
}

TEST(HaversineDistanceTest, TheOutputCanBeNamed) {
  EXPECT_EQ(
      NamesOf(FitAndTransform("HaversineDistance",
                              Map({{"output", Text("km")}}), AirportRide())),
      (std::vector<std::string>{"km"}));
}

TEST(HaversineDistanceTest, WantsFourColumns) {
  EXPECT_THROW(FitAndTransform("HaversineDistance", {},
                               FrameOf({NumberColumn("lat", {1.0})})),
               ConfigError);
}

}  // namespace
}  // namespace tidemill
