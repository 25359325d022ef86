#include "tidemill/importing/bare_model.h"

#include <cmath>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/thrown_message.h"
#include "importing/golden_files.h"
#include "tidemill/core/errors.h"
#include "tidemill/importing/bare_pipeline.h"
#include "tidemill/importing/import.h"
#include "tidemill/importing/lightgbm_file.h"
#include "tidemill/model/linear_model.h"
#include "tidemill/scoring/batch_scorer.h"

namespace tidemill {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// A model of one feature of each kind, whose margin tells them apart:
/// number + 10 truth + 100 code of size + 1000 code of doors + 10000 code.
ImportedModel FiveKinds() {
  ImportedModel model;
  model.predictor = std::make_unique<LinearModel>(
      std::vector<double>{1.0, 10.0, 100.0, 1000.0, 10000.0}, 0.0,
      Link::kIdentity);
  model.library = "Other 1.0";
  model.objective = "l2";
  model.task = Task::kRegression;
  model.features = {
      {.name = "length", .type = "float"},
      {.name = "new", .type = "i"},
      {.name = "size",
       .type = "c",
       .is_category = true,
       .categories = {std::string("small"), std::string("large")}},
      {.name = "doors",
       .type = "c",
       .is_category = true,
       .categories = {std::int64_t{5}, std::int64_t{3}}},
      {.name = "code", .type = "c", .is_category = true}};
  return model;
}

/// A file of events that goes with the test.
class EventsFile {
 public:
  explicit EventsFile(const std::string& text)
      : path_(testing::TempDir() + "bare_model_test.jsonl") {
    std::ofstream(path_, std::ios::binary) << text;
  }
  ~EventsFile() { std::filesystem::remove(path_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

struct Imported {
  LoadedModelPtr model;
  std::vector<std::string> warnings;
};

Imported ImportedAs(BareModelOptions options) {
  Imported imported;
  if (options.name.empty()) options.name = "cars";
  const Artifact artifact =
      MakeBareArtifact(FiveKinds(), options, "m", imported.warnings);
  imported.model = LoadArtifact(WriteVerified(artifact, "m"), "m", 0);
  return imported;
}

double ScoreOf(const LoadedModel& model, std::string_view event) {
  BatchScorer scorer;
  const auto scored = scorer.Score(model, {&event, 1});
  return scored[0].error == nullptr ? scored[0].score : std::nan("");
}

TEST(BareModelTest, FieldsComeFromTheFeatures) {
  const LoadedModelPtr model = ImportedAs({}).model;
  std::vector<std::string> fields;
  for (const Field& field : model->schema().fields()) {
    fields.push_back(field.name + ":" + std::string(ToText(field.type)));
  }
  EXPECT_THAT(fields,
              ElementsAre("length:number", "new:boolean", "size:category",
                          "doors:number", "code:integer"));
}

TEST(BareModelTest, CategoriesBecomeTheCodesOfTheFile) {
  const LoadedModelPtr model = ImportedAs({}).model;
  EXPECT_EQ(ScoreOf(*model, R"({"length": 2.5, "new": true, "size": "large",
                                "doors": 3, "code": 7})"),
            2.5 + 10.0 + 100.0 + 1000.0 + 70000.0);
  EXPECT_EQ(ScoreOf(*model, R"({"length": 0, "new": false, "size": "small",
                                "doors": 5, "code": 0})"),
            0.0);
}

TEST(BareModelTest, UnknownCategoriesAreMissingToTheModel) {
  const LoadedModelPtr model = ImportedAs({}).model;
  // A linear model has no answer then; trees have.
  EXPECT_TRUE(
      std::isnan(ScoreOf(*model, R"({"length": 0, "new": false, "size": "huge",
                          "doors": 5, "code": 0})")));
}

TEST(BareModelTest, KeysStandBeforeTheFeatures) {
  const LoadedModelPtr model =
      ImportedAs({.id_field = "plate", .time_field = "seen"}).model;
  EXPECT_EQ(model->schema().field(0).name, "plate");
  EXPECT_EQ(model->schema().id_field(), 0U);
  EXPECT_EQ(model->schema().event_time_field(), 1U);
  EXPECT_EQ(model->plan().num_features(), 5U);
}

TEST(BareModelTest, GivenEventsAreTheBaselines) {
  const EventsFile events(
      "{\"length\": 1, \"new\": true, \"size\": \"small\", \"doors\": 3, "
      "\"code\": 1}\n"
      "{\"length\": 4, \"new\": true, \"size\": \"huge\", \"doors\": 3, "
      "\"code\": 1}\n");
  const Imported imported = ImportedAs({.events = events.path()});
  EXPECT_THAT(imported.warnings, IsEmpty());
  const Baselines& baselines = imported.model->artifact().baselines;
  EXPECT_EQ(baselines.rows, 2U);
  ASSERT_EQ(baselines.fields.size(), 5U);
  EXPECT_EQ(baselines.fields[0].mean, 2.5);
  EXPECT_THAT(baselines.fields[2].counts, ElementsAre(1U, 0U));
  EXPECT_EQ(baselines.fields[2].missing, 1U);
  EXPECT_EQ(imported.model->artifact().verification.size(), 1U);
}

TEST(BareModelTest, WithoutEventsThereAreNoBaselinesAndItSaysSo) {
  const Imported imported = ImportedAs({});
  EXPECT_THAT(imported.warnings, ElementsAre(HasSubstr("--events FILE")));
  EXPECT_THAT(imported.model->artifact().baselines.fields, IsEmpty());
  EXPECT_GT(imported.model->artifact().verification.size(), 0U);
}

TEST(BareModelTest, ABadEventNamesItsLine) {
  const EventsFile events("{\"length\": 1}\n{\"length\": \"long\"}\n");
  EXPECT_THAT(
      ThrownMessage<DataError>([&] { ImportedAs({.events = events.path()}); }),
      testing::StartsWith(events.path() + ":2: expected an event"));
}

TEST(BareModelTest, OptionsThatDoNotFitTheModelAreRefused) {
  EXPECT_THROW(ImportedAs({.classes = {"No", "Yes"}}), UsageError);
  EXPECT_THROW(ImportedAs({.threshold = 0.5}), UsageError);
  EXPECT_THROW(ImportedAs({.id_field = "length"}), ArtifactError);
  EXPECT_THROW(ImportedAs({.name = "a b"}), ArtifactError);
}

TEST(ImportTest, ToldByItsContentEveryKindIsRead) {
  for (const char* file :
       {"xgboost/3.2.0-dart.json", "xgboost/3.2.0-forests.ubj",
        "lightgbm/4.7.0-binary.txt"}) {
    const ImportResult result = ImportModel(GoldenBytes(file), file);
    EXPECT_FALSE(result.compared);
    EXPECT_EQ(result.num_features, 4U) << file;
  }
}

TEST(ImportTest, ABareModelIsNamedAfterItsFile) {
  EXPECT_EQ(ImportModel(GoldenBytes("lightgbm/4.7.0-binary.txt"),
                        "models/my model.txt")
                .manifest.name,
            "my_model");
}

TEST(ImportTest, ClassesAndThresholdAreTheUsers) {
  const ImportResult result =
      ImportModel(GoldenBytes("lightgbm/4.7.0-binary.txt"), "m.txt",
                  {.classes = {"stays", "leaves"}, .threshold = 0.25});
  EXPECT_THAT(result.manifest.classes, ElementsAre("stays", "leaves"));
  EXPECT_EQ(result.manifest.threshold, 0.25);
}

TEST(ImportTest, AnExportFileSaysEverythingItself) {
  EXPECT_THROW(ImportModel("{\"format\": \"tidemill-export\"}", "e.json",
                           {.name = "other"}),
               UsageError);
}

}  // namespace
}  // namespace tidemill
