#include "tidemill/training/threshold_choice.h"

#include <algorithm>
#include <cassert>
#include <limits>
#include <numeric>
#include <vector>

#include "tidemill/core/errors.h"

namespace tidemill {
namespace {

/// Answers at one threshold, in rows.
struct Answers {
  double true_positives = 0.0;
  double false_positives = 0.0;
  double positives = 0.0;  ///< in truth
  double negatives = 0.0;
};

/// The greater, the better.
double Merit(const ThresholdConfig& config, const Answers& a) {
  switch (config.rule) {
    case ThresholdRule::kF1:
      return 2.0 * a.true_positives /
             (a.positives + a.true_positives + a.false_positives);
    case ThresholdRule::kYouden:
      // Of whole numbers up to the division, so that equals are equal.
      return (a.true_positives * a.negatives -
              a.false_positives * a.positives) /
             (a.positives * a.negatives);
    case ThresholdRule::kCost:
      return -(config.false_positive * a.false_positives +
               config.false_negative * (a.positives - a.true_positives)) /
             (a.positives + a.negatives);
    case ThresholdRule::kGiven:
      break;
  }
  return 0.0;
}

}  // namespace

ChosenThreshold ChooseThreshold(const ThresholdConfig& config,
                                std::span<const double> truth,
                                std::span<const double> scores) {
  assert(truth.size() == scores.size());
  if (config.rule == ThresholdRule::kGiven) return {.value = config.value};
  Answers answers;
  for (const double y : truth)
    (y > 0.5 ? answers.positives : answers.negatives) += 1.0;
  if (answers.positives == 0.0 || answers.negatives == 0.0) {
    throw DataError({.where = "threshold",
                     .expected = "held-out rows of both classes to choose it "
                                 "by (set split.stratify)",
                     .got = "one class only"});
  }
  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return scores[a] > scores[b];
  });
  ChosenThreshold best{.rule = config.rule};
  double best_merit = -std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < order.size(); ++i) {
    (truth[order[i]] > 0.5 ? answers.true_positives
                           : answers.false_positives) += 1.0;
    const double score = scores[order[i]];
    if (i + 1 < order.size() && scores[order[i + 1]] == score) continue;
    const double merit = Merit(config, answers);
    // Scores fall: one that is as good as those before is the least so far.
    if (merit >= best_merit) {
      best_merit = merit;
      best.value = score;
    }
  }
  best.figure = config.rule == ThresholdRule::kCost ? -best_merit : best_merit;
  return best;
}

}  // namespace tidemill
