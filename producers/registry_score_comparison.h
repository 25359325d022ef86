#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tidemill/scoring/batch_scorer.h"
#include "tidemill/scoring/loaded_model.h"

namespace tidemill {

/// How differently two models score the same events, of those that both can
/// score.
class ScoreComparison {
 public:
  ScoreComparison(LoadedModelPtr a, LoadedModelPtr b);

  void Add(std::span<const std::string_view> events);

  std::uint64_t events() const { return scores_a_.size(); }
  std::uint64_t rejected_a() const { return rejected_a_; }
  std::uint64_t rejected_b() const { return rejected_b_; }
  /// Of |a - b|; 0 of no events.
  double mean_difference() const;
  double max_difference() const { return max_difference_; }
  /// Share of the events with another label; 0 where there are no labels.
  double other_label_ratio() const;

  static constexpr std::array<double, 7> kQuantiles = {0.0,  0.05, 0.25, 0.5,
                                                       0.75, 0.95, 1.0};
  /// At kQuantiles, interpolated between the nearest ranks; empty of no
  /// events.
  std::vector<double> QuantilesOfA() const { return Quantiles(scores_a_); }
  std::vector<double> QuantilesOfB() const { return Quantiles(scores_b_); }

 private:
  struct Score {
    bool rejected = false;
    double score = 0.0;
    std::string label;
  };
  std::vector<Score> ScoreAll(const LoadedModel& model,
                              std::span<const std::string_view> events);
  static std::vector<double> Quantiles(std::vector<double> scores);

  LoadedModelPtr a_;
  LoadedModelPtr b_;
  BatchScorer scorer_;
  std::vector<double> scores_a_;
  std::vector<double> scores_b_;
  std::uint64_t rejected_a_ = 0;
  std::uint64_t rejected_b_ = 0;
  std::uint64_t other_labels_ = 0;
  double sum_difference_ = 0.0;
  double max_difference_ = 0.0;
};

}  // namespace tidemill
