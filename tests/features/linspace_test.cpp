#include "tidemill/features/linspace.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tidemill {
namespace {

using testing::ElementsAre;

TEST(LinspaceTest, IncludesBothEnds) {
  EXPECT_THAT(Linspace(1.0, 2.0, 5), ElementsAre(1.0, 1.25, 1.5, 1.75, 2.0));
  EXPECT_THAT(Linspace(1.0, 2.0, 1), ElementsAre(1.0));
  EXPECT_TRUE(Linspace(1.0, 2.0, 0).empty());
}

TEST(LinspaceTest, TheLastIsTheEndItself) {
  // numpy 2.4.6: 3 * 0.1 + 0 would be 0.30000000000000004.
  EXPECT_EQ(Linspace(0.0, 0.3, 4).back(), 0.3);
}

TEST(LinspaceTest, ARangeCanBeFinerThanItsSteps) {
  constexpr double kLeast = 5e-324;
  EXPECT_TRUE(StepIsZero(0.0, kLeast, 3));
  EXPECT_THAT(Linspace(0.0, kLeast, 3), ElementsAre(0.0, 0.0, kLeast));
}

}  // namespace
}  // namespace tidemill
