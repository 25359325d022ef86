// Expected numbers: scipy 1.17.1, stats.norm.ppf.
#include "tidemill/features/normal_quantile.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace tidemill {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

void ExpectQuantile(double p, double expected) {
  EXPECT_NEAR(NormalQuantile(p) / expected, 1.0, 1e-14) << p;
}

TEST(NormalQuantileTest, IsScipys) {
  ExpectQuantile(0.975, 1.959963984540054);
  ExpectQuantile(0.25, -0.6744897501960817);
  EXPECT_EQ(NormalQuantile(0.5), 0.0);
}

TEST(NormalQuantileTest, KeepsItsDigitsFarOut) {
  ExpectQuantile(1e-300, -37.0470962993612);
  ExpectQuantile(1e-7, -5.1993375821928165);
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
