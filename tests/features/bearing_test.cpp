#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "features/hostile_bytes.h"
#include "features/raw_bytes.h"
#include "features/step_testing.h"
#include "tidemill/core/errors.h"

namespace tidemill {
namespace {

using testing::ElementsAre;

double Direction(double latitude1, double longitude1, double latitude2,
                 double longitude2) {
  return FitAndTransform("Bearing", {},
                         FrameOf({NumberColumn("lat1", {latitude1}),
                                  NumberColumn("lon1", {longitude1}),
                                  NumberColumn("lat2", {latitude2}),
                                  NumberColumn("lon2", {longitude2})}))
      .columns[0]
      .numbers[0];
}

TEST(BearingTest, GoesClockwiseFromNorth) {
  EXPECT_EQ(Direction(0, 0, 10, 0), 0.0);
  EXPECT_EQ(Direction(0, 0, 0, 10), 90.0);
  EXPECT_EQ(Direction(10, 0, 0, 0), 180.0);
  EXPECT_EQ(Direction(0, 10, 0, 0), 270.0);
}

TEST(BearingTest, IsTheDirectionAtTheStartOfTheGreatCircle) {
  // From Baghdad to Osaka, on one parallel nearly: the way goes far north.
  EXPECT_NEAR(Direction(35, 45, 35, 135), 60.162434, 1e-6);
}

TEST(BearingTest, ToThePointItselfItIsZero) {
  EXPECT_EQ(Direction(40.7, -73.9, 40.7, -73.9), 0.0);
}

TEST(BearingTest, StaysBelowTheWholeCircle) {
  // So little west of north that 360 minus it rounds to 360.
  EXPECT_EQ(Direction(0, 0, 10, -1e-15), 0.0);
}

TEST(BearingTest, IsMissingWhenACoordinateIs) {
  EXPECT_TRUE(std::isnan(Direction(0, 0, kNaN, 0)));
}

TEST(BearingTest, TheOutputCanBeNamed) {
  const Frame frame =
      FrameOf({NumberColumn("a", {1.0}), NumberColumn("b", {1.0}),
               NumberColumn("c", {1.0}), NumberColumn("d", {1.0})});
  EXPECT_THAT(NamesOf(FitAndTransform("Bearing", Map({{"output", Text("way")}}),
                                      frame)),
              ElementsAre("way"));
}

TEST(BearingTest, FiveColumnsInTheBytesAreRefused) {
  EXPECT_THROW(LoadedFrom("Bearing",
                          [](RawBytes& out) {
                            out.Texts({"a", "b", "c", "d", "e"});
                            out.Text("way");
                          }),
               ArtifactError);
}

}  // namespace
}  // namespace tidemill
