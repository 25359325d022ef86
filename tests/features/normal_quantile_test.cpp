// Expected numbers: scipy 1.17.1, stats.norm.ppf.
#include "tidemill/features/normal_quantile.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace tidemill {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

TEST(NormalQuantileTest, IsScipysBitForBit) {
  EXPECT_EQ(NormalQuantile(0.975), 1.959963984540054);
  EXPECT_EQ(NormalQuantile(0.25), -0.6744897501960817);
  EXPECT_EQ(NormalQuantile(0.5), 0.0);
  EXPECT_EQ(NormalQuantile(0.1353352832366127), -1.10151962849875);
  EXPECT_EQ(NormalQuantile(0.8646647167633873), 1.1015196284987503);
  EXPECT_EQ(NormalQuantile(0.01), -2.3263478740408408);
  EXPECT_EQ(NormalQuantile(0.999), 3.090232306167813);
  EXPECT_EQ(NormalQuantile(1e-07), -5.1993375821928165);
  EXPECT_EQ(NormalQuantile(1e-13), -7.348796102800677);
  EXPECT_EQ(NormalQuantile(1e-14), -7.6506280929352695);
  EXPECT_EQ(NormalQuantile(5e-324), -38.467405617144344);
  EXPECT_EQ(NormalQuantile(1e-300), -37.0470962993612);
  EXPECT_EQ(NormalQuantile(0.9999999999999999), 8.209536151601387);
}

TEST(NormalQuantileTest, TheEndsAreInfinite) {
  EXPECT_EQ(NormalQuantile(0.0), -kInfinity);
  EXPECT_EQ(NormalQuantile(1.0), kInfinity);
}

TEST(NormalQuantileTest, OfWhatIsNoProbabilityIsMissing) {
  for (const double p : {-0.1, 1.1, kInfinity, std::nan("")}) {
    EXPECT_TRUE(std::isnan(NormalQuantile(p))) << p;
  }
}

}  // namespace
}  // namespace tidemill
