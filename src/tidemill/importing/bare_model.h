#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tidemill/importing/imported_model.h"
#include "tidemill/model/artifact.h"

namespace tidemill {

/// What a bare model's file does not say.
struct BareModelOptions {
  std::string name = {};        ///< of the model
  std::string events = {};      ///< a file of events; empty: there is none
  std::string id_field = {};    ///< empty: none
  std::string time_field = {};  ///< empty: none
  /// In the order of the model's outputs, of a binary model the negative one
  /// first; empty: "0", "1", ...
  std::vector<std::string> classes = {};
  std::optional<double> threshold = {};  ///< of a binary model; none: 0.5
};

/// Completes a bare model to an artifact: fields from its features, baselines
/// over the given events, verification rows from them.
///
/// The file has no answers of the library that trained the model, so the
/// verification rows hold those of the code that serves: they tell a damaged
/// artifact, not a wrong import. Without events there are no baselines, and
/// drift has nothing to compare with; `warnings` says so.
/// Throws UsageError, IoError, DataError, ArtifactError naming `where`.
Artifact MakeBareArtifact(ImportedModel model, const BareModelOptions& options,
                          const std::string& where,
                          std::vector<std::string>& warnings);

}  // namespace tidemill
