#include "consumers/top/bins.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <optional>
#include <span>
#include <string_view>
#include <system_error>
#include <vector>

#include "tidemill/core/number_text.h"
#include "tidemill/telemetry/drift_statistics.h"

namespace tidemill {
namespace {

constexpr std::size_t kMaxBins = 1000;
constexpr double kMaxTotal = 9007199254740992.0;  // 2^53: whole numbers end
/// Stands in for the rows of a baseline where only shares matter: a share
/// rounds by less than 1e-15.
constexpr double kFineRows = 1125899906842624.0;  // 2^50
constexpr double kMaxShares = 1.0 + 1e-6;

struct Interval {
  double lower = 0.0;
  double upper = 0.0;
};

std::optional<double> ParseEdge(std::string_view text) {
  const auto edge = ParseNumber<double>(text);
  return edge && std::isfinite(*edge) ? edge : std::nullopt;
}

/// "[0,12.5)", the last one "[70,118.75]".
std::optional<Interval> ParseInterval(std::string_view label) {
  const std::size_t comma = label.find(',');
  if (comma == std::string_view::npos || !label.starts_with('[') ||
      (!label.ends_with(')') && !label.ends_with(']'))) {
    return std::nullopt;
  }
  const auto lower = ParseEdge(label.substr(1, comma - 1));
  const auto upper =
      ParseEdge(label.substr(comma + 1, label.size() - comma - 2));
  if (!lower || !upper || *lower > *upper) return std::nullopt;
  return Interval{*lower, *upper};
}

/// A number's bins in rising order, `missing` left out.
struct RisingBins {
  std::vector<std::string> labels;
  std::vector<double> positions;
};

/// Nothing when a label is no interval.
std::optional<RisingBins> InRisingOrder(const BinValues& bins) {
  std::vector<std::pair<Interval, std::string>> learned;
  for (const auto& [label, value] : bins) {
    if (label == "below" || label == "above" || label == "missing") continue;
    const auto interval = ParseInterval(label);
    if (!interval) return std::nullopt;
    learned.emplace_back(*interval, label);
  }
  std::sort(learned.begin(), learned.end(), [](const auto& a, const auto& b) {
    return a.first.lower < b.first.lower;
  });
  RisingBins rising;
  const auto add = [&](const std::string& label, double position) {
    rising.labels.push_back(label);
    rising.positions.push_back(position);
  };
  if (bins.contains("below") && !learned.empty()) {
    add("below", learned.front().first.lower);
  }
  for (const auto& [interval, label] : learned) {
    add(label, std::midpoint(interval.lower, interval.upper));
  }
  add("above", learned.empty() ? 0.0 : learned.back().first.upper);
  return rising;
}

using Counts = std::vector<std::uint64_t>;

std::uint64_t Total(const Counts& counts) {
  return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

/// Both sides over the same bins, as whole numbers.
class Sides {
 public:
  Sides(const BinValues& counts, const BinValues& baseline, double rows)
      : counts_(&counts), baseline_(&baseline), rows_(rows) {}

  void Add(const std::string& label) {
    const auto count = counts_->find(label);
    const double here = count == counts_->end() ? 0.0 : count->second;
    here_.push_back(static_cast<std::uint64_t>(std::llround(here)));
    there_.push_back(
        static_cast<std::uint64_t>(std::llround(baseline_->at(label) * rows_)));
  }
  const Counts& here() const { return here_; }
  const Counts& there() const { return there_; }

 private:
  const BinValues* counts_;
  const BinValues* baseline_;
  double rows_;
  Counts here_;
  Counts there_;
};

void CompareInOrder(const BinValues& counts, const BinValues& baseline,
                    double rows, DriftFigures& figures) {
  const auto rising = InRisingOrder(baseline);
  if (!rising) return;
  Sides sides(counts, baseline, rows);
  for (const std::string& label : rising->labels) sides.Add(label);
  if (Total(sides.here()) == 0 || Total(sides.there()) == 0) return;
  figures.ks = KolmogorovSmirnov(sides.here(), sides.there());
  const double distance =
      Wasserstein(sides.here(), sides.there(), rising->positions);
  if (std::isfinite(distance)) figures.wasserstein = distance;
}

double CountOf(const BinValues& counts, const std::string& label) {
  const auto found = counts.find(label);
  return found == counts.end() ? 0.0 : found->second;
}

std::string ProblemOf(const BinValues& counts, const BinValues& baseline) {
  if (baseline.empty()) return "no baseline";
  if (baseline.size() > kMaxBins) return "more than 1000 bins";
  for (const auto& [label, count] : counts) {
    if (!baseline.contains(label)) return "a bin without a baseline";
  }
  const double most = std::max_element(baseline.begin(), baseline.end(),
                                       [](const auto& a, const auto& b) {
                                         return a.second < b.second;
                                       })
                          ->second;
  if (most > 1.0 || SumOf(baseline) > kMaxShares) {
    return "a baseline of more than everything";
  }
  if (SumOf(counts) > kMaxTotal) return "counts beyond 2^53";
  return {};
}

}  // namespace

double SumOf(const BinValues& values) {
  double sum = 0.0;
  for (const auto& [label, value] : values) sum += value;
  return sum;
}

DriftFigures FiguresOfBins(const BinValues& counts, const BinValues& baseline,
                           const double* baseline_rows, std::string& problem) {
  DriftFigures figures;
  problem = ProblemOf(counts, baseline);
  const double total = SumOf(counts);
  if (!problem.empty() || total == 0.0) return figures;
  const bool category = baseline.contains("unseen");
  figures.missing_ratio = CountOf(counts, "missing") / total;
  if (category) {
    figures.unseen_ratio = CountOf(counts, "unseen") / total;
  } else {
    figures.out_of_range_ratio =
        (CountOf(counts, "below") + CountOf(counts, "above")) / total;
  }
  const double rows = baseline_rows == nullptr ? kFineRows : *baseline_rows;
  Sides sides(counts, baseline, rows);
  for (const auto& [label, share] : baseline) sides.Add(label);
  if (Total(sides.there()) == 0) return figures;
  figures.psi = Psi(sides.here(), sides.there());
  figures.js_distance = JensenShannonDistance(sides.here(), sides.there());
  if (category && baseline_rows != nullptr) {
    figures.chi2_pvalue = Chi2PValue(sides.here(), sides.there());
  }
  if (!category) CompareInOrder(counts, baseline, rows, figures);
  return figures;
}

}  // namespace tidemill
