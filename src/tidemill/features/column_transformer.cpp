#include <algorithm>
#include <set>
#include <utility>

#include "tidemill/core/errors.h"
#include "tidemill/features/step.h"

namespace tidemill {
namespace {

/// A fitted branch: some columns through some steps.
struct Branch {
  std::string name;
  std::vector<std::string> columns;
  std::vector<StepPtr> steps;
};

/// Sends groups of columns through their own steps and puts the results side
/// by side, in the order of the branches, then the remainder.
///
/// Source: scikit-learn ColumnTransformer with verbose_feature_names_out off.
class ColumnTransformer final : public Step {
 public:
  ColumnTransformer(std::vector<Branch> branches,
                    std::vector<std::string> remainder)
      : branches_(std::move(branches)), remainder_(std::move(remainder)) {}

  std::string_view name() const override { return "ColumnTransformer"; }

  std::vector<ExpressionPtr> Bind(
      std::span<const ExpressionPtr> inputs) const override {
    const ColumnIndex index(inputs);
    StepOutputs outputs;
    for (const Branch& branch : branches_) {
      outputs.Add(
          BindSteps(branch.steps, index.Select(name(), branch.columns)));
    }
    outputs.Add(index.Select(name(), remainder_));
    return outputs.Take();
  }

  void Save(ArtifactWriter& out) const override {
    out.U64(branches_.size());
    for (const Branch& branch : branches_) {
      out.Text(branch.name);
      out.Texts(branch.columns);
      SaveSteps(branch.steps, out);
    }
    out.Texts(remainder_);
  }

  static StepPtr Load(ArtifactReader& in, int depth) {
    std::vector<Branch> branches(in.Count(1000, 24));
    for (Branch& branch : branches) {
      branch.name = in.Text();
      branch.columns = in.Texts();
      branch.steps = LoadSteps(in, depth - 1);
    }
    std::vector<std::string> remainder = in.Texts();
    return std::make_unique<ColumnTransformer>(std::move(branches),
                                               std::move(remainder));
  }

 private:
  std::vector<Branch> branches_;
  std::vector<std::string> remainder_;
};

/// A branch as configured.
struct BranchConfig {
  std::string name;
  std::vector<std::string> columns;
  std::vector<EstimatorPtr> steps;
};

class ColumnTransformerEstimator final : public Estimator {
 public:
  explicit ColumnTransformerEstimator(const ParameterValue& parameters) {
    ParameterReader reader(parameters);
    const ParameterValue& list = reader.Required("transformers");
    passthrough_ = reader.Choice("remainder", "drop",
                                 {"drop", "passthrough"}) == "passthrough";
    reader.Finish();
    if (list.list() == nullptr) {
      throw ConfigError({.where = list.where,
                         .expected = "a list of {name, columns, steps}",
                         .got = Describe(list)});
    }
    for (const ParameterValue& item : *list.list()) {
      ParameterReader branch(item);
      BranchConfig config;
      config.columns = AsTexts(branch.Required("columns"));
      config.name = branch.Text("name", "");
      if (const ParameterValue* steps = branch.Optional("steps")) {
        config.steps = ConfigureSteps(*steps);
      }
      branch.Finish();
      branches_.push_back(std::move(config));
    }
  }

  StepPtr Fit(const Frame& inputs, const FitContext& context) const override {
    StepPtr fitted;
    FitTransform(inputs, context, fitted);
    return fitted;
  }

  Frame FitTransform(const Frame& inputs, const FitContext& context,
                     StepPtr& fitted) const override {
    std::vector<Branch> branches;
    std::set<std::string> used;
    Frame output{.rows = inputs.rows, .columns = {}};
    const auto add = [&](Frame&& frame) {
      for (FrameColumn& column : frame.columns) {
        output.columns.push_back(std::move(column));
      }
    };
    for (const BranchConfig& config : branches_) {
      used.insert(config.columns.begin(), config.columns.end());
      Frame made;
      branches.push_back(
          {.name = config.name,
           .columns = config.columns,
           .steps = FitSteps(config.steps, Pick(inputs, config.columns),
                             context, &made)});
      add(std::move(made));
    }
    const std::vector<std::string> rest = Remainder(inputs, used);
    add(Pick(inputs, rest));
    CheckNames(output);
    fitted = std::make_unique<ColumnTransformer>(std::move(branches), rest);
    return output;
  }

 private:
  static Frame Pick(const Frame& inputs,
                    const std::vector<std::string>& columns) {
    RequireColumns("ColumnTransformer", inputs, columns);
    return Evaluate(
        SelectByName("ColumnTransformer", SourcesOf(inputs), columns), inputs);
  }

  std::vector<std::string> Remainder(const Frame& inputs,
                                     const std::set<std::string>& used) const {
    std::vector<std::string> rest;
    if (!passthrough_) return rest;
    for (const FrameColumn& column : inputs.columns) {
      if (!used.contains(column.column.name))
        rest.push_back(column.column.name);
    }
    return rest;
  }

  static void CheckNames(const Frame& output) {
    std::set<std::string> names;
    for (const FrameColumn& column : output.columns) {
      if (!names.insert(column.column.name).second) {
        throw ConfigError({.where = "pipeline, ColumnTransformer",
                           .expected = "output columns with distinct names",
                           .got = "'" + column.column.name + "' twice"});
      }
    }
  }

  std::vector<BranchConfig> branches_;
  bool passthrough_ = false;
};

EstimatorPtr Configure(const ParameterValue& parameters) {
  return std::make_unique<ColumnTransformerEstimator>(parameters);
}

}  // namespace

extern const StepFactory kColumnTransformer{"ColumnTransformer", Configure,
                                            ColumnTransformer::Load};

}  // namespace tidemill
