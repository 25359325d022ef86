#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "tidemill/model/artifact.h"

namespace tidemill {

/// What a file became.
struct ImportResult {
  std::string artifact;  ///< the bytes of model.bin
  std::string sha256;    ///< of them
  std::string kind;      ///< of the file, in words
  Manifest manifest;
  std::size_t num_fields = 0;
  std::size_t num_features = 0;
  std::size_t verified_rows = 0;
  std::vector<std::string> warnings;
};

/// Makes a model.bin out of a model file of another program, told by its
/// content, and scores the file's verification rows with the code that serves.
///
/// Errors: ArtifactError naming `where` and the place in the file; of a score
///         that comes out otherwise the row, its event and both numbers.
ImportResult ImportModel(std::string_view bytes, const std::string& where);

}  // namespace tidemill
