#include "tidemill/features/pipeline.h"

#include <utility>

namespace tidemill {

Pipeline Pipeline::Fit(std::span<const EstimatorPtr> estimators, Frame inputs,
                       const FitContext& context, Frame* features) {
  return Pipeline(FitSteps(estimators, std::move(inputs), context, features));
}

Plan Pipeline::Compile(const Schema& schema) const {
  std::vector<ExpressionPtr> columns;
  for (std::size_t i = 0; i < schema.size(); ++i) {
    columns.push_back(MakeSource(ColumnOf(schema.field(i)), i));
  }
  return Plan(schema, BindSteps(steps_, std::move(columns)));
}

void Pipeline::Save(ArtifactWriter& out) const { SaveSteps(steps_, out); }

Pipeline Pipeline::Load(ArtifactReader& in) {
  return Pipeline(LoadSteps(in, kMaxStepDepth));
}

}  // namespace tidemill
