#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tidemill/features/pipeline.h"
#include "tidemill/model/linear_model.h"
#include "tidemill/scoring/loaded_model.h"

namespace tidemill {

/// score = slope x + 1 over the events {"id": text, "x": number}; an event
/// without x has no score.
inline Artifact LineArtifact(double slope = 2.0) {
  Artifact artifact;
  artifact.manifest.name = "small";
  artifact.manifest.task = Task::kRegression;
  artifact.manifest.model = "Ridge";
  Field id;
  id.name = "id";
  id.type = FieldType::kText;
  id.required = true;
  Field x;
  x.name = "x";
  artifact.schema = Schema({id, x}, "id", "");
  ParameterValue columns;
  columns.value = ParameterValue::List(1);
  std::get<ParameterValue::List>(columns.value)[0].value = std::string("x");
  ParameterValue parameters;
  parameters.value = ParameterValue::Map{{"columns", columns}};
  std::vector<EstimatorPtr> steps;
  steps.push_back(FindStep("SelectColumns", "test").configure(parameters));
  const EventBatch none(artifact.schema);
  artifact.pipeline = Pipeline::Fit(steps, MakeFrame(artifact.schema, none, {}),
                                    FitContext{}, nullptr);
  artifact.predictor = std::make_unique<LinearModel>(std::vector<double>{slope},
                                                     1.0, Link::kIdentity);
  artifact.verification = {
      {.event = R"({"id":"v","x":1})", .outputs = {slope + 1.0}}};
  return artifact;
}

/// Written and loaded as a file would be.
inline LoadedModelPtr SmallModel(std::uint32_t version = 0,
                                 double slope = 2.0) {
  return LoadArtifact(WriteArtifact(LineArtifact(slope)), "small", version);
}

/// A model that was never verified.
inline LoadedModelPtr Unverified(Artifact artifact, std::uint32_t version) {
  return std::make_shared<const LoadedModel>(std::move(artifact),
                                             std::string(64, '0'), 1, version);
}

/// "Yes" from a score of 0.5 on; score = slope x + 1.
inline LoadedModelPtr SmallClassifier(std::uint32_t version, double slope) {
  Artifact artifact = LineArtifact(slope);
  artifact.manifest.task = Task::kBinary;
  artifact.manifest.classes = {"No", "Yes"};
  return Unverified(std::move(artifact), version);
}

/// The schema has no id field.
inline LoadedModelPtr SmallModelWithoutId(std::uint32_t version) {
  Artifact artifact = LineArtifact();
  artifact.schema = Schema(artifact.schema.fields(), "", "");
  return Unverified(std::move(artifact), version);
}

/// score = 2 x + 1, but throws at one x.
class PickyPredictor final : public Predictor {
 public:
  explicit PickyPredictor(double bad) : bad_(bad) {}
  std::string_view family() const override { return "picky"; }
  std::string_view engine() const override { return "picky"; }
  std::size_t num_features() const override { return 1; }
  std::size_t num_outputs() const override { return 1; }
  bool single_precision() const override { return false; }
  void Predict(const Eigen::Ref<const RowMatrix>& features,
               std::span<double> scores) const override {
    for (std::size_t i = 0; i < scores.size(); ++i) {
      const double x = features(static_cast<Eigen::Index>(i), 0);
      if (x == bad_) throw std::runtime_error("a hole in the model");
      scores[i] = 2.0 * x + 1.0;
    }
  }
  void Save(ArtifactWriter& /*out*/) const override {}

 private:
  double bad_;
};

inline LoadedModelPtr PickyModel(std::uint32_t version, double bad) {
  Artifact artifact = LineArtifact();
  artifact.predictor = std::make_unique<PickyPredictor>(bad);
  return Unverified(std::move(artifact), version);
}

}  // namespace tidemill
