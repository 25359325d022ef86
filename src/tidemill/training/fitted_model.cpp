#include "tidemill/training/fitted_model.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "tidemill/core/errors.h"
#include "tidemill/training/feature_matrix.h"
#include "tidemill/training/model_importances.h"

namespace tidemill {
namespace {

/// Throws DataError when there is nothing to tell apart.
void CheckClasses(const std::vector<double>& target) {
  const auto [least, greatest] =
      std::minmax_element(target.begin(), target.end());
  if (*least != *greatest) return;
  throw DataError({.where = "the rows to learn from",
                   .expected = "two classes (set split.stratify)",
                   .got = "one class only"});
}

}  // namespace

Recipe MakeRecipe(const TrainingConfig& config) {
  Recipe recipe;
  recipe.task = config.task;
  recipe.seed = config.seed;
  for (const NamedParameters& step : config.pipeline) {
    recipe.steps.push_back(
        FindStep(step.name, step.parameters.where).configure(step.parameters));
  }
  recipe.model =
      FindModel(config.model.name, config.task, config.model.parameters.where)
          .configure(config.model.parameters);
  return recipe;
}

RowMatrix FittedModel::Features(const Frame& frame) const {
  return MatrixOf(
      Evaluate(BindSteps(pipeline.steps(), SourcesOf(frame)), frame));
}

std::vector<double> FittedModel::LibraryScores(
    const Dataset& data, std::span<const std::size_t> rows) const {
  const RowMatrix features = Features(FrameOf(data, schema, rows));
  CheckFeatures(features, feature_names, takes_missing);
  return model.library_scores(features);
}

FittedModel FitModel(const Recipe& recipe, const Dataset& data,
                     std::span<const std::size_t> rows,
                     const std::string& stage, Progress& progress,
                     std::vector<std::string>& warnings) {
  FittedModel fitted;
  fitted.schema = LearnSchema(data, rows);
  fitted.takes_missing = recipe.model->takes_missing();
  const std::vector<double> target = TargetsOf(data, rows);
  if (recipe.task == Task::kBinary) CheckClasses(target);
  const ModelImportances importances(progress);
  Frame frame;
  fitted.pipeline =
      Pipeline::Fit(recipe.steps, FrameOf(data, fitted.schema, rows),
                    {.target = target,
                     .task = recipe.task,
                     .class_labels = data.classes,
                     .seed = recipe.seed,
                     .importances = &importances,
                     .warnings = &warnings},
                    &frame);
  fitted.feature_names = NamesOf(frame);
  const RowMatrix features = MatrixOf(frame);
  if (features.cols() == 0) {
    throw ConfigError({.where = "pipeline",
                       .expected = "at least one feature",
                       .got = "none"});
  }
  CheckFeatures(features, fitted.feature_names, fitted.takes_missing);
  fitted.model =
      recipe.model->Fit(features, {.target = target,
                                   .class_labels = data.classes,
                                   .feature_names = fitted.feature_names,
                                   .seed = recipe.seed,
                                   .stage = stage,
                                   .progress = &progress,
                                   .warnings = &warnings});
  return fitted;
}

std::vector<double> TargetsOf(const Dataset& data,
                              std::span<const std::size_t> rows) {
  std::vector<double> target;
  target.reserve(rows.size());
  for (const std::size_t row : rows) target.push_back(data.target[row]);
  return target;
}

}  // namespace tidemill
