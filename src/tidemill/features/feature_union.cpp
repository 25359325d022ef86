#include <utility>

#include "tidemill/core/errors.h"
#include "tidemill/features/column_branches.h"

namespace tidemill {
namespace {

constexpr std::string_view kName = "FeatureUnion";

/// Sends all columns through each of several lists of steps and puts the
/// results side by side.
///
/// Source: scikit-learn FeatureUnion without transformer_weights.
class FeatureUnion final : public Estimator {
 public:
  explicit FeatureUnion(const ParameterValue& parameters) {
    ParameterReader reader(parameters);
    const ParameterValue& list = reader.Required("transformer_list");
    config_.prefix = reader.Bool("verbose_feature_names_out", true);
    reader.Finish();
    if (list.list() == nullptr || list.list()->empty()) {
      throw ConfigError({.where = list.where,
                         .expected = "a list of {name, steps}",
                         .got = Describe(list)});
    }
    for (const ParameterValue& item : *list.list()) {
      ParameterReader branch_reader(item);
      BranchConfig branch;
      branch.columns = {.how = ColumnChoice::How::kKinds,
                        .names = {},
                        .kinds = {kColumnKinds.begin(), kColumnKinds.end()}};
      branch.name = AsText(branch_reader.Required("name"));
      branch.steps = ConfigureSteps(branch_reader.Required("steps"));
      branch_reader.Finish();
      config_.branches.push_back(std::move(branch));
    }
    CheckBranchNames(config_, reader.where());
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
  BranchesConfig config_{.step = kName, .branches = {}, .prefix = true};
};

}  // namespace

extern const StepFactory kFeatureUnion{
    kName,
    [](const ParameterValue& parameters) -> EstimatorPtr {
      return std::make_unique<FeatureUnion>(parameters);
    },
    [](ArtifactReader& in, int depth) {
      return LoadBranches(kName, in, depth);
    }};

}  // namespace tidemill
