#pragma once

#include <string>

#include "tidemill/core/schema.h"
#include "tidemill/features/pipeline.h"
#include "tidemill/importing/imported_model.h"

namespace tidemill {

/// The fields of a bare model's events and what makes its features of them.
struct BarePipeline {
  Schema schema;
  Pipeline pipeline;
};

/// A field per feature under its name (f0, f1, ... where the file has none),
/// behind `id_field`, a text, and `time_field`, where they are not empty.
///
/// A category whose values the file names is a category field, or a number
/// field when they are numbers; one of which only codes are known is an
/// integer, its code. XGBoost's "i" is a boolean; all others are numbers.
/// Throws ArtifactError naming `where` when names do not do.
BarePipeline MakeBarePipeline(const ImportedModel& model,
                              const std::string& id_field,
                              const std::string& time_field,
                              const std::string& where);

}  // namespace tidemill
