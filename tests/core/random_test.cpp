#include "tidemill/core/random.h"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

namespace tidemill {
namespace {

TEST(RandomTest, GivesSplitMix64sPublishedNumbers) {
  // The first outputs for seed 1234567, as in the reference's test vector.
  Random random(1234567);
  EXPECT_EQ(random.Next(), 6457827717110365317ULL);
  EXPECT_EQ(random.Next(), 3203168211198807973ULL);
  EXPECT_EQ(random.Next(), 9817491932198370423ULL);
  EXPECT_EQ(random.Next(), 4593380528125082431ULL);
  EXPECT_EQ(random.Next(), 16408922859458223821ULL);
}

TEST(RandomTest, TheSameSeedGivesTheSameNumbers) {
  Random a(7);
  Random b(7);
  for (int i = 0; i < 100; ++i) ASSERT_EQ(a.Next(), b.Next());
}

TEST(RandomTest, UniformIsTheUpper53BitsOfANumber) {
  Random numbers(3);
  Random uniforms(3);
  for (int i = 0; i < 100; ++i) {
    const double expected =
        static_cast<double>(numbers.Next() / 2048) / 9007199254740992.0;
    ASSERT_EQ(uniforms.Uniform(), expected);
  }
}

TEST(RandomTest, UniformStaysBelowOneAndAveragesToAHalf) {
  Random random(1);
  double sum = 0.0;
  for (int i = 0; i < 100'000; ++i) {
    const double u = random.Uniform();
    ASSERT_GE(u, 0.0);
    ASSERT_LT(u, 1.0);
    sum += u;
  }
  EXPECT_NEAR(sum / 100'000, 0.5, 0.005);
}

TEST(RandomTest, BelowReachesEveryNumberUnderItsBound) {
  Random random(1);
  std::vector<int> counts(7, 0);
  for (int i = 0; i < 7000; ++i) ++counts[random.Below(7)];
  for (const int count : counts) EXPECT_NEAR(count, 1000, 150);
}

TEST(RandomTest, ShuffleKeepsEveryItem) {
  std::vector<int> items = {1, 2, 3, 4, 5, 6, 7, 8};
  const std::vector<int> before = items;
  Random(5).Shuffle(items);
  EXPECT_NE(items, before);
  std::sort(items.begin(), items.end());
  EXPECT_EQ(items, before);
}

TEST(RandomTest, ShuffleOfNothingIsNothing) {
  std::vector<int> items;
  Random(5).Shuffle(items);
  EXPECT_TRUE(items.empty());
}

}  // namespace
}  // namespace tidemill
