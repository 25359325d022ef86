#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "tidemill/telemetry/drift_bins.h"

namespace tidemill {

/// One field, feature or score over the window. Only what is defined is set:
/// no figure without events; psi, js_distance and chi2_pvalue only beside a
/// baseline with rows; ks, wasserstein and out_of_range_ratio of numbers,
/// chi2_pvalue and unseen_ratio of categories; ks and wasserstein, which leave
/// missing values out, only when both sides have others. All are finite.
struct DriftFigures {
  std::optional<double> psi;
  std::optional<double> js_distance;
  std::optional<double> ks;
  std::optional<double> chi2_pvalue;
  std::optional<double> wasserstein;  ///< in the field's own unit
  std::optional<double> missing_ratio;
  std::optional<double> unseen_ratio;
  std::optional<double> out_of_range_ratio;
};

struct NamedDriftFigure {
  std::string_view name;
  std::optional<double> DriftFigures::*value;
};

/// Their names in metrics (tidemill_feature_psi), thresholds and JSON.
inline constexpr std::array<NamedDriftFigure, 8> kDriftFigures = {{
    {"psi", &DriftFigures::psi},
    {"js_distance", &DriftFigures::js_distance},
    {"ks", &DriftFigures::ks},
    {"chi2_pvalue", &DriftFigures::chi2_pvalue},
    {"wasserstein", &DriftFigures::wasserstein},
    {"missing_ratio", &DriftFigures::missing_ratio},
    {"unseen_ratio", &DriftFigures::unseen_ratio},
    {"out_of_range_ratio", &DriftFigures::out_of_range_ratio},
}};

/// `counts` has bins.size() entries. The ratios are shares of all events.
/// Threads: a pure function.
DriftFigures CompareWithBaseline(const DriftBins& bins,
                                 std::span<const std::uint64_t> counts);

}  // namespace tidemill
