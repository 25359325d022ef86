#include "tidemill/training/unlearned_missing.h"

#include <algorithm>
#include <cmath>

#include "tidemill/training/row_source.h"

namespace tidemill {
namespace {

/// The features of an event in which every field is missing.
RowMatrix FeaturesOfNothing(const Plan& plan, const Schema& schema) {
  EventBatch batch(schema);
  batch.AppendRow();
  Plan::Scratch scratch;
  RowMatrix made(1, static_cast<Eigen::Index>(plan.num_features()));
  plan.Run(batch, scratch, made);
  return made;
}

bool MayMiss(const FeatureOrigin& origin, const Schema& schema) {
  return origin.fields.size() > 1 &&
         std::any_of(
             origin.fields.begin(), origin.fields.end(),
             [&](std::size_t field) { return !schema.field(field).required; });
}

}  // namespace

void WarnOfUnlearnedMissing(const FittedModel& fitted,
                            const RowMatrix& features,
                            std::vector<std::string>& warnings) {
  const Plan plan = fitted.pipeline.Compile(fitted.schema);
  const RowMatrix made = FeaturesOfNothing(plan, fitted.schema);
  std::vector<std::string> names;
  for (std::size_t i = 0; i < plan.num_features(); ++i) {
    const auto column = static_cast<Eigen::Index>(i);
    if (std::isnan(made(0, column)) && !features.col(column).hasNaN() &&
        MayMiss(plan.origin(i), fitted.schema)) {
      names.push_back(plan.names()[i]);
    }
  }
  if (names.empty()) return;
  warnings.push_back(
      "no row to learn from lacks " + ListNames(names) +
      ", but an event without an optional field does, and its score is then "
      "not learned (put a SimpleImputer or RequireNumbers before, or make the "
      "fields required)");
}

}  // namespace tidemill
