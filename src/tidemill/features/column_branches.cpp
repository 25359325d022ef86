#include "tidemill/features/column_branches.h"

#include <algorithm>
#include <set>
#include <utility>

#include "tidemill/core/errors.h"

namespace tidemill {
namespace {

/// A fitted branch.
struct Branch {
  std::string name;
  std::vector<std::string> columns;
  std::vector<StepPtr> steps;
};

std::string Prefixed(const std::string& branch, const std::string& column) {
  return branch + "__" + column;
}

class Branches final : public Step {
 public:
  Branches(std::string_view name, std::vector<Branch> branches, bool prefix)
      : name_(name), branches_(std::move(branches)), prefix_(prefix) {}

  std::string_view name() const override { return name_; }

  std::vector<ExpressionPtr> Bind(
      std::span<const ExpressionPtr> inputs) const override {
    const ColumnIndex index(inputs);
    StepOutputs outputs;
    for (const Branch& branch : branches_) {
      for (const ExpressionPtr& made :
           BindSteps(branch.steps, index.Select(name_, branch.columns))) {
        outputs.Add(prefix_
                        ? Rename(made, Prefixed(branch.name, made->column.name))
                        : made);
      }
    }
    return outputs.Take();
  }

  void Save(ArtifactWriter& out) const override {
    out.Bool("prefix", prefix_);
    out.Each("branches", branches_, [&](const Branch& branch) {
      out.Text("name", branch.name);
      out.Texts("columns", branch.columns);
      SaveSteps(branch.steps, out);
    });
  }

 private:
  std::string_view name_;
  std::vector<Branch> branches_;
  bool prefix_;
};

std::vector<ColumnKind> ReadKinds(const ParameterValue& value) {
  std::vector<ColumnKind> kinds;
  for (const std::string& text : AsTexts(value)) {
    const auto* const kind =
        std::find_if(kColumnKinds.begin(), kColumnKinds.end(),
                     [&](ColumnKind known) { return ToText(known) == text; });
    if (kind == kColumnKinds.end()) {
      throw ConfigError({.where = value.where,
                         .expected = "number, category, timestamp or text",
                         .got = "'" + text + "'"});
    }
    kinds.push_back(*kind);
  }
  return kinds;
}

Frame Pick(std::string_view step, const Frame& inputs,
           const std::vector<std::string>& columns) {
  return Evaluate(SelectByName(step, SourcesOf(inputs), columns), inputs);
}

bool Contains(const std::vector<ColumnKind>& kinds, ColumnKind kind) {
  return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

/// The names, in the order of the config or else of the frame; they become
/// `used`. Throws ConfigError naming the nearest column.
std::vector<std::string> ColumnsOf(const ColumnChoice& choice,
                                   std::string_view step, const Frame& inputs,
                                   std::set<std::string>& used) {
  std::vector<std::string> names = choice.names;
  RequireColumns(step, inputs, names);
  for (const FrameColumn& column : inputs.columns) {
    const std::string& name = column.column.name;
    if ((choice.how == ColumnChoice::How::kKinds &&
         Contains(choice.kinds, column.column.kind)) ||
        (choice.how == ColumnChoice::How::kRest && !used.contains(name))) {
      names.push_back(name);
    }
  }
  used.insert(names.begin(), names.end());
  return names;
}

}  // namespace

ColumnChoice ReadColumnChoice(const ParameterValue& value) {
  if (value.map() == nullptr) {
    return {
        .how = ColumnChoice::How::kNames, .names = AsTexts(value), .kinds = {}};
  }
  ParameterReader reader(value);
  const ParameterValue* included = reader.Optional("dtype_include");
  const ParameterValue* excluded = reader.Optional("dtype_exclude");
  reader.Finish();
  ColumnChoice choice{
      .how = ColumnChoice::How::kKinds, .names = {}, .kinds = {}};
  if (included != nullptr) {
    choice.kinds = ReadKinds(*included);
  } else {
    choice.kinds.assign(kColumnKinds.begin(), kColumnKinds.end());
  }
  if (excluded != nullptr) {
    for (const ColumnKind kind : ReadKinds(*excluded)) {
      std::erase(choice.kinds, kind);
    }
  }
  return choice;
}

void CheckBranchNames(const BranchesConfig& config, const std::string& where) {
  std::set<std::string_view> names;
  for (const BranchConfig& branch : config.branches) {
    const std::string& name = branch.name;
    if (!name.empty() && name.find("__") == std::string::npos &&
        names.insert(name).second) {
      continue;
    }
    throw ConfigError(
        {.where = where,
         .expected = "a name of its own, without '__', for every branch",
         .got = name.empty() ? "none" : "'" + name + "'"});
  }
}

Frame FitBranches(const BranchesConfig& config, const Frame& inputs,
                  const FitContext& context, StepPtr& fitted) {
  std::vector<Branch> branches;
  std::set<std::string> used;
  std::set<std::string> names;
  Frame output{.rows = inputs.rows, .columns = {}};
  for (const BranchConfig& branch : config.branches) {
    std::vector<std::string> columns =
        ColumnsOf(branch.columns, config.step, inputs, used);
    if (columns.empty()) continue;
    Frame made;
    std::vector<StepPtr> steps = FitSteps(
        branch.steps, Pick(config.step, inputs, columns), context, &made);
    for (FrameColumn& column : made.columns) {
      std::string& name = column.column.name;
      if (config.prefix) name = Prefixed(branch.name, name);
      if (!names.insert(name).second) {
        throw ConfigError({.where = "pipeline, " + std::string(config.step),
                           .expected = "output columns with distinct names",
                           .got = "'" + name + "' twice"});
      }
      output.columns.push_back(std::move(column));
    }
    branches.push_back({.name = branch.name,
                        .columns = std::move(columns),
                        .steps = std::move(steps)});
  }
  fitted = std::make_unique<Branches>(config.step, std::move(branches),
                                      config.prefix);
  return output;
}

StepPtr LoadBranches(std::string_view step, ArtifactReader& in, int depth) {
  const bool prefix = in.Bool("prefix");
  std::vector<Branch> branches =
      in.Each<Branch>("branches", 1000, 24, [&](Branch& branch) {
        branch.name = in.Text("name");
        branch.columns = in.Texts("columns");
        branch.steps = LoadSteps(in, depth - 1);
      });
  return std::make_unique<Branches>(step, std::move(branches), prefix);
}

}  // namespace tidemill
