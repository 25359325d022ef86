#include "tidemill/model/predictor.h"

#include <string>

#include "tidemill/model/forest_walker.h"
#include "tidemill/model/linear_model.h"
#include "tidemill/model/tree_walker.h"

namespace tidemill {

void SavePredictor(const Predictor& predictor, ArtifactWriter& out) {
  out.Text("family", predictor.family());
  predictor.Save(out);
}

PredictorPtr LoadPredictor(ArtifactReader& in) {
  const std::string family = in.Text("family", 64);
  if (family == "forest") return ForestWalker::Load(in);
  if (family == "linear") return LinearModel::Load(in);
  if (family == "gbtree") return TreeWalker::Load(in);
  in.Refuse("the model family forest, linear or gbtree", "'" + family + "'");
}

}  // namespace tidemill
