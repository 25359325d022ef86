#include "tidemill/http/drift_verdict.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include <fmt/format.h>

namespace tidemill {
namespace {

std::optional<double> TimesThreshold(const DriftComparison& one) {
  if (!one.figure || !std::isfinite(*one.figure) || one.threshold <= 0.0) {
    return std::nullopt;
  }
  return std::max(0.0, *one.figure - one.allowed) / one.threshold;
}

constexpr std::string_view kShare = "_ratio";

/// "out of range" of out_of_range_ratio; "psi" of score_psi.
std::string WordOf(std::string_view name) {
  constexpr std::string_view kOfScore = "score_";
  if (name.starts_with(kOfScore)) name.remove_prefix(kOfScore.size());
  if (name.ends_with(kShare)) name.remove_suffix(kShare.size());
  std::string word(name);
  std::ranges::replace(word, '_', ' ');
  return word;
}

std::string NumberText(double value, bool is_share) {
  return is_share ? fmt::format("{:.3g} %", value * 100.0)
                  : fmt::format("{:.3g}", value);
}

/// "psi 0.31 over 0.1"; "missing 12 % over 6 %".
std::string WordsOf(const DriftComparison& one) {
  const bool is_share = one.name.ends_with(kShare);
  return fmt::format("{} {} over {}", WordOf(one.name),
                     NumberText(one.figure.value_or(0.0), is_share),
                     NumberText(one.threshold + one.allowed, is_share));
}

std::string WithCommas(std::uint64_t count) {
  std::string text = std::to_string(count);
  for (std::size_t i = text.size(); i > 3;) text.insert(i -= 3, 1, ',');
  return text;
}

std::string JoinOver(std::vector<DriftComparison> over) {
  std::ranges::stable_sort(over, std::greater<>(), TimesThreshold);
  std::string joined;
  for (const DriftComparison& one : over) {
    joined += (joined.empty() ? "" : ", ") + WordsOf(one);
  }
  return joined;
}

}  // namespace

std::string_view ToText(DriftState state) {
  static constexpr std::array<std::string_view, 3> kNames = {"drifted", "quiet",
                                                             "waiting"};
  return kNames[static_cast<std::size_t>(state)];
}

DriftVerdict Judge(const DriftReport& report, const DriftColumnReport& column,
                   const DriftThresholds& thresholds, bool is_score) {
  DriftVerdict verdict;
  std::vector<DriftComparison> over;
  for (const DriftComparison& one :
       CompareWithThresholds(column, thresholds, is_score)) {
    verdict.times_threshold =
        std::max(verdict.times_threshold, TimesThreshold(one));
    if (std::ranges::find(column.over, one.name) != column.over.end()) {
      over.push_back(one);
    }
  }
  if (!column.over.empty()) {
    verdict.state = DriftState::kDrifted;
    verdict.text = "drifted: " + JoinOver(std::move(over));
  } else if (report.window_events == 0) {
    verdict.text = "no events yet";
  } else if (report.window_events < report.min_events) {
    verdict.text = "not enough events yet (" +
                   WithCommas(report.window_events) + " of " +
                   WithCommas(report.min_events) + ")";
  } else {
    verdict.state = DriftState::kQuiet;
    verdict.text = "quiet";
  }
  return verdict;
}

}  // namespace tidemill
