#include "tidemill/features/minimise.h"

#include <cmath>

#include <gtest/gtest.h>

namespace tidemill {
namespace {

Search Within(double lower, double upper) {
  return {.lower = lower,
          .start = GoldenStart(lower, upper),
          .upper = upper,
          .relative_tolerance = 1.48e-8,
          .absolute_tolerance = 1e-11};
}

TEST(MinimiseTest, FindsTheFootOfAParabola) {
  const auto parabola = [](double x) { return (x - 3.0) * (x - 3.0); };
  EXPECT_NEAR(Minimise(parabola, Within(-10.0, 40.0)), 3.0, 1e-7);
}

TEST(MinimiseTest, FindsACornerWhereParabolasMislead) {
  const auto corner = [](double x) { return std::abs(x - 1.25); };
  EXPECT_NEAR(Minimise(corner, Within(0.0, 100.0)), 1.25, 1e-6);
}

TEST(MinimiseTest, GoesToTheEndThatIsLowest) {
  const auto line = [](double x) { return x; };
  EXPECT_NEAR(Minimise(line, Within(2.0, 5.0)), 2.0, 1e-6);
}

TEST(MinimiseTest, AsksForFewValuesOfASmoothFunction) {
  int values = 0;
  const auto counted = [&](double x) {
    ++values;
    return std::cosh(x - 0.7);
  };
  EXPECT_NEAR(Minimise(counted, Within(-5.0, 5.0)), 0.7, 1e-7);
  EXPECT_LT(values, 30);
}

TEST(MinimiseTest, EndsOnAFunctionThatIsInfiniteEverywhere) {
  int values = 0;
  Minimise(
      [&](double) {
        ++values;
        return INFINITY;
      },
      Within(-1.0, 1.0));
  EXPECT_LE(values, 500);
}

TEST(BracketTest, WalksDownhillUntilItRises) {
  const auto parabola = [](double x) { return (x - 50.0) * (x - 50.0); };
  for (const auto& [first, second] : {std::pair(-2.0, 2.0), {2.0, -2.0}}) {
    const auto found = Bracket(parabola, first, second);
    ASSERT_TRUE(found.has_value());
    EXPECT_LT(found->lower, 50.0);
    EXPECT_GT(found->upper, 50.0);
    EXPECT_LT(parabola(found->start), parabola(found->lower));
    EXPECT_LT(parabola(found->start), parabola(found->upper));
  }
}

TEST(BracketTest, OfAFunctionThatFallsWithoutEndIsNone) {
  EXPECT_FALSE(Bracket([](double x) { return -x; }, -2.0, 2.0).has_value());
}

}  // namespace
}  // namespace tidemill
