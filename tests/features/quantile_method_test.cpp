#include "tidemill/features/quantile_method.h"

#include <vector>

#include <gtest/gtest.h>

namespace tidemill {
namespace {

double Third(const char* method) {
  // numpy 2.4.6: np.quantile([1, 2, 4, 8, 16, 32], 1 / 3, method=...).
  const std::vector<double> sorted = {1.0, 2.0, 4.0, 8.0, 16.0, 32.0};
  return Quantile(sorted, 1.0 / 3.0, ParseQuantileMethod(method).value());
}

TEST(QuantileMethodTest, IsNumpysByEveryMethod) {
  EXPECT_EQ(Third("inverted_cdf"), 2.0);
  EXPECT_EQ(Third("averaged_inverted_cdf"), 3.0);
  EXPECT_EQ(Third("closest_observation"), 2.0);
  EXPECT_EQ(Third("interpolated_inverted_cdf"), 2.0);
  EXPECT_EQ(Third("hazen"), 3.0);
  EXPECT_EQ(Third("weibull"), 2.666666666666667);
  EXPECT_EQ(Third("linear"), 3.333333333333333);
  EXPECT_EQ(Third("median_unbiased"), 2.8888888888888893);
  EXPECT_EQ(Third("normal_unbiased"), 2.916666666666667);
}

TEST(QuantileMethodTest, TheEndsAreTheEnds) {
  const std::vector<double> sorted = {1.0, 2.0, 4.0};
  for (int i = 0; i < 9; ++i) {
    const auto method = static_cast<QuantileMethod>(i);
    EXPECT_EQ(Quantile(sorted, 0.0, method), 1.0) << i;
    EXPECT_EQ(Quantile(sorted, 1.0, method), 4.0) << i;
  }
}

TEST(QuantileMethodTest, OtherNamesAreUnknown) {
  EXPECT_FALSE(ParseQuantileMethod("higher").has_value());
}

}  // namespace
}  // namespace tidemill
