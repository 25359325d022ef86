#include "tidemill/training/trainer.h"

#include <algorithm>
#include <cstdlib>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tidemill/model/artifact.h"
#include "tidemill/scoring/batch_scorer.h"
#include "tidemill/scoring/loaded_model.h"
#include "training/training_testing.h"

namespace tidemill {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

double Figure(const Metrics& metrics, const std::string& name) {
  for (const auto& [metric, value] : metrics) {
    if (metric == name) return value;
  }
  ADD_FAILURE() << "no metric " << name;
  return 0.0;
}

TEST(TrainerTest, ABinaryModelBeatsTheNaiveOne) {
  const TrainingReport report =
      Train(ConfigOf(kShopConfig), ShopCsv(600)).report;
  EXPECT_GT(Figure(report.held_out, "roc_auc"), 0.7);
  EXPECT_EQ(Figure(report.baseline, "roc_auc"), 0.5);
  EXPECT_LT(Figure(report.held_out, "log_loss"),
            Figure(report.baseline, "log_loss"));
}

TEST(TrainerTest, AModelOfThreeClassesBeatsTheirShares) {
  const TrainingReport report =
      Train(ConfigOf(kFruitConfig), FruitCsv(600), "data.csv", 3).report;
  EXPECT_GT(Figure(report.held_out, "roc_auc"), 0.8);
  EXPECT_EQ(Figure(report.baseline, "roc_auc"), 0.5);
  EXPECT_LT(Figure(report.held_out, "log_loss"),
            0.6 * Figure(report.baseline, "log_loss"));
  EXPECT_GT(Figure(report.held_out, "f1_macro"),
            2.0 * Figure(report.baseline, "f1_macro"));
  ASSERT_EQ(report.cross_validation.size(), 4U);
  EXPECT_NEAR(report.cross_validation[0].pooled,
              Figure(report.held_out, "roc_auc"), 0.1);
}

/// Every row of the CSV scored by the artifact as BatchScorer does it.
std::vector<std::vector<double>> Probabilities(const LoadedModel& model,
                                               const std::string& jsonl) {
  std::vector<std::vector<double>> rows;
  BatchScorer scorer;
  std::size_t at = 0;
  while (at < jsonl.size()) {
    const std::size_t end = jsonl.find('\n', at);
    const std::string_view event = std::string_view(jsonl).substr(at, end - at);
    const ScoredEvent& scored = scorer.Score(model, {&event, 1})[0];
    rows.emplace_back(scored.probabilities.begin(), scored.probabilities.end());
    const auto best = std::max_element(rows.back().begin(), rows.back().end());
    EXPECT_EQ(scored.score, *best);
    EXPECT_EQ(scored.label, model.manifest().classes[static_cast<std::size_t>(
                                best - rows.back().begin())]);
    at = end + 1;
  }
  return rows;
}

TEST(TrainerTest, ThreeClassesAreServedAsTheLibraryScoresThem) {
  for (const std::string_view stopping : {"", ", early_stopping_rounds: 3"}) {
    const TrainingConfig config =
        ConfigOf(kFruitConfig, {"model={XGBClassifier: {n_estimators: 30" +
                                    std::string(stopping) + "}}",
                                "target.weight=crate"});
    const LoadedModelPtr model =
        LoadArtifact(Train(config, FruitCsv(500)).artifact, "test", 0);
    EXPECT_EQ(model->manifest().classes,
              (std::vector<std::string>{"fig", "pear", "quince"}));
    // The library's own outputs, which loading has compared to the last bit.
    EXPECT_EQ(model->tolerance(), 0.0);
    std::string events;
    for (const VerificationRow& row : model->artifact().verification) {
      events += row.event + "\n";
    }
    const auto served = Probabilities(*model, events);
    for (std::size_t i = 0; i < served.size(); ++i) {
      EXPECT_EQ(served[i], model->artifact().verification[i].outputs);
      EXPECT_NEAR(served[i][0] + served[i][1] + served[i][2], 1.0, 1e-6);
    }
    EXPECT_GT(served.size(), 25U);
  }
}

TEST(TrainerTest, TheScoreBaselineOfThreeClassesIsTheLabelsProbability) {
  const Artifact artifact =
      ReadArtifact(Train(ConfigOf(kFruitConfig), FruitCsv(500)).artifact, "m");
  ASSERT_FALSE(artifact.baselines.score.edges.empty());
  EXPECT_GE(artifact.baselines.score.edges.front(), 1.0 / 3.0);
  EXPECT_LE(artifact.baselines.score.edges.back(), 1.0);
}

TEST(TrainerTest, AThresholdByRuleIsChosenOnTheRowsHeldOut) {
  const TrainingResult result = Train(
      ConfigOf(kShopConfig, {"threshold={rule: cost, false_negative: 5}"}),
      ShopCsv(600));
  const ChosenThreshold& threshold = result.report.threshold;
  EXPECT_EQ(threshold.rule, ThresholdRule::kCost);
  EXPECT_LT(threshold.value, 0.5);
  const Manifest manifest = ReadArtifact(result.artifact, "m").manifest;
  EXPECT_EQ(manifest.threshold, threshold.value);
  EXPECT_EQ(manifest.threshold_rule, "cost");
  EXPECT_EQ(manifest.threshold_figure, threshold.figure);
  EXPECT_THAT(ToTable(result.report),
              HasSubstr("chosen on the rows held out: cost 0."));
  EXPECT_EQ(
      nlohmann::json::parse(ToJson(result.report, "m"))["threshold"]["rule"],
      "cost");
}

TEST(TrainerTest, TheAccuracyIsThatOfTheChosenThreshold) {
  const std::string csv = ShopCsv(600);
  const TrainingReport chosen =
      Train(ConfigOf(kShopConfig, {"threshold={rule: youden}"}), csv).report;
  const TrainingReport given =
      Train(ConfigOf(
                kShopConfig,
                {"threshold=" + std::to_string(chosen.threshold.value - 1e-6)}),
            csv)
          .report;
  EXPECT_EQ(Figure(chosen.held_out, "accuracy"),
            Figure(given.held_out, "accuracy"));
}

TEST(TrainerTest, WeightsChangeWhatIsLearnedAndNotTheFiguresRows) {
  const std::string csv = FruitCsv(500);
  const TrainingResult plain = Train(ConfigOf(kFruitConfig), csv);
  const TrainingResult weighted =
      Train(ConfigOf(kFruitConfig, {"target.weight=crate"}), csv);
  EXPECT_NE(plain.artifact, weighted.artifact);
  EXPECT_EQ(plain.report.baseline, weighted.report.baseline);
}

TEST(TrainerTest, WithoutAnyWeightThereIsNothingToLearnFrom) {
  std::string csv = "weight,skin,crate,kind\n";
  for (int i = 0; i < 30; ++i) {
    csv += "1,rough,0," + std::string(1, static_cast<char>('a' + i % 3)) + "\n";
  }
  EXPECT_EQ(MessageOf([&] {
              Train(ConfigOf(kFruitConfig, {"target.weight=crate"}), csv);
            }),
            "the rows to learn from: expected weights with a finite sum above "
            "0, got 0");
}

TEST(TrainerTest, AClassWhoseRowsHaveNoWeightIsRefused) {
  std::string csv = "weight,skin,crate,kind\n";
  for (int i = 0; i < 60; ++i) {
    csv += std::to_string(i) + ",rough," + (i % 3 == 0 ? "0" : "1") + "," +
           std::string(1, static_cast<char>('a' + i % 3)) + "\n";
  }
  EXPECT_EQ(MessageOf([&] {
              Train(ConfigOf(kFruitConfig, {"target.weight=crate"}), csv);
            }),
            "the rows to learn from: expected rows of every class with a "
            "weight above 0, got none of 'a'");
}

TEST(TrainerTest, ARegressionBeatsTheMean) {
  const TrainingReport report =
      Train(ConfigOf(kRideConfig), RideCsv(600)).report;
  EXPECT_LT(Figure(report.held_out, "rmse"), 4.0);
  EXPECT_GT(Figure(report.baseline, "rmse"), 8.0);
}

TEST(TrainerTest, TheSameRowsConfigAndSeedGiveTheSameBytes) {
  const std::string csv = RideCsv(500);
  EXPECT_EQ(Train(ConfigOf(kRideConfig), csv).artifact,
            Train(ConfigOf(kRideConfig), csv).artifact);
}

TEST(TrainerTest, TheNumberOfThreadsDoesNotChangeTheBytes) {
  const std::string csv = RideCsv(500);
  TrainingConfig one = ConfigOf(kRideConfig);
  one.model.name = "XGBRegressor";
  one.model.parameters.value = ParameterValue::Map{};
  const std::string artifact = Train(one, csv).artifact;
  for (const int count : {2, 4}) {
    TrainingConfig more = one;
    ParameterValue threads;
    threads.value =
        ParameterValue::Number{double(count), std::to_string(count)};
    more.model.parameters.value = ParameterValue::Map{{"nthread", threads}};
    EXPECT_EQ(Train(more, csv).artifact, artifact) << count;
  }
}

TEST(TrainerTest, AnotherSeedGivesAnotherModel) {
  const std::string csv = RideCsv(500);
  EXPECT_NE(Train(ConfigOf(kRideConfig), csv).artifact,
            Train(ConfigOf(kRideConfig, {"seed=6"}), csv).artifact);
}

TEST(TrainerTest, TheManifestSaysWhereTheModelComesFrom) {
  const TrainingResult result = Train(ConfigOf(kShopConfig), ShopCsv(400));
  const Manifest manifest = ReadArtifact(result.artifact, "test").manifest;
  EXPECT_EQ(manifest.name, "shop");
  EXPECT_EQ(manifest.model, "LogisticRegression");
  EXPECT_EQ(manifest.classes, (std::vector<std::string>{"no", "yes"}));
  EXPECT_EQ(manifest.data_rows, 400U);
  EXPECT_EQ(manifest.config_sha256.size(), 64U);
  EXPECT_EQ(manifest.data_sha256, result.report.data_sha256);
  EXPECT_EQ(Figure(manifest.metrics, "roc_auc"),
            Figure(result.report.held_out, "roc_auc"));
  EXPECT_EQ(Figure(manifest.metrics, "baseline_roc_auc"), 0.5);
  for (const auto& [library, version] : manifest.libraries) {
    EXPECT_THAT(version, testing::MatchesRegex("[0-9]+\\.[0-9]+.*")) << library;
  }
}

std::string Parameter(const TrainingResult& result, const std::string& name) {
  const Artifact artifact = ReadArtifact(result.artifact, "test");
  for (const auto& [parameter, value] : artifact.manifest.parameters) {
    if (parameter == name) return value;
  }
  return "(none)";
}

TEST(TrainerTest, TheManifestHoldsTheEffectiveConfig) {
  const TrainingResult ride =
      Train(ConfigOf(kRideConfig,
                     {"seed=1000000", "model.XGBRegressor.learning_rate=0.10"}),
            RideCsv(200));
  EXPECT_EQ(Parameter(ride, "name"), "rides");
  EXPECT_EQ(Parameter(ride, "seed"), "1000000");
  EXPECT_EQ(Parameter(ride, "split.test_size"), "0.2");  // not in the file
  EXPECT_EQ(Parameter(ride, "model.XGBRegressor.n_estimators"), "20");
  EXPECT_EQ(Parameter(ride, "model.XGBRegressor.learning_rate"), "0.10");
  EXPECT_EQ(Parameter(ride, "schema.fields.1.name"), "miles");
  EXPECT_EQ(Parameter(ride, "target.minutes_between.1"), "end");
  EXPECT_EQ(
      Parameter(ride, "pipeline.0.ColumnTransformer.transformers.1.steps.0"),
      "TargetEncoder");
  const TrainingResult shop = Train(ConfigOf(kShopConfig), ShopCsv(200));
  EXPECT_EQ(Parameter(shop, "model.LogisticRegression"), "{}");
  EXPECT_EQ(Parameter(shop, "split.test_size"), "0.25");
  EXPECT_EQ(Parameter(shop, "threshold"), "0.5");
}

TEST(TrainerTest, BaselinesCountTheTrainingRows) {
  const TrainingResult result = Train(ConfigOf(kShopConfig), ShopCsv(400));
  const Baselines baselines = ReadArtifact(result.artifact, "test").baselines;
  EXPECT_EQ(baselines.rows, result.report.rows_train);
  ASSERT_EQ(baselines.fields.size(), 3U);
  EXPECT_EQ(baselines.fields[2].name, "color");
  EXPECT_THAT(baselines.fields[2].categories,
              testing::ElementsAre("blue", "green", "red"));
  EXPECT_EQ(baselines.features.size(), 5U);
  std::uint64_t scored = 0;
  for (const std::uint64_t count : baselines.score.counts) scored += count;
  EXPECT_EQ(scored, result.report.rows_test);
}

TEST(TrainerTest, VerificationRowsKeepNobodysId) {
  const TrainingResult result = Train(ConfigOf(kShopConfig), ShopCsv(400));
  const Artifact artifact = ReadArtifact(result.artifact, "test");
  EXPECT_EQ(artifact.verification.size(), 32U);
  std::set<std::string> ids;
  for (const VerificationRow& row : artifact.verification) {
    ids.insert(nlohmann::json::parse(row.event)["customer"]);
  }
  EXPECT_EQ(ids.size(), 32U);
  EXPECT_THAT(ids, testing::Each(testing::StartsWith("verify-")));
  EXPECT_THAT(result.artifact, Not(HasSubstr("c399")));
}

TEST(TrainerTest, VerificationRowsHoldTheEdges) {
  const TrainingResult result = Train(ConfigOf(kShopConfig), ShopCsv(400));
  std::set<std::string> kinds;
  for (const VerificationRow& row :
       ReadArtifact(result.artifact, "test").verification) {
    const auto event = nlohmann::json::parse(row.event);
    if (event.size() == 1) kinds.insert("nothing but the id");
    if (event.value("color", "") == "\xEF\xBF\xBD") kinds.insert("unseen");
  }
  EXPECT_EQ(kinds.size(), 2U);
}

TEST(TrainerTest, VerificationRowsHoldTextsThatNobodyWrote) {
  std::string csv = "note,kind\n";
  for (int i = 0; i < 200; ++i) {
    csv += std::string(i % 2 == 0 ? "late again" : "all fine") + " secret" +
           std::to_string(i) + (i % 2 == 0 ? ",no\n" : ",yes\n");
  }
  const TrainingResult result = Train(
      ConfigOf("{name: notes, task: binary, schema: {fields: {note: text}}, "
               "target: {column: kind, positive: \"yes\"}, "
               "pipeline: [{CountVectorizer: {min_df: 5}}], "
               "model: {XGBClassifier: {n_estimators: 3}}}"),
      csv);
  EXPECT_THAT(result.artifact, Not(HasSubstr("secret1")));
  std::size_t common = 0;
  for (const VerificationRow& row :
       ReadArtifact(result.artifact, "test").verification) {
    common += row.event.find("late") != std::string::npos ||
              row.event.find("fine") != std::string::npos;
  }
  EXPECT_GT(common, 10U);
}

TEST(TrainerTest, ACategoryThatOnlyTheHeldOutRowsHaveIsUnseen) {
  std::string csv = ShopCsv(60);
  // Every row has its own color: those held out were never seen.
  std::size_t at = 0;
  for (int i = 0; (at = csv.find(",green,", at)) != std::string::npos; ++i) {
    csv.replace(at, 7, ",tone" + std::to_string(i) + ",");
  }
  const TrainingResult result = Train(ConfigOf(kShopConfig), csv);
  const Artifact artifact = ReadArtifact(result.artifact, "test");
  EXPECT_LT(artifact.schema.field(3).categories.size(), 20U);
  EXPECT_GT(result.report.rows_test, 0U);
}

TEST(TrainerTest, AConstantColumnIsSaid) {
  std::string csv = ShopCsv(200);
  for (const char* color : {",green,", ",blue,"}) {
    std::size_t at = 0;
    while ((at = csv.find(color, at)) != std::string::npos) {
      csv.replace(at, std::string(color).size(), ",red,");
    }
  }
  EXPECT_THAT(Train(ConfigOf(kShopConfig), csv).report.warnings,
              Contains("one value in every row to learn from: 'color'"));
}

TEST(TrainerTest, AColumnWithoutValuesIsRefusedByTheImputer) {
  std::string csv = "customer,age,spent,color,returned\n";
  for (int i = 0; i < 40; ++i) {
    csv += "c,,1.5,red," + std::string(i % 2 == 0 ? "yes" : "no") + "\n";
  }
  EXPECT_THAT(MessageOf([&] { Train(ConfigOf(kShopConfig), csv); }),
              HasSubstr("column 'age'"));
}

TEST(TrainerTest, TreesTakeAColumnWithoutValuesAndSaySo) {
  std::string csv = RideCsv(200);
  std::size_t at = 0;
  while ((at = csv.find(",zone", at)) != std::string::npos) {
    csv.replace(at, csv[at + 5] == ',' || csv[at + 5] == '\n' ? 5 : 6, ",");
    ++at;
  }
  csv.replace(0, csv.find('\n'), "begin,end,miles,zone,fare");
  EXPECT_THAT(Train(ConfigOf(kRideConfig), csv).report.warnings,
              Contains("no value in any row to learn from: 'zone'"));
}

TEST(TrainerTest, FeaturesThatOnlyEventsLackAreSaid) {
  std::string csv = ShopCsv(200);
  std::size_t at = 0;
  while ((at = csv.find(",,", at)) != std::string::npos)
    csv.insert(at + 1, "7");
  const auto warnings = [&](const std::string& steps) {
    return Train(
               ConfigOf(kShopConfig,
                        {"pipeline=[{SelectColumns: {columns: [age, spent]}}," +
                             steps + "]",
                         "model={XGBClassifier: {n_estimators: 3}}"}),
               csv)
        .report.warnings;
  };
  EXPECT_THAT(warnings("{PCA: {n_components: 1}}"),
              Contains(HasSubstr("no row to learn from lacks 'pca0'")));
  EXPECT_THAT(warnings("SimpleImputer, {PCA: {n_components: 1}}"),
              Not(Contains(HasSubstr("no row to learn from lacks"))));
}

TEST(TrainerTest, ALinearModelRefusesMissingFeatures) {
  EXPECT_EQ(
      MessageOf([] {
        Train(ConfigOf(kShopConfig,
                       {"pipeline=[{SelectColumns: {columns: [spent]}}]"}),
              ShopCsv(100));
      }),
      "feature 'spent': expected a number in every row (add a SimpleImputer), "
      "got a missing value");
}

TEST(TrainerTest, APipelineMustEndInNumbers) {
  const auto error = ErrorOf([] {
    Train(ConfigOf(kShopConfig,
                   {"pipeline=[{SelectColumns: {columns: [color]}}]"}),
          ShopCsv(100));
  });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->exit_code(), ExitCode::kBadConfig);
}

