#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/thrown_message.h"
#include "features/fitted_step.h"
#include "tidemill/core/errors.h"

namespace tidemill {
namespace {

TEST(RequireNumbersTest, MissingIsInfinite) {
  EXPECT_THAT(
      FittedOn({}, "RequireNumbers", {}, {1.5, kNaN, -0.5}),
      testing::ElementsAre(1.5, std::numeric_limits<double>::infinity(), -0.5));
}

TEST(RequireNumbersTest, RefusesACategory) {
  EXPECT_THAT(ThrownMessage<ConfigError>([] {
                Fitted("RequireNumbers", {},
                       FrameOf({CategoryColumn("c", {"x"})}));
              }),
              testing::HasSubstr("expected a number column"));
}

}  // namespace
}  // namespace tidemill
