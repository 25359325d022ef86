#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "tidemill/features/step.h"

namespace tidemill {

/// A map of numbers that an artifact can hold.
class SavedMap : public NumberMap {
 public:
  /// Writes what the loader that belongs to it reads.
  virtual void Save(ArtifactWriter& out) const = 0;
};

using SavedMapPtr = std::shared_ptr<const SavedMap>;

/// A fitted step that sends every input column, each a number, through a map
/// of its own under the same name: what most scalers are. `step` is the
/// step's name, a literal.
///
/// Errors: ConfigError when a column is no number, and what `fit` throws.
StepPtr FitMaps(std::string_view step, const Frame& inputs,
                const std::function<SavedMapPtr(const FrameColumn&)>& fit);

/// Reads such a step; `load` reads one map and throws ArtifactError.
StepPtr LoadMaps(std::string_view step, ArtifactReader& in,
                 SavedMapPtr (*load)(ArtifactReader& in));

/// Throws DataError naming the column unless it has a value and all of its
/// values are finite: there is something to learn from.
void RequireValues(std::string_view step, const FrameColumn& column);

/// Throws DataError naming the column: what was learned is not finite.
[[noreturn]] void RefuseOverflow(std::string_view step, const Column& column,
                                 std::string_view expected);

}  // namespace tidemill
