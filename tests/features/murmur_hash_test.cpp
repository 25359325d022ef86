// Expected numbers: sklearn.utils.murmurhash3_32(key, seed=0, positive=True).
#include "tidemill/features/murmur_hash.h"

#include <gtest/gtest.h>

namespace tidemill {
namespace {

TEST(MurmurHashTest, GivesScikitLearnsHashes) {
  EXPECT_EQ(MurmurHash3(""), 0U);
  EXPECT_EQ(MurmurHash3("foo"), 4138058784U);
  EXPECT_EQ(MurmurHash3("abcd"), 1139631978U);
  EXPECT_EQ(MurmurHash3("city=Malmö"), 2498371115U);
}

}  // namespace
}  // namespace tidemill
