#include "tidemill/importing/xgboost_file.h"

#include <utility>

#include "tidemill/training/xgboost_model.h"

namespace tidemill {

ImportedModel ReadXgboostFile(std::string_view bytes,
                              const std::string& where) {
  XgboostModel saved = ReadXgboostModel(bytes, where);
  ImportedModel model;
  model.library = "XGBoost " + saved.version;
  model.objective = saved.objective;
  model.task = saved.task;
  model.features.resize(saved.predictor->num_features());
  for (std::size_t i = 0; i < model.features.size(); ++i) {
    ImportedFeature& feature = model.features[i];
    if (!saved.feature_names.empty()) feature.name = saved.feature_names[i];
    if (!saved.feature_types.empty()) feature.type = saved.feature_types[i];
    feature.is_category = feature.type == "c";
    if (!saved.categories.empty()) {
      feature.categories = std::move(saved.categories[i]);
    }
  }
  model.predictor = std::move(saved.predictor);
  return model;
}

}  // namespace tidemill
