#include "tidemill/telemetry/drift_bins.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <limits>
#include <numeric>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "tidemill/telemetry/unique_labels.h"

namespace tidemill {
namespace {

constexpr std::string_view kBelow = "below";
constexpr std::string_view kAbove = "above";
constexpr std::string_view kMissing = "missing";
constexpr std::string_view kUnseen = "unseen";
constexpr std::string_view kOther = "other";
constexpr std::array kNamedBins = {kBelow, kAbove, kMissing, kUnseen, kOther};

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

std::string CategoryText(const std::string& text) {
  const bool quoted = text.starts_with('"') && text.ends_with('"');
  const bool named = std::ranges::find(kNamedBins, text) != kNamedBins.end();
  return text.empty() || named || quoted ? '"' + text + '"' : text;
}

/// A baseline of numbers with at most kMaxNumberBins bins.
struct NumberBins {
  std::vector<double> edges;
  std::vector<std::uint64_t> counts;
};

NumberBins JoinNeighbours(const Baseline& baseline) {
  const std::size_t bins = baseline.counts.size();
  const std::size_t together =
      (bins + DriftBins::kMaxNumberBins - 1) / DriftBins::kMaxNumberBins;
  NumberBins joined;
  for (std::size_t first = 0; first < bins; first += together) {
    const std::size_t end = std::min(first + together, bins);
    // Without the sign of -0.0, which is no other number.
    joined.edges.push_back(baseline.edges[first] + 0.0);
    std::uint64_t& count = joined.counts.emplace_back(0);
    for (std::size_t i = first; i < end; ++i) count += baseline.counts[i];
  }
  if (bins > 0) joined.edges.push_back(baseline.edges.back() + 0.0);
  return joined;
}

/// The least value of each bin but the first one, below.
std::vector<double> StepsOf(const std::vector<double>& edges) {
  std::vector<double> steps = edges;
  // The last bin has its upper edge too; above begins behind it.
  if (!steps.empty()) steps.back() = std::nextafter(steps.back(), kInfinity);
  return steps;
}

/// The categories that get a bin of their own, in dictionary order.
std::vector<std::size_t> MostFrequent(const Baseline& baseline) {
  std::vector<std::size_t> codes(baseline.categories.size());
  std::iota(codes.begin(), codes.end(), std::size_t{0});
  if (codes.size() <= DriftBins::kMaxCategoryBins) return codes;
  const auto end = codes.begin() + DriftBins::kMaxCategoryBins;
  std::partial_sort(codes.begin(), end, codes.end(),
                    [&](std::size_t a, std::size_t b) {
                      const std::uint64_t count_a = baseline.counts[a];
                      const std::uint64_t count_b = baseline.counts[b];
                      return count_a != count_b ? count_a > count_b : a < b;
                    });
  codes.erase(end, codes.end());
  std::ranges::sort(codes);
  return codes;
}

}  // namespace

std::string DriftBins::WhatIsWrong(const Baseline& baseline) {
  const bool numbers = baseline.kind == BaselineKind::kNumber;
  const std::size_t places =
      numbers ? baseline.edges.size() : baseline.categories.size();
  const std::size_t bins = numbers && places > 0 ? places - 1 : places;
  if (places != 0 && bins == 0) return "a baseline with one edge";
  if (baseline.counts.size() != bins) {
    return fmt::format("a baseline of {} bins with {} counts", bins,
                       baseline.counts.size());
  }
  const bool empty =
      std::ranges::all_of(baseline.counts, [](auto n) { return n == 0; });
  if (empty && baseline.missing == 0) return "a baseline without rows";
  return {};
}

DriftBins::DriftBins(const Baseline& baseline) : kind_(baseline.kind) {
  assert(WhatIsWrong(baseline).empty());
  steps_.fill(kNaN);
  if (kind_ == BaselineKind::kNumber) {
    BuildNumber(baseline);
  } else {
    BuildCategory(baseline);
  }
  labels_.emplace_back(kMissing);
  baseline_.push_back(baseline.missing);
  assert(labels_.size() == baseline_.size());
}

void DriftBins::BuildNumber(const Baseline& baseline) {
  const auto [edges, counts] = JoinNeighbours(baseline);
  if (!edges.empty()) {
    labels_.emplace_back(kBelow);
    baseline_.push_back(0);
    positions_.push_back(edges.front());
  }
  for (std::size_t i = 0; i < counts.size(); ++i) {
    labels_.push_back(fmt::format("[{},{}{}", edges[i], edges[i + 1],
                                  i + 1 < counts.size() ? ')' : ']'));
    baseline_.push_back(counts[i]);
    positions_.push_back(std::midpoint(edges[i], edges[i + 1]));
  }
  labels_.emplace_back(kAbove);
  baseline_.push_back(0);
  positions_.push_back(edges.empty() ? 0.0 : edges.back());

  std::vector<double> steps = StepsOf(edges);
  if (steps.size() <= kFewSteps) {
    std::ranges::copy(steps, steps_.begin());
  } else {
    many_steps_ = std::move(steps);
  }
}

void DriftBins::BuildCategory(const Baseline& baseline) {
  const std::vector<std::size_t> own = MostFrequent(baseline);
  const bool with_other = own.size() < baseline.categories.size();
  const std::size_t other = own.size();
  const std::size_t unseen = other + (with_other ? 1 : 0);

  UniqueLabels unique;
  for (const std::string_view name : kNamedBins) unique.Make(name);
  bin_of_code_.assign(kFirstCode + baseline.categories.size(),
                      static_cast<std::uint16_t>(other));
  bin_of_code_[0] = static_cast<std::uint16_t>(unseen);
  bin_of_code_[1] = static_cast<std::uint16_t>(unseen + 1);
  std::uint64_t others = std::accumulate(
      baseline.counts.begin(), baseline.counts.end(), std::uint64_t{0});
  for (const std::size_t code : own) {
    bin_of_code_[kFirstCode + code] =
        static_cast<std::uint16_t>(labels_.size());
    labels_.push_back(unique.Make(CategoryText(baseline.categories[code])));
    baseline_.push_back(baseline.counts[code]);
    others -= baseline.counts[code];
  }
  if (with_other) {
    labels_.emplace_back(kOther);
    baseline_.push_back(others);
  }
  labels_.emplace_back(kUnseen);
  baseline_.push_back(0);
}

std::size_t DriftBins::BinAmongMany(double value) const {
  if (std::isnan(value)) return missing_bin();
  return static_cast<std::size_t>(
      std::upper_bound(many_steps_.begin(), many_steps_.end(), value) -
      many_steps_.begin());
}

}  // namespace tidemill
