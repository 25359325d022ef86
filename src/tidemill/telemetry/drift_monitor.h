#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include "tidemill/core/baseline.h"
#include "tidemill/core/clock.h"
#include "tidemill/core/schema.h"
#include "tidemill/telemetry/drift_counter.h"
#include "tidemill/telemetry/drift_figures.h"
#include "tidemill/telemetry/drift_window.h"

namespace tidemill {

/// Above them a figure is called drift; 0 turns one off. Exported as
/// tidemill_drift_threshold{statistic}, so that an alert is one expression.
/// The defaults' false alarms and delays: benchmarks/drift.
struct DriftThresholds {
  double psi = 0.1;
  double js_distance = 0.0;
  double ks = 0.06;
  double missing_ratio = 0.05;  ///< above the baseline's share
  double unseen_ratio = 0.02;
  double out_of_range_ratio = 0.02;
  double score_psi = 0.2;
};

struct NamedDriftThreshold {
  std::string_view name;
  double DriftThresholds::*value;
};

/// Their names in configs, labels and DriftColumnReport::over.
inline constexpr std::array<NamedDriftThreshold, 7> kDriftThresholds = {{
    {"psi", &DriftThresholds::psi},
    {"js_distance", &DriftThresholds::js_distance},
    {"ks", &DriftThresholds::ks},
    {"missing_ratio", &DriftThresholds::missing_ratio},
    {"unseen_ratio", &DriftThresholds::unseen_ratio},
    {"out_of_range_ratio", &DriftThresholds::out_of_range_ratio},
    {"score_psi", &DriftThresholds::score_psi},
}};

struct DriftOptions {
  DriftWindowSize window;
  std::uint64_t min_events = 5'000;  ///< below, no figure is called drift
  double sample = 1.0;    ///< share of events that is counted, above 0 to 1
  bool features = false;  ///< the pipeline's features too
  DriftThresholds thresholds;
};

struct DriftColumnReport {
  std::string feature;  ///< as in labels; "score" for the score
  BaselineKind kind = BaselineKind::kNumber;
  std::vector<std::string> bins;
  std::vector<double> baseline;  ///< shares per bin
  std::vector<double> window;    ///< shares per bin; all 0 without events
  DriftFigures figures;
  /// Statistics over their thresholds, by the thresholds' names; empty while
  /// the window has less than min_events.
  std::vector<std::string> over;
};

/// A figure beside the threshold that it is held against.
struct DriftComparison {
  std::string_view name;  ///< the threshold's
  std::optional<double> figure;
  double threshold = 0.0;  ///< 0: off
  double allowed = 0.0;    ///< below the threshold's 0: training's own share

  bool IsOver() const;
};

/// `column` is a feature's, or with `is_score` the score's.
/// Threads: a pure function.
std::vector<DriftComparison> CompareWithThresholds(
    const DriftColumnReport& column, const DriftThresholds& thresholds,
    bool is_score);

struct DriftReport {
  std::string model;
  std::uint32_t version = 0;
  std::uint64_t window_events = 0;  ///< of the sample
  std::chrono::nanoseconds window_length{0};
  std::uint64_t min_events = 0;
  std::vector<DriftColumnReport> features;
  std::optional<DriftColumnReport> score;
  std::vector<std::string> skipped;  ///< what is not watched, and why
};

struct DriftExport;

/// Watches the drift of the versions that are loaded, and exports it.
///
/// Series:  of a version, while its counts are held (docs/metrics.md, Drift);
///          counters read at the scrape, figures as of the last Update(). No
///          series is ever NaN: an undefined figure has none. With a sample
///          below 1 counters and window hold the sampled events.
/// Bounds:  at most kMaxCategoryBins + 3 bins per field or feature.
/// Threads: any may call anything; Update() one at a time.
class DriftMonitor final : public prometheus::Collectable {
 public:
  DriftMonitor(std::string service, DriftOptions options);

  /// The counts of a version, made when nobody holds them: a version that is
  /// served in two roles, or changes its role, has one set. Of two files under
  /// one version, the one asked for last is exported. What is not watched is
  /// logged once.
  DriftCountsPtr ForVersion(const std::string& model, std::uint32_t version,
                            const std::string& digest, const Schema& schema,
                            const std::vector<std::string>& feature_names,
                            const Baselines& baselines);

  /// Slides the windows and computes the figures; meant for every second. A
  /// version's window begins with the first one after ForVersion().
  void Update(SteadyTime now);

  /// Of every version that is held, as of the last Update().
  std::vector<DriftReport> Read() const;

  std::vector<prometheus::MetricFamily> Collect() const override;

  const DriftOptions& options() const { return options_; }

 private:
  struct Watched;

  /// Forgets the versions that nobody holds; mutex_ is held.
  void Prune();
  /// One per model and version.
  std::vector<DriftExport> Exported() const;

  std::string service_;
  DriftOptions options_;
  mutable std::mutex mutex_;
  /// By model, version and digest, in the order in which they were asked for.
  std::vector<std::shared_ptr<Watched>> watched_;  ///< guarded by mutex_
};

}  // namespace tidemill
