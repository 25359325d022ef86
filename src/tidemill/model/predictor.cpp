#include "tidemill/model/predictor.h"

#include <string>

#include "tidemill/core/errors.h"
#include "tidemill/core/task.h"
#include "tidemill/model/linear_model.h"
#include "tidemill/model/tree_walker.h"

namespace tidemill {

void CheckOutputs(std::size_t num_outputs, Link link,
                  const std::string& where) {
  const bool softmax = link == Link::kSoftmax;
  if (softmax ? num_outputs >= 2 && num_outputs <= kMaxClasses
              : num_outputs == 1) {
    return;
  }
  throw ArtifactError(
      {.where = where,
       .expected = softmax ? "2 to " + std::to_string(kMaxClasses) + " outputs"
                           : "one output",
       .got = std::to_string(num_outputs)});
}

void SavePredictor(const Predictor& predictor, ArtifactWriter& out) {
  out.Text(predictor.family());
  predictor.Save(out);
}

PredictorPtr LoadPredictor(ArtifactReader& in) {
  const std::string family = in.Text(64);
  if (family == "linear") return LinearModel::Load(in);
  if (family == "gbtree") return TreeWalker::Load(in);
  in.Refuse("the model family linear or gbtree", "'" + family + "'");
}

}  // namespace tidemill
