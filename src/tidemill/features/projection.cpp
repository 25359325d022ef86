#include "tidemill/features/projection.h"

#include <algorithm>
#include <utility>

#include "tidemill/core/number_text.h"

namespace tidemill {
namespace {

class ProjectionBlock final : public BlockKernel {
 public:
  explicit ProjectionBlock(ProjectionParameters parameters)
      : p_(std::move(parameters)) {}

  std::size_t num_outputs() const override { return p_.offsets.size(); }
  const ProjectionParameters& parameters() const { return p_; }

  void Apply(std::span<const ColumnValues> inputs, std::size_t rows,
             std::span<double* const> outs) const override {
    for (std::size_t k = 0; k < outs.size(); ++k) {
      double* const out = outs[k];
      std::fill_n(out, rows, 0.0);
      const auto component = p_.components.row(static_cast<Eigen::Index>(k));
      for (std::size_t j = 0; j < inputs.size(); ++j) {
        const double weight = component[static_cast<Eigen::Index>(j)];
        const double* const in = inputs[j].numbers;
        for (std::size_t row = 0; row < rows; ++row) {
          out[row] += weight * in[row];
        }
      }
      for (std::size_t row = 0; row < rows; ++row) {
        out[row] = (out[row] - p_.offsets[k]) / p_.scales[k];
      }
    }
  }

 private:
  ProjectionParameters p_;
};

class Projection final : public Step {
 public:
  Projection(std::string_view step, std::string_view prefix,
             ProjectionParameters parameters)
      : name_(step),
        block_(std::make_shared<ProjectionBlock>(std::move(parameters))) {
    for (std::size_t i = 0; i < block_->num_outputs(); ++i) {
      outputs_.push_back(std::string(prefix) + std::to_string(i));
    }
  }

  std::string_view name() const override { return name_; }

  std::vector<ExpressionPtr> Bind(
      std::span<const ExpressionPtr> inputs) const override {
    const ProjectionParameters& p = block_->parameters();
    CheckInputs(name_, inputs, p.columns);
    for (const ExpressionPtr& input : inputs) {
      CheckKind(name_, *input, ColumnKind::kNumber);
    }
    StepOutputs outputs;
    outputs.Add(MakeBlock(outputs_, {inputs.begin(), inputs.end()}, block_,
                          static_cast<std::size_t>(p.components.size())));
    return outputs.Take();
  }

  void Save(ArtifactWriter& out) const override {
    const ProjectionParameters& p = block_->parameters();
    out.Texts("columns", p.columns);
    out.Doubles("components", {p.components.data(),
                               p.components.data() + p.components.size()});
    out.Doubles("offsets", p.offsets);
    out.Doubles("scales", p.scales);
  }

 private:
  std::string_view name_;
  std::shared_ptr<const ProjectionBlock> block_;
  std::vector<std::string> outputs_;
};

}  // namespace

StepPtr MakeProjection(std::string_view step, std::string_view prefix,
                       ProjectionParameters parameters) {
  return std::make_unique<Projection>(step, prefix, std::move(parameters));
}

StepPtr LoadProjection(std::string_view step, std::string_view prefix,
                       ArtifactReader& in) {
  ProjectionParameters p;
  p.columns = in.Texts("columns");
  const std::vector<double> components = in.FiniteDoubles("components");
  p.offsets = in.FiniteDoubles("offsets");
  p.scales = in.FiniteDoubles("scales");
  const std::size_t d = p.columns.size();
  const std::size_t k = p.offsets.size();
  if (d == 0 || k == 0 || k > kMaxColumns || d > kMaxColumns ||
      components.size() != d * k || p.scales.size() != k) {
    in.Refuse("components of one size, an offset and a scale for each",
              std::to_string(components.size()) + " numbers for " +
                  std::to_string(d) + " columns, " + std::to_string(k) +
                  " offsets and " + std::to_string(p.scales.size()) +
                  " scales");
  }
  for (const double scale : p.scales) {
    if (scale <= 0.0) in.Refuse("a scale > 0", NumberText(scale));
  }
  p.components = Eigen::Map<const RowMatrix>(components.data(),
                                             static_cast<Eigen::Index>(k),
                                             static_cast<Eigen::Index>(d));
  return MakeProjection(step, prefix, std::move(p));
}

}  // namespace tidemill
