// Expected sums: numpy 2.4.6.
#include "tidemill/features/pairwise_sum.h"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

namespace tidemill {
namespace {

TEST(PairwiseSumTest, OfNothingIsZero) {
  EXPECT_EQ(PairwiseSum({}), 0.0);
  EXPECT_FALSE(std::signbit(PairwiseSum({})));
}

TEST(PairwiseSumTest, AddsAFewOneAfterTheOther) {
  // (1 + 2^-53) + 2^-53 is 1; from the other side it is 1 + 2^-52.
  const double half = std::ldexp(1.0, -53);
  EXPECT_EQ(PairwiseSum(std::vector{1.0, half, half}), 1.0);
  EXPECT_EQ(PairwiseSum(std::vector{half, half, 1.0}), 1.0 + 2.0 * half);
}

TEST(PairwiseSumTest, AddsInTheOrderOfNumpy) {
  std::vector<double> values;
  for (int i = 1; i <= 1000; ++i) values.push_back(1.0 / i);
  const std::span<const double> all = values;
  EXPECT_EQ(PairwiseSum(all.first(9)), 2.8289682539682537);
  EXPECT_EQ(PairwiseSum(all.first(128)), 5.433147092589173);
  EXPECT_EQ(PairwiseSum(all.first(137)), 5.50084178584451);
  EXPECT_EQ(PairwiseSum(all), 7.485470860550345);
}

}  // namespace
}  // namespace tidemill
