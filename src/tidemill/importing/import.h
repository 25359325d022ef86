#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "tidemill/importing/bare_model.h"
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
  /// Whether their scores are those of the library that trained the model.
  bool compared = false;
  std::vector<std::string> warnings;
};

/// Makes a model.bin out of a model file of another program, told by its
/// content: an export file of tidemill_export, XGBoost's JSON or UBJSON,
/// LightGBM's text. Scores the verification rows with the code that serves.
///
/// `options` are for bare models; an empty name becomes that of the file.
/// Errors: ArtifactError naming `where` and the place in the file; of a score
///         that comes out otherwise the row, its event and both numbers.
///         UsageError when options are given for an export file, which says
///         everything itself; what MakeBareArtifact throws.
ImportResult ImportModel(std::string_view bytes, const std::string& where,
                         const BareModelOptions& options = {});

}  // namespace tidemill
