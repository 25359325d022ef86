#include "tidemill/features/point_pair.h"

#include <utility>

#include "tidemill/core/errors.h"

namespace tidemill {

ExpressionPtr PointPair::Bind(std::string_view step,
                              std::span<const ExpressionPtr> inputs,
                              std::shared_ptr<const Kernel> kernel) const {
  CheckInputs(step, inputs, columns);
  for (const ExpressionPtr& input : inputs) {
    CheckKind(step, *input, ColumnKind::kNumber);
  }
  return MakeKernel(output, {inputs.begin(), inputs.end()}, std::move(kernel));
}

void PointPair::Save(ArtifactWriter& out) const {
  out.Texts("columns", columns);
  out.Text("output", output);
}

PointPair PointPair::Load(ArtifactReader& in) {
  PointPair made;
  made.columns = in.Texts("columns");
  if (made.columns.size() != 4) {
    in.Refuse("4 columns", std::to_string(made.columns.size()));
  }
  made.output = in.Text("output");
  return made;
}

PointPair FitPointPair(std::string_view step, const Frame& inputs,
                       std::string output) {
  if (inputs.columns.size() != 4) {
    throw ConfigError({.where = "pipeline, " + std::string(step),
                       .expected = "4 columns: latitude, longitude, "
                                   "latitude, longitude",
                       .got = std::to_string(inputs.columns.size())});
  }
  return {.columns = ColumnsOfKind(step, inputs, ColumnKind::kNumber),
          .output = std::move(output)};
}

}  // namespace tidemill
