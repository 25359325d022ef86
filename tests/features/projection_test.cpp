// PCA and TruncatedSVD. Expected numbers: by hand.
#include <cmath>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/thrown_message.h"
#include "features/raw_bytes.h"
#include "features/step_testing.h"
#include "tidemill/core/errors.h"

namespace tidemill {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;

/// On a line of slope 3/4 through (4, 3).
Frame Line() {
  return FrameOf(
      {NumberColumn("x", {0.0, 4.0, 8.0}), NumberColumn("y", {0.0, 3.0, 6.0})});
}

TEST(PcaTest, FindsTheDirectionOfALine) {
  const Frame out =
      FitAndTransform("PCA", Map({{"n_components", Number(1)}}), Line());
  EXPECT_THAT(NamesOf(out), ElementsAre("pca0"));
  EXPECT_THAT(out.columns[0].numbers,
              ElementsAre(DoubleNear(-5.0, 1e-14), DoubleNear(0.0, 1e-14),
                          DoubleNear(5.0, 1e-14)));
}

TEST(PcaTest, WhiteningDividesByTheDeviation) {
  const Frame out = FitAndTransform(
      "PCA", Map({{"n_components", Number(1)}, {"whiten", Truth(true)}}),
      Line());
  EXPECT_NEAR(out.columns[0].numbers[2], 1.0, 1e-14);
}

TEST(PcaTest, AShareKeepsAsManyAsExceedIt) {
  const Frame frame = FrameOf({NumberColumn("x", {-3.0, 3.0, 0.0, 0.0}),
                               NumberColumn("y", {0.0, 0.0, -1.0, 1.0})});
  const auto count = [&](double share) {
    return FitAndTransform("PCA", Map({{"n_components", Number(share)}}), frame)
        .columns.size();
  };
  // The variances are as 9 to 1.
  EXPECT_EQ(count(0.85), 1U);
  EXPECT_EQ(count(0.95), 2U);
}

TEST(PcaTest, AMissingNumberMakesTheRowsResultsMissing) {
  const StepPtr step = Fitted("PCA", {}, Line());
  const Frame out = Transformed(
      *step,
      FrameOf({NumberColumn("x", {kNaN, 4.0}), NumberColumn("y", {1.0, 3.0})}));
  EXPECT_TRUE(std::isnan(out.columns[0].numbers[0]));
  EXPECT_TRUE(std::isnan(out.columns[1].numbers[0]));
  EXPECT_NEAR(out.columns[0].numbers[1], 0.0, 1e-14);
}

TEST(TruncatedSvdTest, DoesNotCentre) {
  const Frame out = FitAndTransform("TruncatedSVD",
                                    Map({{"n_components", Number(1)}}), Line());
  EXPECT_THAT(NamesOf(out), ElementsAre("truncatedsvd0"));
  EXPECT_THAT(out.columns[0].numbers, ElementsAre(0.0, DoubleNear(5.0, 1e-14),
                                                  DoubleNear(10.0, 1e-14)));
}

std::string Refusal(std::size_t columns, std::size_t numbers,
                    std::vector<double> offsets, std::vector<double> scales) {
  RawBytes out;
  out.U64(1);
  out.Text("PCA");
  out.Texts(std::vector<std::string>(columns, "x"));
  out.Doubles(std::vector<double>(numbers, 0.5));
  out.Doubles(offsets);
  out.Doubles(scales);
  const std::string bytes = out.Finish();
  return ThrownMessage<ArtifactError>([&] {
    BinaryReader in(bytes, "test");
    LoadSteps(in, kMaxStepDepth);
  });
}

TEST(ProjectionTest, HostileBytesAreRefused) {
  EXPECT_EQ(Refusal(2, 3, {0.0}, {1.0}),
            "test: expected components of one size, an offset and a scale for "
            "each, got 3 numbers for 2 columns, 1 offsets and 1 scales");
  EXPECT_NE(Refusal(0, 0, {0.0}, {1.0}), "");
  EXPECT_NE(Refusal(2, 0, {}, {}), "");
  EXPECT_NE(Refusal(2, 2, {0.0}, {}), "");
  EXPECT_NE(Refusal(2, 2, {0.0}, {0.0}).find("a scale > 0"), std::string::npos);
  EXPECT_NE(Refusal(2, 2, {kNaN}, {1.0}).find("finite"), std::string::npos);
}

}  // namespace
}  // namespace tidemill
