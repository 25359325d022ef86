#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tidemill/config/config_value.h"
#include "tidemill/core/config_problems.h"
#include "tidemill/core/parameters.h"
#include "tidemill/core/schema.h"
#include "tidemill/core/task.h"

namespace tidemill {

/// A pipeline's step or the model: a name, and parameters that its own code
/// reads. Without any, `parameters` is null but still has its place.
struct NamedParameters {
  std::string name;
  ParameterValue parameters;
};

/// Where the truth of a row comes from.
struct TargetConfig {
  std::string where;   ///< place in the config, for errors about the data
  std::string column;  ///< empty when minutes_from is not
  /// The target is the time from the one to the other, in minutes.
  std::string minutes_from;
  std::string minutes_to;

  std::string positive;                 ///< binary: the class that scores name
  std::optional<std::string> negative;  ///< binary: else taken from the data
  /// multiclass: the labels in class order; else those of the data, sorted.
  std::vector<std::string> classes;

  std::string unit;               ///< regression; for people
  std::optional<double> minimum;  ///< regression: rows outside are left out
  std::optional<double> maximum;

  /// Column with what a row counts for in learning; none: all count alike.
  std::string weight;
};

struct SplitConfig {
  double test_size = 0.2;  ///< share of the rows, in (0, 1)
  bool stratify = false;
};

/// How a binary model's threshold comes about.
enum class ThresholdRule : std::uint8_t {
  kGiven,   ///< a number in the config
  kF1,      ///< the greatest F1
  kYouden,  ///< the greatest true positive rate less false positive rate
  kCost,    ///< the least cost of false answers
};
/// "given", "f1", "youden", "cost".
std::string_view ToText(ThresholdRule rule);

struct ThresholdConfig {
  ThresholdRule rule = ThresholdRule::kGiven;
  double value = 0.5;           ///< given
  double false_positive = 1.0;  ///< cost of one
  double false_negative = 1.0;
};

/// What `tidemill train` reads (config/churn.train.yaml explains each key).
struct TrainingConfig {
  std::string name;
  Task task = Task::kBinary;
  std::uint64_t seed = 0;
  Schema schema;  ///< its dictionaries are empty: training fills them
  TargetConfig target;
  SplitConfig split;
  std::vector<NamedParameters> pipeline;
  NamedParameters model;
  ThresholdConfig threshold;  ///< binary

  /// The place of a field of the schema, by its index.
  std::vector<std::string> field_places;
};

/// Reads the file and lays `sets` ("model.Ridge.alpha=1") over it. Errors:
/// IoError when the file cannot be read, UsageError when a set is no
/// PATH=VALUE, else ConfigErrors with all that is wrong but within steps and
/// model, which their own code reads (training/config_check.h).
TrainingConfig LoadTrainingConfig(const std::filesystem::path& path,
                                  const std::vector<std::string>& sets = {});

/// The same from a tree.
TrainingConfig ReadTrainingConfig(const ParameterValue& tree);

/// The same; notes in `problems` all that is wrong, and goes on without it.
TrainingConfig ReadTrainingConfig(const ParameterValue& tree,
                                  ConfigProblems& problems);

/// The effective config: defaults filled in, short forms written out, the
/// schema's fields as a list, for their order counts.
ParameterValue ToTree(const TrainingConfig& config);

/// Every value of the effective config: those of `tree`, which it was read
/// from, then the defaults.
std::vector<ConfigValue> ValuesOf(const TrainingConfig& config,
                                  const ParameterValue& tree);

/// Whether a tree is to be read as a training config rather than as a
/// service's: it names no service, but something that only training knows.
bool IsTrainingConfig(const ParameterValue& tree);

/// CanonicalText of that tree; its digest goes into the artifact.
std::string CanonicalText(const TrainingConfig& config);

}  // namespace tidemill
