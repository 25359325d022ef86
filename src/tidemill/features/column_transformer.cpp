#include <utility>

#include "tidemill/core/config_problems.h"
#include "tidemill/core/errors.h"
#include "tidemill/features/column_branches.h"

namespace tidemill {
namespace {

constexpr std::string_view kName = "ColumnTransformer";

/// Sends groups of columns through their own steps and puts the results side
/// by side, in the order of the branches, then the remainder.
///
/// Source: scikit-learn ColumnTransformer, whose verbose_feature_names_out is
///         on by default; columns by kind are its make_column_selector.
class ColumnTransformer final : public Estimator {
 public:
  explicit ColumnTransformer(const ParameterValue& parameters) {
    ParameterReader reader(parameters);
    const ParameterValue& list = reader.Required("transformers");
    const ParameterValue* remainder = reader.Optional("remainder");
    config_.prefix = reader.Bool("verbose_feature_names_out", false);
    reader.Finish();
    if (list.list() == nullptr) {
      throw ConfigError({.where = list.where,
                         .expected = "a list of {name, columns, steps}",
                         .got = Describe(list)});
    }
    ConfigProblems problems;
    for (const ParameterValue& item : *list.list()) {
      problems.Try([&] { ReadBranch(item, problems); });
    }
    if (remainder != nullptr) {
      problems.Try([&] { ReadRemainder(*remainder); });
    }
    problems.Throw();
    if (config_.prefix) CheckBranchNames(config_, reader.where());
  }

  StepPtr Fit(const Frame& inputs, const FitContext& context) const override {
    StepPtr fitted;
    FitTransform(inputs, context, fitted);
    return fitted;
  }

  Frame FitTransform(const Frame& inputs, const FitContext& context,
                     StepPtr& fitted) const override {
    return FitBranches(config_, inputs, context, fitted);
  }

 private:
  void ReadBranch(const ParameterValue& item, ConfigProblems& problems) {
    ParameterReader reader(item);
    BranchConfig branch;
    branch.columns = ReadColumnChoice(reader.Required("columns"));
    branch.name = reader.Text("name", "");
    if (const ParameterValue* steps = reader.Optional("steps")) {
      problems.Try([&] { branch.steps = ConfigureSteps(*steps); });
    }
    reader.Finish();
    config_.branches.push_back(std::move(branch));
  }

  void ReadRemainder(const ParameterValue& value) {
    const auto* text = std::get_if<std::string>(&value.value);
    if (text != nullptr && *text == "drop") return;
    BranchConfig branch{.name = "remainder", .columns = {}, .steps = {}};
    if (value.list() != nullptr) {
      branch.steps = ConfigureSteps(value);
    } else if (text == nullptr || *text != "passthrough") {
      throw ConfigError({.where = value.where,
                         .expected = "drop, passthrough or a list of steps",
                         .got = Describe(value)});
    }
    config_.branches.push_back(std::move(branch));
  }

  BranchesConfig config_{.step = kName, .branches = {}, .prefix = false};
};

}  // namespace

extern const StepFactory kColumnTransformer{
    kName,
    [](const ParameterValue& parameters) -> EstimatorPtr {
      return std::make_unique<ColumnTransformer>(parameters);
    },
    [](ArtifactReader& in, int depth) {
      return LoadBranches(kName, in, depth);
    }};

}  // namespace tidemill
