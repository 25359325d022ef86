// Expected numbers: scikit-learn 1.9.1, Normalizer.
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

/// The two values of one row, normalised.
std::vector<double> Row(const char* norm, double a, double b) {
  const Frame made = FitAndTransform(
      "Normalizer", Map({{"norm", Text(norm)}}),
      FrameOf({NumberColumn("a", {a}), NumberColumn("b", {b})}));
  return {made.columns[0].numbers[0], made.columns[1].numbers[0]};
}

TEST(NormalizerTest, DividesByTheRootOfTheSumOfSquares) {
  EXPECT_THAT(Row("l2", 3.0, -4.0), ElementsAre(0.6, -0.8));
}

TEST(NormalizerTest, DividesByTheSumOfAbsoluteValues) {
  EXPECT_THAT(Row("l1", 1.0, -3.0), ElementsAre(0.25, -0.75));
}

TEST(NormalizerTest, DividesByTheGreatestAbsoluteValue) {
  EXPECT_THAT(Row("max", 1.0, -4.0), ElementsAre(0.25, -1.0));
}

TEST(NormalizerTest, ARowOfZerosStays) {
  EXPECT_THAT(Row("l2", 0.0, 0.0), ElementsAre(0.0, 0.0));
}

TEST(NormalizerTest, ARowWithAMissingValueIsMissingWhateverTheOrder) {
  for (const char* norm : {"l1", "l2", "max"}) {
    for (const double z : Row(norm, kNaN, 1.0)) EXPECT_TRUE(std::isnan(z));
    for (const double z : Row(norm, 1.0, kNaN)) EXPECT_TRUE(std::isnan(z));
  }
}

TEST(NormalizerTest, NoColumnsAreNormalisedToNone) {
  EXPECT_TRUE(Fitted("Normalizer", {}, Frame{})->Bind({}).empty());
}

TEST(NormalizerTest, LoadRefusesANormThatDoesNotExist) {
  EXPECT_THAT(LoadError("Normalizer",
                        [](RawBytes& out) {
                          out.Texts({"a"});
                          out.U8(3);
                        }),
              HasSubstr("3"));
}

}  // namespace
}  // namespace tidemill
