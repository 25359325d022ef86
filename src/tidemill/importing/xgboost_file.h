#pragma once

#include <string>
#include <string_view>

#include "tidemill/importing/imported_model.h"

namespace tidemill {

/// A model as XGBoost's Booster.save_model("x.json") or ("x.ubj") writes it;
/// what is taken and what is refused stands at ReadXgboostModel.
/// Throws ArtifactError naming `where` and the part.
ImportedModel ReadXgboostFile(std::string_view bytes, const std::string& where);

}  // namespace tidemill
