#include <cmath>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "features/fitted_step.h"
#include "features/raw_bytes.h"

namespace tidemill {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(BinarizerTest, TheThresholdItselfIs0) {
  const ParameterValue at_2 = Map({{"threshold", Number(2.0)}});
  EXPECT_THAT(FittedOn({}, "Binarizer", at_2, {1.0, 2.0, 2.5}),
              ElementsAre(0.0, 0.0, 1.0));
}

TEST(BinarizerTest, MissingStaysMissing) {
  EXPECT_TRUE(std::isnan(FittedOn({}, "Binarizer", {}, {kNaN})[0]));
}

TEST(BinarizerTest, LoadRefusesAMissingThreshold) {
  EXPECT_THAT(LoadError("Binarizer",
                        [](RawBytes& out) {
                          out.Texts({"a"});
                          out.U64(1);
                          out.Double(kNaN);
                        }),
              HasSubstr("finite"));
}

}  // namespace
}  // namespace tidemill
