#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tidemill/core/task.h"
#include "tidemill/importing/lightgbm_text.h"
#include "tidemill/model/link.h"

namespace tidemill {

/// What stands before the trees.
struct LightgbmHeader {
  std::string version;    ///< "v3" or "v4"
  std::string objective;  ///< as the file spells it, "none" when it has none
  Task task = Task::kRegression;
  Link link = Link::kIdentity;
  double link_scale = 1.0;  ///< a margin times it enters the link
  std::size_t num_outputs = 1;
  bool average = false;  ///< outputs are divided by the number of rounds
  std::vector<std::string> feature_names;
  std::vector<bool> is_category;  ///< false of one that never varied, too
};

/// Reads up to the blank line before the trees.
/// Throws ArtifactError naming the line or key that is not as it must be.
LightgbmHeader ReadLightgbmHeader(LightgbmLines& lines);

}  // namespace tidemill
