#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tidemill/core/matrix.h"
#include "tidemill/core/parameters.h"
#include "tidemill/core/task.h"
#include "tidemill/model/predictor.h"
#include "tidemill/training/progress.h"

namespace tidemill {

/// What fitting a model may look at.
struct ModelFitContext {
  /// Per row: the value, or the number of its class (0 or 1 when binary).
  std::span<const double> target;
  /// Of a classification: its classes by number.
  std::span<const std::string> class_labels = {};
  /// Per row, from 0, not all 0; none: every row counts alike.
  std::span<const double> weights = {};
  std::span<const std::string> feature_names;
  std::uint64_t seed = 0;
  std::string stage;  ///< what to call the work in `progress`
  Progress* progress = nullptr;
  std::vector<std::string>* warnings = nullptr;
};

/// A fitted model in two forms: ours, which serves, and the library's that
/// fitted it, which ours is checked against.
struct TrainedModel {
  PredictorPtr predictor;
  /// The library's own outputs, rows x the predictor's num_outputs(),
  /// row-major.
  std::function<std::vector<double>(const RowMatrix& features)> library_scores;
  /// Of boosted trees: per feature the mean gain of its splits as a share of
  /// the features' sum. Empty for other models.
  std::function<std::vector<double>()> gains = {};
};

/// A model before it has learned anything: its hyper-parameters.
class ModelEstimator {
 public:
  virtual ~ModelEstimator() = default;
  /// False: a missing feature is refused before it gets here.
  virtual bool takes_missing() const = 0;
  /// Features are finite, or NaN for missing where that is taken.
  virtual TrainedModel Fit(const RowMatrix& features,
                           const ModelFitContext& context) const = 0;
};

using ModelEstimatorPtr = std::unique_ptr<const ModelEstimator>;

/// How a model comes to be, by name. Adding one: its file defines
/// `extern const ModelFactory k<Name>`, model_registry.cpp lists it.
struct ModelFactory {
  std::string_view name;
  Task task;
  /// Reads the hyper-parameters; throws ConfigError.
  ModelEstimatorPtr (*configure)(const ParameterValue& parameters);
};

/// Of all tasks, each once.
std::vector<std::string> ModelNames();
/// Those of that name, of a task each.
std::vector<const ModelFactory*> ModelsCalled(std::string_view name);
/// The tasks that there is a model for.
std::vector<Task> ModelTasks();

/// Throws ConfigError naming `where` and the nearest name, or when the model
/// is not for the task.
const ModelFactory& FindModel(std::string_view name, Task task,
                              const std::string& where);

}  // namespace tidemill
