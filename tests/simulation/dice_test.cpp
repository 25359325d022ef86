#include "tidemill/simulation/dice.h"

#include <array>
#include <cmath>

#include <gtest/gtest.h>

namespace tidemill {
namespace {

TEST(DiceTest, GivesEachEventItsOwnSequence) {
  Dice first(1, 2, 3);
  Dice same(1, 2, 3);
  EXPECT_EQ(first.Uniform(), same.Uniform());
  EXPECT_NE(Dice(1, 2, 3).Uniform(), Dice(1, 2, 4).Uniform());
  EXPECT_NE(Dice(1, 2, 3).Uniform(), Dice(1, 3, 3).Uniform());
  EXPECT_NE(Dice(1, 2, 3).Uniform(), Dice(2, 2, 3).Uniform());
}

TEST(DiceTest, DrawsTheMomentsOfItsDistributions) {
  constexpr int kDraws = 100'000;
  Dice dice(7, 0, 0);
  double uniform = 0.0;
  double normal = 0.0;
  double square = 0.0;
  double exponential = 0.0;
  for (int i = 0; i < kDraws; ++i) {
    uniform += dice.Uniform();
    const double z = dice.Normal();
    normal += z;
    square += z * z;
    exponential += dice.Exponential();
  }
  EXPECT_NEAR(uniform / kDraws, 0.5, 0.01);
  EXPECT_NEAR(normal / kDraws, 0.0, 0.015);
  EXPECT_NEAR(square / kDraws, 1.0, 0.02);
  EXPECT_NEAR(exponential / kDraws, 1.0, 0.02);
}

TEST(DiceTest, PicksInProportionToTheWeights) {
  Dice dice(7, 0, 0);
  const std::array<double, 3> weights = {1.0, 0.0, 3.0};
  std::array<int, 3> picks = {};
  for (int i = 0; i < 10'000; ++i) ++picks[dice.Pick(weights)];
  EXPECT_NEAR(picks[0], 2500, 150);
  EXPECT_EQ(picks[1], 0);
}

TEST(DiceTest, ComputesExpAndLogAsTheLibraryDoes) {
  for (double x = -700.0; x <= 700.0; x += 0.37) {
    EXPECT_NEAR(PortableExp(x) / std::exp(x), 1.0, 1e-12) << x;
  }
  for (double x = 1e-30; x < 1e30; x *= 1.37) {
    EXPECT_NEAR(PortableLog(x), std::log(x),
                1e-14 * (1 + std::abs(std::log(x))))
        << x;
  }
  EXPECT_EQ(PortableExp(0.0), 1.0);
  EXPECT_EQ(PortableLog(1.0), 0.0);
}

TEST(DiceTest, RoundsHalvesUp) {
  EXPECT_EQ(RoundTo(2.5, 0), 3.0);
  EXPECT_EQ(RoundTo(-2.5, 0), -2.0);
  EXPECT_EQ(RoundTo(40.75449, 4), 40.7545);
}

}  // namespace
}  // namespace tidemill
