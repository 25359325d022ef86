#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tidemill/core/parameters.h"
#include "tidemill/core/task.h"
#include "tidemill/training/booster.h"

namespace tidemill {

/// When to stop growing trees.
struct EarlyStopping {
  int rounds = 0;                    ///< without a better figure
  double validation_fraction = 0.1;  ///< of the rows, to get the figure from
  bool greatest_is_best = false;     ///< of the figure
};

/// XGBoost's hyper-parameters as a config gives them.
///
/// Source: the names and defaults of XGBoost's scikit-learn interface, but
///         tree_method is hist, nthread is 1, and the rows to validate on are
///         a part of those to learn from (validation_fraction).
class XgbSettings {
 public:
  /// Throws ConfigError naming place, expected and found.
  XgbSettings(const ParameterValue& parameters, Task task);

  /// Those that do not depend on the data.
  const Booster::Settings& fixed() const { return fixed_; }
  int iterations() const { return iterations_; }
  int threads() const { return threads_; }
  const std::optional<double>& base_score() const { return base_score_; }
  const std::optional<EarlyStopping>& early_stopping() const {
    return early_stopping_;
  }

  /// XGBoost's text for the constraints, "" without any. Throws ConfigError on
  /// a constraint of a feature that is not among `names`.
  std::string MonotoneConstraints(std::span<const std::string> names) const;
  /// Throws ConfigError when a model of `outputs` would have too many trees.
  void CheckTrees(std::size_t outputs) const;

 private:
  /// The answer rises (1) or falls (-1) with the feature, or as it likes (0).
  struct Constraint {
    std::string feature;
    std::string where;
    std::int64_t sign = 0;
  };

  void ReadGrowth(ParameterReader& reader);
  void ReadShares(ParameterReader& reader);
  void ReadShape(ParameterReader& reader);
  void ReadBaseScore(ParameterReader& reader);
  void ReadConstraints(ParameterReader& reader);
  void ReadEarlyStopping(ParameterReader& reader);
  void Real(ParameterReader& reader, const char* name, double otherwise,
            double least, bool least_open, const char* theirs);
  std::int64_t Integer(ParameterReader& reader, const char* name,
                       std::int64_t otherwise, std::int64_t least,
                       std::int64_t greatest);
  std::string Choice(ParameterReader& reader, const char* name,
                     std::string_view otherwise,
                     std::initializer_list<std::string_view> allowed);

  Task task_;
  std::string where_;
  Booster::Settings fixed_;
  int iterations_ = 0;
  int threads_ = 1;
  std::optional<double> base_score_;
  std::optional<EarlyStopping> early_stopping_;
  std::vector<Constraint> constraints_;
};

/// The shortest text that reads back as the same float32, for a setting.
std::string SettingText(float value);

}  // namespace tidemill
