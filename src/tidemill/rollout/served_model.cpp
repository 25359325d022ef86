#include "tidemill/rollout/served_model.h"

#include <cmath>
#include <string>
#include <utility>

namespace tidemill {
namespace {

constexpr int kScoreBins = 10;

std::vector<double> BoundariesOf(const LoadedModel& model) {
  return model.manifest().task == Task::kRegression
             ? ScoreBoundaries(model.artifact().baselines.score)
             : ProbabilityBoundaries();
}

}  // namespace

std::vector<double> GuardrailScoreEdges(const LoadedModel& model) {
  const Baseline& score = model.artifact().baselines.score;
  std::vector<double> edges;
  double rows = 0.0;
  for (const std::uint64_t count : score.counts) {
    rows += static_cast<double>(count);
  }
  if (rows == 0.0 || score.edges.size() != score.counts.size() + 1) {
    if (model.manifest().task == Task::kRegression) return edges;
    for (int i = 1; i < kScoreBins; ++i) edges.push_back(i / 10.0);
    return edges;
  }
  double below = 0.0;
  for (std::size_t i = 0; i + 1 < score.counts.size(); ++i) {
    below += static_cast<double>(score.counts[i]);
    const double wanted =
        rows * static_cast<double>(edges.size() + 1) / kScoreBins;
    if (below >= wanted && edges.size() + 1 < kScoreBins) {
      edges.push_back(score.edges[i + 1]);
    }
  }
  return edges;
}

ServedModel MakeServedModel(LoadedModelPtr model, Variant variant,
                            const std::vector<double>& score_edges,
                            const ServiceMetrics& metrics, WallTime loaded) {
  const VersionLabels labels = {
      .model = model->manifest().name,
      .version = model->version(),
      .variant = variant,
      .digest = model->sha256(),
      .engine = std::string(model->predictor().engine())};
  ServedModel served;
  served.metrics = metrics.ForVersion(
      labels, BoundariesOf(*model), loaded,
      metrics.drift()->ForVersion(labels.model, labels.version, labels.digest,
                                  model->schema(), model->plan().names(),
                                  model->artifact().baselines));
  served.counts = std::make_shared<VersionCounts>(score_edges);
  if (variant == Variant::kShadow) served.shadow = metrics.ForShadow(labels);
  served.model = std::move(model);
  served.variant = variant;
  return served;
}

}  // namespace tidemill
