#include "tidemill/model/predictor.h"

#include <array>
#include <string>

#include "tidemill/model/calibrated.h"
#include "tidemill/model/complement.h"
#include "tidemill/model/forest_walker.h"
#include "tidemill/model/gaussian_nb.h"
#include "tidemill/model/linear_booster.h"
#include "tidemill/model/linear_model.h"
#include "tidemill/model/mlp.h"
#include "tidemill/model/stacking.h"
#include "tidemill/model/transformed_target.h"
#include "tidemill/model/tree_walker.h"
#include "tidemill/model/voting.h"

namespace tidemill {
namespace {

struct Family {
  std::string_view name;
  PredictorPtr (*load)(ArtifactReader& in, int levels);
};

/// Of a predictor that has none within it.
template <typename Model>
PredictorPtr LoadLeaf(ArtifactReader& in, int /*levels*/) {
  return Model::Load(in);
}

constexpr std::array kFamilies = std::to_array<Family>({
    {"linear", LoadLeaf<LinearModel>},
    {"gblinear", LoadLeaf<LinearBooster>},
    {"gbtree", LoadLeaf<TreeWalker>},
    {"forest", LoadLeaf<ForestWalker>},
    {"mlp", LoadLeaf<Mlp>},
    {"gaussian_nb", LoadLeaf<GaussianNb>},
    {"complement", Complement::Load},
    {"calibrated", Calibrated::Load},
    {"voting", Voting::Load},
    {"stacking", Stacking::Load},
    {"transformed_target", TransformedTarget::Load},
});

std::string FamilyNames() {
  std::string names;
  for (const Family& family : kFamilies) {
    if (&family != &kFamilies.front()) {
      names += &family == &kFamilies.back() ? " or " : ", ";
    }
    names += family.name;
  }
  return names;
}

}  // namespace

void SavePredictor(const Predictor& predictor, ArtifactWriter& out) {
  out.Text("family", predictor.family());
  predictor.Save(out);
}

PredictorPtr LoadPredictor(ArtifactReader& in, int levels) {
  const std::string name = in.Text("family", 64);
  for (const Family& family : kFamilies) {
    if (family.name == name) return family.load(in, levels);
  }
  in.Refuse("the model family " + FamilyNames(), "'" + name + "'");
}

}  // namespace tidemill
