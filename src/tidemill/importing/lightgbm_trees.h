#pragma once

#include <vector>

#include "tidemill/importing/lightgbm_text.h"
#include "tidemill/model/forest.h"

namespace tidemill {

/// Reads the trees up to "end of trees"; CheckForest does the rest of the
/// checks.
///
/// Missing: per split LightGBM's missing type: None (NaN counts as 0.0), Zero
///          or NaN. A missing category goes right.
/// Errors:  ArtifactError naming the tree and its line when arrays differ in
///          length, numbers are out of range or leaves hold linear models.
/// Source:  LightGBM, src/io/tree.cpp and include/LightGBM/tree.h.
std::vector<ForestTree> ReadLightgbmTrees(LightgbmLines& lines);

}  // namespace tidemill
