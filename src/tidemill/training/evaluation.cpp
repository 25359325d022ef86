#include "tidemill/training/evaluation.h"

#include <cmath>
#include <utility>

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

Metrics MetricsOf(const TrainingConfig& config, std::span<const double> truth,
                  std::span<const double> scores) {
  return config.task == Task::kBinary
             ? BinaryMetrics(truth, scores, config.threshold)
             : RegressionMetrics(truth, scores);
}

Metrics NaiveMetrics(const TrainingConfig& config,
                     std::span<const double> train,
                     std::span<const double> truth) {
  return MetricsOf(config, truth,
                   std::vector<double>(truth.size(), MeanOf(train)));
}

std::vector<FoldMetric> CrossValidate(const TrainingConfig& config,
                                      const Recipe& recipe, const Dataset& data,
                                      std::size_t folds, Progress& progress,
                                      std::vector<std::string>& warnings) {
  const std::vector<Split> splits =
      MakeFolds(data.target, folds, config.task == Task::kBinary, recipe.seed);
  std::vector<double> pooled(data.rows());
  std::vector<Metrics> metrics;
  for (std::size_t i = 0; i < folds; ++i) {
    const Split& split = splits[i];
    const FittedModel fitted =
        FitModel(recipe, data, split.train,
                 "fold " + std::to_string(i + 1) + "/" + std::to_string(folds),
                 progress, warnings);
    const std::vector<double> scores = fitted.LibraryScores(data, split.test);
    for (std::size_t j = 0; j < scores.size(); ++j) {
      pooled[split.test[j]] = scores[j];
    }
    metrics.push_back(MetricsOf(config, TargetsOf(data, split.test), scores));
  }
  std::vector<FoldMetric> summaries;
  for (const auto& [name, value] : MetricsOf(config, data.target, pooled)) {
    summaries.push_back(Summarise(name, value, metrics));
  }
  return summaries;
}

}  // namespace tidemill