TEST(TrainerTest, TheStepThatLeavesNoFeatureIsNamed) {
  const auto error = ErrorOf([] {
    Train(ConfigOf(kShopConfig,
                   {"pipeline=[{SelectColumns: {columns: [spent]}}, "
                    "{DropColumns: {columns: [spent]}}, StandardScaler]"}),
          ShopCsv(100));
  });
  ASSERT_TRUE(error);
  EXPECT_STREQ(error->what(),
               "pipeline, DropColumns: expected at least one feature, got "
               "none");
}

TEST(TrainerTest, FoldsReportEveryMetric) {
  const TrainingReport report =
      Train(ConfigOf(kShopConfig), ShopCsv(300), "data.csv", 3).report;
  ASSERT_EQ(report.cross_validation.size(), 4U);
  EXPECT_EQ(report.cross_validation[0].name, "roc_auc");
  EXPECT_GT(report.cross_validation[0].mean, 0.6);
  EXPECT_NEAR(report.cross_validation[0].mean,
              report.cross_validation[0].pooled, 0.1);
}

TEST(TrainerTest, FoldsDoNotChangeTheModel) {
  const std::string csv = ShopCsv(200);
  EXPECT_EQ(Train(ConfigOf(kShopConfig), csv).artifact,
            Train(ConfigOf(kShopConfig), csv, "data.csv", 4).artifact);
}

