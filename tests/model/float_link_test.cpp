#include "tidemill/model/float_link.h"

#include <array>
#include <cmath>

#include <gtest/gtest.h>

#include "tidemill/core/errors.h"

namespace tidemill {
namespace {

TEST(LogisticFloatTest, IsAHalfAtZero) { EXPECT_EQ(LogisticFloat(0.0F), 0.5F); }

TEST(LogisticFloatTest, NeverOverflows) {
  EXPECT_EQ(LogisticFloat(1000.0F), 1.0F);
  EXPECT_EQ(LogisticFloat(-1000.0F), LogisticFloat(-88.7F));
  EXPECT_GT(LogisticFloat(-1000.0F), 0.0F);
}

TEST(ApplyFloatLinkTest, ExpIsInFloat32) {
  std::array<double, 1> margins = {0.5};
  ApplyFloatLink(Link::kExp, margins);
  EXPECT_EQ(margins[0], static_cast<double>(std::exp(0.5F)));
  EXPECT_NE(margins[0], std::exp(0.5));
}

TEST(ApplyFloatLinkTest, IdentityLeavesAsIs) {
  std::array<double, 2> margins = {-3.0, 2.0};
  ApplyFloatLink(Link::kIdentity, margins);
  EXPECT_EQ(margins, (std::array<double, 2>{-3.0, 2.0}));
}

TEST(CheckFloatLinkTest, TakesXgboostsLinksOnly) {
  EXPECT_NO_THROW(CheckFloatLink(1, Link::kExp, "test"));
  EXPECT_NO_THROW(CheckFloatLink(3, Link::kSoftmax, "test"));
  EXPECT_THROW(CheckFloatLink(1, Link::kSoftmax, "test"), ArtifactError);
  EXPECT_THROW(CheckFloatLink(1, Link::kModifiedHuber, "test"), ArtifactError);
}

}  // namespace
}  // namespace tidemill
