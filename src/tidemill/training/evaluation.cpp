#include "tidemill/training/evaluation.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "tidemill/training/multiclass_metrics.h"
#include "tidemill/training/split.h"

namespace tidemill {
namespace {

double MeanOf(std::span<const double> values) {
  double sum = 0.0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

/// Mean and standard deviation of a metric over the folds.
FoldMetric Summarise(const std::string& name, double pooled,
                     const std::vector<Metrics>& folds) {
  std::vector<double> values;
  for (const Metrics& metrics : folds) {
    for (const auto& [metric, value] : metrics) {
      if (metric == name) values.push_back(value);
    }
  }
  FoldMetric summary{.name = name,
                     .mean = MeanOf(values),
                     .standard_deviation = 0.0,
                     .pooled = pooled};
  double squares = 0.0;
  for (const double value : values) {
    squares += (value - summary.mean) * (value - summary.mean);
  }
  if (values.size() > 1) {
    summary.standard_deviation =
        std::sqrt(squares / static_cast<double>(values.size() - 1));
  }
  return summary;
}

}  // namespace

Metrics MetricsOf(Task task, double threshold, std::span<const double> truth,
                  std::span<const double> outputs) {
  switch (task) {
    case Task::kBinary:
      return BinaryMetrics(truth, outputs, threshold);
    case Task::kMulticlass:
      return MulticlassMetrics(truth, outputs, outputs.size() / truth.size());
    case Task::kRegression:
      break;
  }
  return RegressionMetrics(truth, outputs);
}

std::vector<double> NaiveOutputs(Task task, std::size_t num_classes,
                                 std::span<const double> train,
                                 std::size_t rows) {
  if (task != Task::kMulticlass) {
    return std::vector<double>(rows, MeanOf(train));
  }
  std::vector<double> shares(num_classes, 0.0);
  for (const double y : train) shares[static_cast<std::size_t>(y)] += 1.0;
  for (double& share : shares) share /= static_cast<double>(train.size());
  std::vector<double> outputs;
  outputs.reserve(rows * num_classes);
  for (std::size_t i = 0; i < rows; ++i) {
    outputs.insert(outputs.end(), shares.begin(), shares.end());
  }
  return outputs;
}

std::vector<FoldMetric> CrossValidate(const Recipe& recipe, const Dataset& data,
                                      double threshold, std::size_t folds,
                                      Progress& progress,
                                      std::vector<std::string>& warnings) {
  const std::vector<Split> splits = MakeFolds(
      data.target, folds, recipe.task != Task::kRegression, recipe.seed);
  const auto metrics_of = [&](std::span<const double> truth,
                              std::span<const double> outputs) {
    return MetricsOf(recipe.task, threshold, truth, outputs);
  };
  std::vector<double> pooled;
  std::vector<Metrics> metrics;
  for (std::size_t i = 0; i < folds; ++i) {
    const Split& split = splits[i];
    const FittedModel fitted =
        FitModel(recipe, data, split.train,
                 "fold " + std::to_string(i + 1) + "/" + std::to_string(folds),
                 progress, warnings);
    const std::vector<double> outputs = fitted.LibraryScores(data, split.test);
    const auto width =
        static_cast<std::ptrdiff_t>(fitted.model.predictor->num_outputs());
    pooled.resize(data.rows() * static_cast<std::size_t>(width));
    for (std::size_t j = 0; j < split.test.size(); ++j) {
      std::copy_n(
          outputs.begin() + static_cast<std::ptrdiff_t>(j) * width, width,
          pooled.begin() + static_cast<std::ptrdiff_t>(split.test[j]) * width);
    }
    metrics.push_back(metrics_of(TargetsOf(data, split.test), outputs));
  }
  std::vector<FoldMetric> summaries;
  for (const auto& [name, value] : metrics_of(data.target, pooled)) {
    summaries.push_back(Summarise(name, value, metrics));
  }
  return summaries;
}

}  // namespace tidemill
