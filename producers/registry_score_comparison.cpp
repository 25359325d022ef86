#include "producers/registry_score_comparison.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace tidemill {

ScoreComparison::ScoreComparison(LoadedModelPtr a, LoadedModelPtr b)
    : a_(std::move(a)), b_(std::move(b)) {}

void ScoreComparison::Add(std::span<const std::string_view> events) {
  const std::vector<Score> of_a = ScoreAll(*a_, events);
  const std::vector<Score> of_b = ScoreAll(*b_, events);
  for (std::size_t i = 0; i < events.size(); ++i) {
    const Score& a = of_a[i];
    const Score& b = of_b[i];
    rejected_a_ += a.rejected ? 1 : 0;
    rejected_b_ += b.rejected ? 1 : 0;
    if (a.rejected || b.rejected) continue;
    scores_a_.push_back(a.score);
    scores_b_.push_back(b.score);
    const double difference = std::abs(a.score - b.score);
    sum_difference_ += difference;
    max_difference_ = std::max(max_difference_, difference);
    other_labels_ += a.label != b.label ? 1 : 0;
  }
}

std::vector<ScoreComparison::Score> ScoreComparison::ScoreAll(
    const LoadedModel& model, std::span<const std::string_view> events) {
  std::vector<Score> scores;
  scores.reserve(events.size());
  // A scorer's results are its own until it scores again: copied.
  for (const ScoredEvent& scored : scorer_.Score(model, events)) {
    scores.push_back({.rejected = scored.error != nullptr,
                      .score = scored.score,
                      .label = std::string(scored.label.value_or(""))});
  }
  return scores;
}

double ScoreComparison::mean_difference() const {
  return scores_a_.empty()
             ? 0.0
             : sum_difference_ / static_cast<double>(scores_a_.size());
}

double ScoreComparison::other_label_ratio() const {
  return scores_a_.empty() ? 0.0
                           : static_cast<double>(other_labels_) /
                                 static_cast<double>(scores_a_.size());
}

std::vector<double> ScoreComparison::Quantiles(std::vector<double> scores) {
  if (scores.empty()) return {};
  std::ranges::sort(scores);
  std::vector<double> quantiles;
  for (const double q : kQuantiles) {
    const double rank = q * static_cast<double>(scores.size() - 1);
    const auto below = static_cast<std::size_t>(rank);
    const std::size_t above = std::min(below + 1, scores.size() - 1);
    quantiles.push_back(std::lerp(scores[below], scores[above],
                                  rank - static_cast<double>(below)));
  }
  return quantiles;
}

}  // namespace tidemill
