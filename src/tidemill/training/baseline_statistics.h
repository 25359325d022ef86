#pragma once

#include <span>
#include <string>

#include "tidemill/core/baseline.h"
#include "tidemill/core/matrix.h"
#include "tidemill/core/schema.h"
#include "tidemill/features/frame.h"

namespace tidemill {

/// Numbers in up to 10 bins: one per value when there are no more values than
/// that, else between deciles. NaN is missing.
Baseline NumberBaseline(std::string name, std::span<const double> values);

/// A bin per category. Requires no unseen code.
Baseline CategoryBaseline(std::string name,
                          const std::vector<std::string>& categories,
                          std::span<const std::int32_t> codes);

/// Of every field but the id, timestamps and texts.
std::vector<Baseline> FieldBaselines(const Schema& schema, const Frame& frame);

/// Of every column of a matrix.
std::vector<Baseline> FeatureBaselines(const std::vector<std::string>& names,
                                       const RowMatrix& features);

}  // namespace tidemill
