#include "tidemill/importing/export_file.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/thrown_message.h"
#include "importing/small_export.h"
#include "tidemill/core/errors.h"
#include "tidemill/features/artifact_binary.h"
#include "tidemill/importing/import.h"
#include "tidemill/model/artifact_sections.h"
#include "tidemill/scoring/loaded_model.h"

namespace tidemill {
namespace {

using Json = nlohmann::ordered_json;
using testing::HasSubstr;
using testing::StartsWith;

std::string ErrorOf(const std::string& text) {
  return ThrownMessage<ArtifactError>([&] { ImportModel(text, "e.json"); });
}

std::string ImportError(const Json& json) { return ErrorOf(json.dump()); }

TEST(ExportFileTest, BecomesAModelThatScores) {
  const ImportResult result = ImportModel(SmallExport().dump(), "e.json");
  EXPECT_EQ(result.manifest.name, "churn");
  EXPECT_EQ(result.num_fields, 5U);
  EXPECT_EQ(result.num_features, kSmallFeatures);
  EXPECT_EQ(result.verified_rows, 1U);
  const LoadedModelPtr model = LoadArtifact(result.artifact, "model.bin", 0);
  EXPECT_EQ(model->sha256(), result.sha256);
  BinaryWriter wanted;
  BinaryWriter got;
  SmallPipeline().Save(wanted);
  model->artifact().pipeline.Save(got);
  EXPECT_EQ(got.Finish(), wanted.Finish());
}

TEST(ExportFileTest, TheSameFileGivesTheSameBytes) {
  const std::string text = SmallExport().dump();
  EXPECT_EQ(ImportModel(text, "a.json").artifact,
            ImportModel(text, "b.json").artifact);
}

TEST(ExportFileTest, BaselinesOfFeaturesGetThePipelinesNames) {
  const Artifact artifact = ReadExportFile(SmallExport().dump(), "e.json");
  EXPECT_EQ(artifact.baselines.features[1].name, "c_x");
  EXPECT_EQ(artifact.baselines.features[6].name, "t_month_cos");
}

TEST(ExportFileTest, EveryFeatureHasABaseline) {
  Json json = SmallExport();
  json["baselines"]["features"].erase(0);
  EXPECT_EQ(ImportError(json),
            "e.json: baselines.features: expected one for each of the "
            "pipeline's 7 features, got 6");
}

TEST(ExportFileTest, AScoreThatDiffersNamesRowEventAndBothNumbers) {
  Json json = SmallExport();
  json["verification"]["rows"][0]["outputs"][0] = 0.75;
  EXPECT_EQ(ImportError(json),
            "e.json, verification row 0: expected the score 0.75, got 0.5; "
            "its event: {\"id\":\"1\",\"a\":2,\"c\":\"x\",\"d\":\"p\","
            "\"t\":\"2026-01-01T09:00:00Z\"}");
}

TEST(ExportFileTest, AScoreWithinTheToleranceIsTheSame) {
  Json json = SmallExport();
  json["verification"]["rows"][0]["outputs"][0] = 0.5 + 0.9e-12;
  EXPECT_NO_THROW(ImportModel(json.dump(), "e.json"));
  json["verification"]["rows"][0]["outputs"][0] = 0.5 + 1.1e-12;
  EXPECT_THAT(ImportError(json), HasSubstr("verification row 0"));
}

TEST(ExportFileTest, ANewerVersionSaysSo) {
  Json json = SmallExport();
  json["version"] = 2;
  EXPECT_EQ(ImportError(json),
            "e.json: version: expected 1, got 2, written by a newer "
            "tidemill_export");
}

TEST(ExportFileTest, AnotherJsonFileIsRefused) {
  EXPECT_EQ(ErrorOf(R"({"format": "other"})"),
            "e.json: format: expected tidemill-export, got 'other'");
  EXPECT_EQ(ErrorOf("{}"), "e.json: format: expected a value, got none");
}

TEST(ExportFileTest, AnErrorNamesThePlace) {
  Json json = SmallExport();
  json["model"]["coefficients"][2] = nullptr;
  EXPECT_THAT(ImportError(json),
              StartsWith("e.json: model.coefficients: expected finite"));
  json = SmallExport();
  json["model"]["family"] = "oracle";
  EXPECT_THAT(ImportError(json), StartsWith("e.json: model.family: expected"));
  json = SmallExport();
  json["pipeline"]["steps"][0]["step"] = "Magic";
  EXPECT_THAT(ImportError(json),
              StartsWith("e.json: pipeline.steps[0].step: expected"));
  json = SmallExport();
  json["schema"]["fields"][1]["typ"] = "number";
  EXPECT_EQ(ImportError(json),
            "e.json: schema.fields[1]: expected known keys, each once, got "
            "'typ'");
}

TEST(ExportFileTest, EveryCutIsRefused) {
  const std::string text = SmallExport().dump();
  for (std::size_t size = 0; size < text.size(); size += 7) {
    EXPECT_NE(ErrorOf(text.substr(0, size)), "") << size;
  }
}

TEST(ExportFileTest, FilesThatPeopleTryAreNamed) {
  EXPECT_THAT(ErrorOf("\x80\x04\x95"), HasSubstr("export_pipeline"));
  EXPECT_THAT(ErrorOf(WriteArtifact(SmallArtifact())),
              HasSubstr("a model.bin"));
  EXPECT_THAT(ErrorOf(""), HasSubstr("an empty file"));
}

}  // namespace
}  // namespace tidemill
