#include "tidemill/training/metrics.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

namespace tidemill {
namespace {

/// Mean of `term(truth, score)` over the rows.
template <typename Term>
double MeanOf(std::span<const double> truth, std::span<const double> scores,
              Term term) {
  assert(truth.size() == scores.size());
  double sum = 0.0;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    sum += term(truth[i], scores[i]);
  }
  return sum / static_cast<double>(truth.size());
}

double Square(double x) { return x * x; }

}  // namespace

double RocAuc(std::span<const double> truth, std::span<const double> scores) {
  assert(truth.size() == scores.size());
  std::vector<std::size_t> order(truth.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return scores[a] < scores[b];
  });
  // Mann and Whitney: the sum of the positive rows' ranks, ties sharing theirs.
  double positives = 0.0;
  double rank_sum = 0.0;
  for (std::size_t begin = 0; begin < order.size();) {
    std::size_t end = begin;
    double tied = 0.0;
    while (end < order.size() && scores[order[end]] == scores[order[begin]]) {
      if (truth[order[end]] > 0.5) tied += 1.0;
      ++end;
    }
    rank_sum += tied * (static_cast<double>(begin + 1 + end) / 2.0);
    positives += tied;
    begin = end;
  }
  const double negatives = static_cast<double>(truth.size()) - positives;
  if (positives == 0.0 || negatives == 0.0) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  return (rank_sum - positives * (positives + 1.0) / 2.0) /
         (positives * negatives);
}

double LogLoss(std::span<const double> truth, std::span<const double> scores) {
  return MeanOf(truth, scores, [](double y, double p) {
    constexpr double kEpsilon = std::numeric_limits<double>::epsilon();
    const double clipped = std::clamp(p, kEpsilon, 1.0 - kEpsilon);
    return -std::log(y > 0.5 ? clipped : 1.0 - clipped);
  });
}

double BrierScore(std::span<const double> truth,
                  std::span<const double> scores) {
  return MeanOf(truth, scores,
                [](double y, double p) { return Square(p - y); });
}

double Accuracy(std::span<const double> truth, std::span<const double> scores,
                double threshold) {
  return MeanOf(truth, scores, [threshold](double y, double p) {
    return (p >= threshold) == (y > 0.5) ? 1.0 : 0.0;
  });
}

double RootMeanSquaredError(std::span<const double> truth,
                            std::span<const double> scores) {
  return std::sqrt(
      MeanOf(truth, scores, [](double y, double p) { return Square(p - y); }));
}

double MeanAbsoluteError(std::span<const double> truth,
                         std::span<const double> scores) {
  return MeanOf(truth, scores,
                [](double y, double p) { return std::abs(p - y); });
}

double RSquared(std::span<const double> truth, std::span<const double> scores) {
  const double mean =
      MeanOf(truth, truth, [](double y, double /*p*/) { return y; });
  const double total = MeanOf(truth, truth, [mean](double y, double /*p*/) {
    return Square(y - mean);
  });
  const double rest =
      MeanOf(truth, scores, [](double y, double p) { return Square(p - y); });
  if (total == 0.0) return rest == 0.0 ? 1.0 : 0.0;
  return 1.0 - rest / total;
}

Metrics BinaryMetrics(std::span<const double> truth,
                      std::span<const double> scores, double threshold) {
  Metrics metrics;
  const double auc = RocAuc(truth, scores);
  if (!std::isnan(auc)) metrics.emplace_back("roc_auc", auc);
  metrics.emplace_back("log_loss", LogLoss(truth, scores));
  metrics.emplace_back("brier", BrierScore(truth, scores));
  metrics.emplace_back("accuracy", Accuracy(truth, scores, threshold));
  return metrics;
}

Metrics RegressionMetrics(std::span<const double> truth,
                          std::span<const double> scores) {
  return {{"rmse", RootMeanSquaredError(truth, scores)},
          {"mae", MeanAbsoluteError(truth, scores)},
          {"r2", RSquared(truth, scores)}};
}

}  // namespace tidemill
