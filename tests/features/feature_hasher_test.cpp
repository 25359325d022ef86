// Expected numbers: scikit-learn 1.9.1, FeatureHasher.
#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/thrown_message.h"
#include "features/raw_bytes.h"
#include "features/step_testing.h"
#include "tidemill/core/errors.h"

namespace tidemill {
namespace {

TEST(FeatureHasherTest, ACategoryAndATextOfOneNameFallTogether) {
  const ParameterValue eight = Map({{"n_features", Number(8)}});
  const Frame category =
      FitAndTransform("FeatureHasher", eight,
                      FrameOf({CategoryColumn("city", {"Malmö", "x"})}));
  const Frame text = FitAndTransform(
      "FeatureHasher", eight, FrameOf({TextColumn("city", {"Malmö", "x"})}));
  EXPECT_TRUE(SameFrame(category, text));
}

TEST(FeatureHasherTest, MissingAndUnseenAddNothing) {
  const Frame out =
      FitAndTransform("FeatureHasher", Map({{"n_features", Number(1)}}),
                      FrameOf({CategoryColumn("c", {"x", nullptr, "?"}),
                               NumberColumn("n", {kNaN, kNaN, 2.5})}));
  EXPECT_EQ(std::abs(out.columns[0].numbers[0]), 1.0);
  EXPECT_EQ(out.columns[0].numbers[1], 0.0);
  EXPECT_EQ(std::abs(out.columns[0].numbers[2]), 2.5);
}

TEST(FeatureHasherTest, ATimestampIsRefused) {
  EXPECT_EQ(ThrownMessage<ConfigError>([] {
              Fitted("FeatureHasher", Map({{"n_features", Number(4)}}),
                     FrameOf({TimeColumn("t", {nullptr})}));
            }),
            "pipeline, FeatureHasher, column 't': expected a text, category or "
            "number column, got a timestamp column");
}

TEST(FeatureHasherTest, TooManyColumnsInAFileAreRefused) {
  RawBytes out;
  out.U64(1);
  out.Text("FeatureHasher");
  out.Texts({"c"});
  out.U32(65'537);
  out.Bool(true);
  out.Bool(true);
  const std::string bytes = out.Finish();
  EXPECT_EQ(ThrownMessage<ArtifactError>([&] {
              BinaryReader in(bytes, "test");
              LoadSteps(in, kMaxStepDepth);
            }),
            "test: expected 1 to 65536 columns, got 65537");
}

}  // namespace
}  // namespace tidemill
