#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "tidemill/features/step.h"

namespace tidemill {

inline constexpr std::array kColumnKinds = {
    ColumnKind::kNumber, ColumnKind::kCategory, ColumnKind::kTimestamp,
    ColumnKind::kText};

/// Which columns a branch takes.
struct ColumnChoice {
  enum class How {
    kNames,
    kKinds,
    kRest,  ///< those that no branch before it takes
  };
  How how = How::kRest;
  std::vector<std::string> names;  ///< kNames
  std::vector<ColumnKind> kinds;   ///< kKinds
};

/// `columns: [names]` or `columns: {dtype_include: kinds, dtype_exclude:
/// kinds}`. Throws ConfigError.
ColumnChoice ReadColumnChoice(const ParameterValue& value);

/// A branch as configured: some columns through some steps.
struct BranchConfig {
  std::string name;
  ColumnChoice columns;
  std::vector<EstimatorPtr> steps;
};

/// Branches side by side, as ColumnTransformer and FeatureUnion have them.
struct BranchesConfig {
  std::string_view step;  ///< whose they are: a literal
  std::vector<BranchConfig> branches;
  bool prefix = false;  ///< name__ before the name of every result
};

/// Throws ConfigError unless the branches' names can be prefixes: not empty,
/// each once, without "__". `where` is the step's place in the config.
void CheckBranchNames(const BranchesConfig& config, const std::string& where);

/// Fits every branch that has a column and answers their results one after the
/// other. Throws ConfigError when two of them have one name.
Frame FitBranches(const BranchesConfig& config, const Frame& inputs,
                  const FitContext& context, StepPtr& fitted);

/// Reads what such a step saved. Throws ArtifactError.
StepPtr LoadBranches(std::string_view step, ArtifactReader& in, int depth);

}  // namespace tidemill
