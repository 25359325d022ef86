#include "tidemill/training/fitted_model.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "tidemill/core/config_problems.h"
#include "tidemill/core/errors.h"
#include "tidemill/training/feature_matrix.h"
#include "tidemill/training/model_importances.h"
#include "tidemill/training/pipeline_columns.h"
#include "tidemill/training/unlearned_missing.h"

namespace tidemill {
namespace {

/// Throws DataError unless there are rows of every class, and of some weight.
void CheckClasses(const std::vector<double>& target,
                  const std::vector<double>& weights,
                  const std::vector<std::string>& classes) {
  if (classes.empty()) return;  // a regression
  std::vector<bool> seen(classes.size(), false);
  for (std::size_t row = 0; row < target.size(); ++row) {
    if (!weights.empty() && weights[row] <= 0.0) continue;
    seen[static_cast<std::size_t>(target[row])] = true;
  }
  for (std::size_t i = 0; i < seen.size(); ++i) {
    if (seen[i]) continue;
    throw DataError({.where = "the rows to learn from",
                     .expected = weights.empty()
                                     ? "rows of every class (set "
                                       "split.stratify)"
                                     : "rows of every class with a weight "
                                       "above 0",
                     .got = "none of '" + classes[i] + "'"});
  }
}

void CheckWeights(const std::vector<double>& weights) {
  double sum = 0.0;
  for (const double weight : weights) sum += weight;
  if (weights.empty() || (sum > 0.0 && std::isfinite(sum))) return;
  throw DataError({.where = "the rows to learn from",
                   .expected = "weights with a finite sum above 0",
                   .got = sum > 0.0 ? "an infinite one" : "0"});
}

std::vector<double> Pick(const std::vector<double>& values,
                         std::span<const std::size_t> rows) {
  std::vector<double> picked;
  picked.reserve(rows.size());
  for (const std::size_t row : rows) picked.push_back(values[row]);
  return picked;
}

/// The step that leaves no column.
std::string PlaceOfNoColumns(const FittedModel& fitted, const Dataset& data,
                             std::span<const std::size_t> rows) {
  std::string place = "pipeline";
  const Frame frame = FrameOf(data, fitted.schema, rows.first(0));
  std::vector<ExpressionPtr> columns = SourcesOf(frame);
  for (const StepPtr& step : fitted.pipeline.steps()) {
    columns = step->Bind(columns);
    if (columns.empty()) return place.append(", ").append(step->name());
  }
  return place;
}

}  // namespace

Recipe MakeRecipe(const TrainingConfig& config) {
  Recipe recipe;
  recipe.task = config.task;
  recipe.seed = config.seed;
  ConfigProblems problems;
  for (const NamedParameters& step : config.pipeline) {
    problems.Try([&] {
      recipe.steps.push_back(FindStep(step.name, step.parameters.where)
                                 .configure(step.parameters));
    });
  }
  problems.Try([&] { CheckPipelineColumns(config); });
  problems.Try([&] {
    const NamedParameters& model = config.model;
    recipe.model = FindModel(model.name, config.task, model.parameters.where)
                       .configure(model.parameters);
  });
  problems.Throw();
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
  std::vector<double> weights;
  if (!data.weights.empty()) weights = Pick(data.weights, rows);
  CheckWeights(weights);
  CheckClasses(target, weights, data.classes);
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
    throw ConfigError({.where = PlaceOfNoColumns(fitted, data, rows),
                       .expected = "at least one feature",
                       .got = "none"});
  }
  CheckFeatures(features, fitted.feature_names, fitted.takes_missing);
  fitted.model =
      recipe.model->Fit(features, {.target = target,
                                   .class_labels = data.classes,
                                   .weights = weights,
                                   .feature_names = fitted.feature_names,
                                   .seed = recipe.seed,
                                   .stage = stage,
                                   .progress = &progress,
                                   .warnings = &warnings});
  if (fitted.takes_missing) {
    WarnOfUnlearnedMissing(fitted, features, warnings);
  }
  return fitted;
}

std::vector<double> TargetsOf(const Dataset& data,
                              std::span<const std::size_t> rows) {
  return Pick(data.target, rows);
}

}  // namespace tidemill
