#pragma once

#include <string>
#include <string_view>

#include "tidemill/importing/imported_model.h"

namespace tidemill {

/// A model as LightGBM's Booster.save_model() or model_to_string() writes it,
/// text of version v3 (LightGBM 3) or v4.
///
/// Takes:   boosting gbdt, dart, goss and rf; the objectives of kObjectives or
///          none; splits by threshold and by categories.
/// Rounds:  those in the file; LightGBM saves up to the best one.
/// Outputs: multiclassova's, as LightGBM's, do not sum to 1.
/// Errors:  ArtifactError naming `where`, the line or the tree, what can be
///          read and what the file has.
ImportedModel ReadLightgbmFile(std::string_view bytes,
                               const std::string& where);

}  // namespace tidemill
