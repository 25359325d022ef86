#pragma once

#include <vector>

#include "tidemill/core/clock.h"
#include "tidemill/rollout/model_table.h"
#include "tidemill/telemetry/service_metrics.h"

namespace tidemill {

/// Nine edges that part the score's baseline into tenths, as near as its bins
/// allow: what scores are compared over. Steps of 0.1 for a probability without
/// baseline; else empty.
std::vector<double> GuardrailScoreEdges(const LoadedModel& model);

/// The model in a role, with series and counts of its own.
ServedModel MakeServedModel(LoadedModelPtr model, Variant variant,
                            const std::vector<double>& score_edges,
                            const ServiceMetrics& metrics, WallTime loaded);

}  // namespace tidemill