TEST(TrainerTest, TheModelDoesNotDependOnTheFilesNames) {
  const std::string csv = ShopCsv(200);
  EXPECT_EQ(Train(ConfigOf(kShopConfig), csv, "a.csv").artifact,
            Train(ConfigOf(kShopConfig), csv, "b.csv").artifact);
}

TEST(TrainerTest, TheServingCodeScoresHeldOutEventsAsXgboostDoes) {
  const TrainingResult result = Train(ConfigOf(kRideConfig), RideCsv(400));
  const LoadedModelPtr model = LoadArtifact(result.artifact, "test", 0);
  BatchScorer scorer;
  for (const VerificationRow& row : model->artifact().verification) {
    const std::string_view event = row.event;
    EXPECT_EQ(scorer.Score(*model, {&event, 1})[0].score, row.outputs[0]);
  }
}

TEST(TrainingReportTest, TheTableHasTheNaiveModelBeside) {
  const std::string table =
      ToTable(Train(ConfigOf(kRideConfig), RideCsv(200), "data.csv", 2).report);
  EXPECT_THAT(table, HasSubstr("rides: 200 rows (160 to learn from, 40 held "
                               "out), 3 features, XGBRegressor"));
  EXPECT_THAT(table, HasSubstr("metric       held out      naive"));
  EXPECT_THAT(table, HasSubstr("rmse and mae are in min"));
}

TEST(TrainingReportTest, JsonHasTheFiguresAndTheFile) {
  const TrainingResult result = Train(ConfigOf(kShopConfig), ShopCsv(200));
  const auto json = nlohmann::json::parse(ToJson(result.report, "m.bin"));
  EXPECT_EQ(json["metrics"]["roc_auc"],
            Figure(result.report.held_out, "roc_auc"));
  EXPECT_EQ(json["baseline"]["roc_auc"], 0.5);
  EXPECT_EQ(json["artifact"]["path"], "m.bin");
  EXPECT_EQ(json["artifact"]["sha256"], result.report.artifact_sha256);
  EXPECT_EQ(json["rows"]["used"], 200);
}

}  // namespace
}  // namespace tidemill
