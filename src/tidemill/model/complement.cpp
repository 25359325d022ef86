#include "tidemill/model/complement.h"

#include <string>
#include <utility>

#include "tidemill/core/errors.h"
#include "tidemill/model/member.h"

namespace tidemill {

Complement::Complement(PredictorPtr predictor)
    : predictor_(std::move(predictor)) {
  if (predictor_->num_outputs() != 1) {
    throw ArtifactError({.where = "complement",
                         .expected = "a predictor of one output",
                         .got = std::to_string(predictor_->num_outputs())});
  }
}

void Complement::Predict(const Eigen::Ref<const RowMatrix>& features,
                         std::span<double> outputs) const {
  predictor_->Predict(features, outputs);
  const bool single = single_precision();
  for (double& p : outputs) {
    p = single ? 1.0F - static_cast<float>(p) : 1.0 - p;
  }
}

void Complement::Save(ArtifactWriter& out) const {
  SaveNested("predictor", *predictor_, out);
}

PredictorPtr Complement::Load(ArtifactReader& in, int levels) {
  return std::make_unique<Complement>(LoadNested("predictor", in, levels));
}

}  // namespace tidemill
