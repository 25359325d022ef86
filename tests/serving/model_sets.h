#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tidemill/rollout/model_table.h"
#include "tidemill/telemetry/service_metrics.h"

namespace tidemill {

inline ServedModel Served(const ServiceMetrics& metrics, LoadedModelPtr model,
                          Variant variant) {
  const VersionLabels labels{
      .model = model->manifest().name,
      .version = model->version(),
      .variant = variant,
      .digest = model->sha256(),
      .engine = std::string(model->predictor().engine())};
  ServedModel served;
  served.variant = variant;
  served.metrics = metrics.ForVersion(
      labels, ProbabilityBoundaries(), WallTime(),
      metrics.drift()->ForVersion(labels.model, labels.version, labels.digest,
                                  model->schema(), model->plan().names(),
                                  model->artifact().baselines));
  served.counts = std::make_shared<VersionCounts>(std::vector<double>{0.0});
  if (variant == Variant::kShadow) served.shadow = metrics.ForShadow(labels);
  served.model = std::move(model);
  return served;
}

inline CanaryModel Canary(const ServiceMetrics& metrics, LoadedModelPtr model,
                          double percent, std::string by = "key",
                          std::string salt = "salt") {
  return {.served = Served(metrics, std::move(model), Variant::kCanary),
          .share = CanaryShare(percent, std::move(salt)),
          .by = std::move(by)};
}

/// Only a champion; canaries and shadows are for the caller to add.
inline std::shared_ptr<ModelSet> SetOf(const ServiceMetrics& metrics,
                                       LoadedModelPtr champion) {
  auto models = std::make_shared<ModelSet>();
  models->champion = Served(metrics, std::move(champion), Variant::kChampion);
  return models;
}

}  // namespace tidemill
