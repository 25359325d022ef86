#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tidemill/features/pipeline.h"
#include "tidemill/model/linear_model.h"
#include "tidemill/scoring/loaded_model.h"

namespace tidemill {

/// score = 2 x + 1 over the events {"id": text, "x": number}; an event without
/// x has no score. Written and loaded as a file would be.
inline LoadedModelPtr SmallModel(std::uint32_t version = 0) {
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
  artifact.predictor = std::make_unique<LinearModel>(std::vector<double>{2.0},
                                                     1.0, Link::kIdentity);
  artifact.verification = {{.event = R"({"id":"v","x":1})", .score = 3.0}};
  return LoadArtifact(WriteArtifact(artifact), "small", version);
}

}  // namespace tidemill
