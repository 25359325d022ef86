#include "tidemill/rollout/canary_share.h"

#include <cmath>
#include <cstdint>
#include <string>

#include <gtest/gtest.h>

namespace tidemill {
namespace {

constexpr int kKeys = 1'000'000;

std::string Key(int i) { return "customer-" + std::to_string(i); }

// The hashes that Python's xxhash 3 gives: xxh3_64_intdigest(salt + b"\0" +
// key) % 1_000_000.
TEST(ShareBucketTest, IsTheDocumentedHashOnEveryMachine) {
  using std::string_view_literals::operator""sv;
  EXPECT_EQ(ShareBucket("churn@8", "7590-VHVEG"), 516'149U);
  EXPECT_EQ(ShareBucket("exp-4", "a"), 713'819U);
  EXPECT_EQ(ShareBucket("exp-4", ""), 811'411U);
  EXPECT_EQ(ShareBucket("", "a"), 703'892U);
  EXPECT_EQ(ShareBucket({}, {}), 801'883U);
  EXPECT_EQ(ShareBucket("s", "\0\xff"sv), 404'369U);
  EXPECT_EQ(ShareBucket("exp-4", "ключ"), 372'734U);
}

TEST(ShareBucketTest, IsTheSameHashForKeysOfAnyLength) {
  EXPECT_EQ(ShareBucket("s", std::string(1022, 'k')), 463'896U);
  EXPECT_EQ(ShareBucket("s", std::string(1023, 'k')), 486'304U);
  EXPECT_EQ(ShareBucket("exp-4", std::string(5000, 'k')), 345'933U);
  EXPECT_EQ(ShareBucket(std::string(2000, 's'), "k"), 47'801U);
}

TEST(CanaryShareTest, NoneAndAllAreExact) {
  const CanaryShare none(0.0, "salt");
  const CanaryShare all(100.0, "salt");
  for (int i = 0; i < 10'000; ++i) {
    ASSERT_FALSE(none.Includes(Key(i)));
    ASSERT_TRUE(all.Includes(Key(i)));
  }
}

/// Of a million keys, in percent.
double ShareTaken(double percent, const std::string& salt) {
  const CanaryShare share(percent, salt);
  int in = 0;
  for (int i = 0; i < kKeys; ++i) in += share.Includes(Key(i)) ? 1 : 0;
  return 100.0 * in / kKeys;
}

TEST(CanaryShareTest, TakesItsShareOfAMillionKeysWithinATenthOfAPoint) {
  for (const double percent : {1.0, 10.0, 30.0, 50.0}) {
    EXPECT_NEAR(ShareTaken(percent, "churn@8"), percent, 0.1);
  }
}

// A fair draw is off by sqrt(p (1 - p) / n), at one half 0.05 points: two
// standard errors are the tenth of a point above, which one salt in 20 leaves.
TEST(CanaryShareTest, AnySaltTakesItsShareAsAFairDrawWould) {
  for (const char* salt : {"exp-4", "churn@9", "", "a", "b"}) {
    for (const double percent : {1.0, 50.0}) {
      const double error = std::sqrt(percent * (100.0 - percent) / kKeys);
      EXPECT_NEAR(ShareTaken(percent, salt), percent, 4.0 * error) << salt;
    }
  }
}

TEST(CanaryShareTest, AGrowingShareKeepsItsKeys) {
  const CanaryShare small(10.0, "churn@8");
  const CanaryShare large(30.0, "churn@8");
  int in = 0;
  for (int i = 0; i < kKeys; ++i) {
    if (!small.Includes(Key(i))) continue;
    ++in;
    ASSERT_TRUE(large.Includes(Key(i))) << Key(i);
  }
  EXPECT_GT(in, 0);
}

TEST(CanaryShareTest, AnotherSaltDrawsOtherKeys) {
  const CanaryShare a(50.0, "a");
  const CanaryShare b(50.0, "b");
  int both = 0;
  for (int i = 0; i < 100'000; ++i) {
    both += a.Includes(Key(i)) && b.Includes(Key(i)) ? 1 : 0;
  }
  EXPECT_NEAR(both, 25'000, 1'000);
}

TEST(CanaryShareTest, PercentIsRoundedToATenThousandth) {
  // "exp-4", "a" lies at 713,819.
  EXPECT_FALSE(CanaryShare(71.3819, "exp-4").Includes("a"));
  EXPECT_TRUE(CanaryShare(71.3820, "exp-4").Includes("a"));
  EXPECT_TRUE(CanaryShare(71.38195001, "exp-4").Includes("a"));
}

}  // namespace
}  // namespace tidemill
