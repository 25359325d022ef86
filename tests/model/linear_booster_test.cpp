#include "tidemill/model/linear_booster.h"

#include <cmath>
#include <functional>
#include <limits>
#include <ostream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "features/step_testing.h"
#include "tidemill/core/errors.h"
#include "tidemill/features/artifact_binary.h"

namespace tidemill {
namespace {

/// x0 + 10 x1 + 5 for the first output, 2 x0 + 20 x1 + 6 for the second.
LinearBooster::Parts TwoOutputs() {
  return {.weights = {1.0F, 2.0F, 10.0F, 20.0F},
          .biases = {4.0F, 4.0F},
          .base_margins = {1.0F, 2.0F}};
}

std::vector<double> Scores(const LinearBooster::Parts& parts,
                           const RowMatrix& rows) {
  std::vector<double> scores(static_cast<std::size_t>(rows.rows()) *
                             parts.biases.size());
  LinearBooster(parts).Predict(rows, scores);
  return scores;
}

TEST(LinearBoosterTest, AddsEveryFeatureTimesItsWeight) {
  EXPECT_EQ(Scores(TwoOutputs(), RowMatrix{{1.0, 1.0}, {0.0, 2.0}}),
            (std::vector<double>{16.0, 28.0, 25.0, 46.0}));
}

TEST(LinearBoosterTest, AMissingFeatureAddsNothing) {
  EXPECT_EQ(Scores(TwoOutputs(), RowMatrix{{kNaN, 1.0}}),
            (std::vector<double>{15.0, 26.0}));
}

TEST(LinearBoosterTest, SumsInFloat32FromTheBiasOn) {
  // 1 + 2^-24 is 1 in float32, twice; 2^-24 + 2^-24 first would not be lost.
  const LinearBooster::Parts parts = {.weights = {0x1p-24F, 0x1p-24F},
                                      .biases = {1.0F},
                                      .base_margins = {0.0F}};
  EXPECT_EQ(Scores(parts, RowMatrix{{1.0, 1.0}}), std::vector<double>{1.0});
}

TEST(LinearBoosterTest, TheLinkIsInFloat32) {
  const LinearBooster::Parts parts = {.weights = {1.0F},
                                      .biases = {0.0F},
                                      .base_margins = {0.0F},
                                      .link = Link::kLogistic};
  EXPECT_EQ(Scores(parts, RowMatrix{{1.0}})[0],
            static_cast<double>(1.0F / (1.0F + std::exp(-1.0F))));
}

TEST(LinearBoosterTest, ReadsBackToTheSameBytes) {
  BinaryWriter out;
  LinearBooster(TwoOutputs()).Save(out);
  const std::string bytes = out.Finish();
  BinaryReader in(bytes, "test");
  const PredictorPtr loaded = LinearBooster::Load(in);
  EXPECT_NO_THROW(in.Finish());
  BinaryWriter again;
  loaded->Save(again);
  EXPECT_EQ(again.Finish(), bytes);
}

struct BadParts {
  std::string name;
  std::function<void(LinearBooster::Parts&)> damage;
};

void PrintTo(const BadParts& parts, std::ostream* out) { *out << parts.name; }

class BadPartsTest : public testing::TestWithParam<BadParts> {};

TEST_P(BadPartsTest, AreRefused) {
  LinearBooster::Parts parts = TwoOutputs();
  GetParam().damage(parts);
  EXPECT_THROW(LinearBooster{parts}, ArtifactError);
}

INSTANTIATE_TEST_SUITE_P(
    Parts, BadPartsTest,
    testing::Values(
        BadParts{"NoWeights", [](auto& p) { p.weights.clear(); }},
        BadParts{"NoOutputs", [](auto& p) { p.biases.clear(); }},
        BadParts{"HalfAFeature", [](auto& p) { p.weights.pop_back(); }},
        BadParts{"OneBaseMargin", [](auto& p) { p.base_margins.pop_back(); }},
        BadParts{"InfiniteWeight",
                 [](auto& p) {
                   p.weights[0] = std::numeric_limits<float>::infinity();
                 }},
        BadParts{"NaNBias",
                 [](auto& p) {
                   p.biases[0] = std::numeric_limits<float>::quiet_NaN();
                 }},
        BadParts{"TwoOutputsOfExp", [](auto& p) { p.link = Link::kExp; }}),
    [](const testing::TestParamInfo<BadParts>& parts) {
      return parts.param.name;
    });

}  // namespace
}  // namespace tidemill
