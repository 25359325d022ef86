#include "tidemill/http/drift_verdict.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include <fmt/format.h>

namespace tidemill {
namespace {

/// A figure beside the threshold that it is held against.
struct Comparison {
  std::string_view name;  ///< the threshold's
  std::string_view word;
  std::optional<double> figure;
  double threshold = 0.0;
  double allowed = 0.0;  ///< what is below the threshold's 0: training's share
  bool is_share = false;
};

double TrainingsMissing(const DriftColumnReport& column) {
  return column.baseline.empty() ? 0.0 : column.baseline.back();
}

std::vector<Comparison> ComparisonsOf(const DriftColumnReport& column,
                                      const DriftThresholds& thresholds,
                                      bool is_score) {
  const DriftFigures& figures = column.figures;
  if (is_score) {
    return {{.name = "score_psi",
             .word = "psi",
             .figure = figures.psi,
             .threshold = thresholds.score_psi}};
  }
  return {{.name = "psi",
           .word = "psi",
           .figure = figures.psi,
           .threshold = thresholds.psi},
          {.name = "js_distance",
           .word = "js distance",
           .figure = figures.js_distance,
           .threshold = thresholds.js_distance},
          {.name = "ks",
           .word = "ks",
           .figure = figures.ks,
           .threshold = thresholds.ks},
          {.name = "missing_ratio",
           .word = "missing",
           .figure = figures.missing_ratio,
           .threshold = thresholds.missing_ratio,
           .allowed = TrainingsMissing(column),
           .is_share = true},
          {.name = "unseen_ratio",
           .word = "unseen",
           .figure = figures.unseen_ratio,
           .threshold = thresholds.unseen_ratio,
           .is_share = true},
          {.name = "out_of_range_ratio",
           .word = "out of range",
           .figure = figures.out_of_range_ratio,
           .threshold = thresholds.out_of_range_ratio,
           .is_share = true}};
}

std::optional<double> TimesThreshold(const Comparison& one) {
  if (!one.figure || !std::isfinite(*one.figure) || one.threshold <= 0.0) {
    return std::nullopt;
  }
  return std::max(0.0, *one.figure - one.allowed) / one.threshold;
}

std::string NumberText(double value, bool is_share) {
  return is_share ? fmt::format("{:.3g} %", value * 100.0)
                  : fmt::format("{:.3g}", value);
}

/// "psi 0.31 over 0.1"; "missing 12 % over 6 %".
std::string WordsOf(const Comparison& one) {
  return fmt::format("{} {} over {}", one.word,
                     NumberText(one.figure.value_or(0.0), one.is_share),
                     NumberText(one.threshold + one.allowed, one.is_share));
}

std::string WithCommas(std::uint64_t count) {
  std::string text = std::to_string(count);
  for (std::size_t i = text.size(); i > 3;) text.insert(i -= 3, 1, ',');
  return text;
}

std::string JoinOver(std::vector<Comparison> over) {
  std::ranges::stable_sort(over, std::greater<>(), TimesThreshold);
  std::string joined;
  for (const Comparison& one : over) {
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
  std::vector<Comparison> over;
  for (const Comparison& one : ComparisonsOf(column, thresholds, is_score)) {
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
