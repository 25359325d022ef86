#include <cmath>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/thrown_message.h"
#include "features/hostile_bytes.h"
#include "features/raw_bytes.h"
#include "features/step_testing.h"
#include "tidemill/core/errors.h"

namespace tidemill {
namespace {

using testing::ElementsAre;

ParameterValue Asked(const char* strategy, double bins,
                     const char* encode = "ordinal") {
  return Map({{"strategy", Text(strategy)},
              {"n_bins", Number(bins)},
              {"encode", Text(encode)}});
}

Frame Column(std::vector<double> numbers) {
  return FrameOf({NumberColumn("a", std::move(numbers))});
}

TEST(KBinsDiscretizerTest, UniformBinsAreEquallyWide) {
  const Frame frame = Column({0.0, 1.0, 2.0, 2.9, 3.0, 9.0});
  EXPECT_THAT(FitAndTransform("KBinsDiscretizer", Asked("uniform", 3), frame)
                  .columns[0]
                  .numbers,
              ElementsAre(0.0, 0.0, 0.0, 0.0, 1.0, 2.0));
}

TEST(KBinsDiscretizerTest, QuantileBinsAreEquallyFull) {
  const Frame frame = Column({1.0, 2.0, 10.0, 20.0, 100.0, 200.0});
  EXPECT_THAT(FitAndTransform("KBinsDiscretizer", Asked("quantile", 3), frame)
                  .columns[0]
                  .numbers,
              ElementsAre(0.0, 0.0, 1.0, 1.0, 2.0, 2.0));
}

TEST(KBinsDiscretizerTest, KMeansBinsGatherWhatIsNear) {
  const Frame frame = Column({0.0, 1.0, 2.0, 50.0, 51.0, 100.0});
  EXPECT_THAT(FitAndTransform("KBinsDiscretizer", Asked("kmeans", 3), frame)
                  .columns[0]
                  .numbers,
              ElementsAre(0.0, 0.0, 0.0, 1.0, 1.0, 2.0));
}

TEST(KBinsDiscretizerTest, BeyondTheEndsIsTheOutermostBin) {
  const StepPtr step =
      Fitted("KBinsDiscretizer", Asked("uniform", 2), Column({0.0, 10.0}));
  EXPECT_THAT(Transformed(*step, Column({-99.0, 99.0})).columns[0].numbers,
              ElementsAre(0.0, 1.0));
}

TEST(KBinsDiscretizerTest, OneHotGivesAColumnPerBin) {
  const Frame out =
      FitAndTransform("KBinsDiscretizer", Asked("uniform", 2, "onehot"),
                      Column({0.0, 5.0, 10.0}));
  EXPECT_THAT(NamesOf(out), ElementsAre("a_0.0", "a_1.0"));
  EXPECT_THAT(out.columns[0].numbers, ElementsAre(1.0, 0.0, 0.0));
  EXPECT_THAT(out.columns[1].numbers, ElementsAre(0.0, 1.0, 1.0));
}

TEST(KBinsDiscretizerTest, MissingStaysMissing) {
  for (const char* encode : {"ordinal", "onehot"}) {
    const StepPtr step = Fitted("KBinsDiscretizer", Asked("uniform", 2, encode),
                                Column({0.0, 10.0}));
    for (const FrameColumn& column :
         Transformed(*step, Column({kNaN})).columns) {
      EXPECT_TRUE(std::isnan(column.numbers[0])) << column.column.name;
    }
  }
}

TEST(KBinsDiscretizerTest, WarnsOfAConstantAndOfNarrowBins) {
  std::vector<std::string> warnings;
  const FitContext context{.target = {}, .warnings = &warnings};
  Fitted("KBinsDiscretizer", Asked("quantile", 2), Column({1.0, 1.0}), context);
  Fitted("KBinsDiscretizer", Asked("quantile", 4),
         Column({1.0, 1.0, 1.0, 1.0, 2.0}), context);
  EXPECT_THAT(
      warnings,
      ElementsAre("KBinsDiscretizer: column 'a' is constant; it has one bin",
                  "KBinsDiscretizer: column 'a' has bins that are too narrow; "
                  "they are removed"));
}

TEST(KBinsDiscretizerTest, RefusesWhatIsNotBuilt) {
  const auto refused = [](const char* key, ParameterValue value) {
    return ThrownMessage<ConfigError>([&] {
      Configured("KBinsDiscretizer", Map({{key, value}}));
    });
  };
  EXPECT_THAT(refused("subsample", Number(200)),
              testing::HasSubstr("bins are learned from all rows"));
  EXPECT_THAT(refused("n_bins", Number(1)), testing::HasSubstr("2 to 10000"));
  EXPECT_THAT(refused("quantile_method", Text("higher")),
              testing::HasSubstr("averaged_inverted_cdf"));
}

TEST(KBinsDiscretizerTest, WantsAsManyCountsAsColumns) {
  EXPECT_THROW(Fitted("KBinsDiscretizer",
                      Map({{"n_bins", List({Number(2), Number(3)})}}),
                      Column({0.0, 1.0})),
               ConfigError);
}

TEST(KBinsDiscretizerTest, EdgesThatFallOrAreNoNumbersAreRefused) {
  for (const std::vector<double>& edges :
       {std::vector<double>{2.0, 1.0}, {kNaN}}) {
    EXPECT_THROW(LoadedFrom("KBinsDiscretizer",
                            [&](RawBytes& out) {
                              out.Texts({"a"});
                              out.U64(1);
                              out.Doubles(edges);
                              out.Bool(false);
                            }),
                 ArtifactError);
  }
}

}  // namespace
}  // namespace tidemill
