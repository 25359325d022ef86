#include "tidemill/telemetry/drift_series.h"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

namespace tidemill {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using LabelList = std::vector<ClientMetric::Label>;

/// In the order of their names.
enum Metric : std::size_t {
  kBaselineRows,
  kMinEvents,
  kSampleRatio,
  kSkippedColumns,
  kThreshold,
  kWindowEvents,
  kWindowSeconds,
  kFeatureBaselineRatio,
  kFeatureBins,
  kFeatureChi2PValue,
  kFeatureJsDistance,
  kFeatureKs,
  kFeatureMissingRatio,
  kFeatureOutOfRangeRatio,
  kFeaturePsi,
  kFeatureUnseenRatio,
  kFeatureWasserstein,
  kScoreBaselineRatio,
  kScoreBins,
  kScorePsi,
  kNumMetrics,
};

struct Description {
  const char* name;
  const char* help;
  MetricType type = MetricType::Gauge;
};

constexpr std::array<Description, kNumMetrics> kDescriptions = {{
    {"tidemill_drift_baseline_rows", "Training rows behind the baselines."},
    {"tidemill_drift_min_events",
     "Events in the window below which no figure is called drift."},
    {"tidemill_drift_sample_ratio", "Share of the events that is counted."},
    {"tidemill_drift_skipped_columns",
     "Columns whose drift cannot be watched; the log says why."},
    {"tidemill_drift_threshold", "Above it a figure is called drift."},
    {"tidemill_drift_window_events", "Events counted in the window."},
    {"tidemill_drift_window_seconds", "Length of the window."},
    {"tidemill_feature_baseline_ratio",
     "Share of the training rows in each bin."},
    {"tidemill_feature_bin_total", "Events counted in each bin.",
     MetricType::Counter},
    {"tidemill_feature_chi2_pvalue",
     "Chance of such counts if nothing has changed, over the window."},
    {"tidemill_feature_js_distance",
     "Jensen-Shannon distance from the baseline over the window."},
    {"tidemill_feature_ks",
     "Kolmogorov-Smirnov distance from the baseline over the window."},
    {"tidemill_feature_missing_ratio",
     "Share of events without a value over the window."},
    {"tidemill_feature_out_of_range_ratio",
     "Share of events below or above all of training over the window."},
    {"tidemill_feature_psi",
     "Population stability index against the baseline over the window."},
    {"tidemill_feature_unseen_ratio",
     "Share of events with an unknown category over the window."},
    {"tidemill_feature_wasserstein",
     "Wasserstein distance from the baseline over the window, in the "
     "feature's unit."},
    {"tidemill_score_baseline_ratio",
     "Share of the held-out rows in each bin."},
    {"tidemill_score_bin_total", "Scores counted in each bin.",
     MetricType::Counter},
    {"tidemill_score_psi",
     "Population stability index of the scores over the window."},
}};

/// The families of one scrape while they are filled.
class Families {
 public:
  explicit Families(std::string service)
      : base_{{.name = "service", .value = std::move(service)}} {
    for (std::size_t i = 0; i < kNumMetrics; ++i) {
      families_[i].name = kDescriptions[i].name;
      families_[i].help = kDescriptions[i].help;
      families_[i].type = kDescriptions[i].type;
    }
  }

  void Add(Metric metric, const LabelList& labels, double value) {
    ClientMetric& added = families_[metric].metric.emplace_back();
    added.label.reserve(base_.size() + labels.size());
    added.label = base_;
    added.label.insert(added.label.end(), labels.begin(), labels.end());
    if (families_[metric].type == MetricType::Counter) {
      added.counter.value = value;
    } else {
      added.gauge.value = value;
    }
  }

  /// What is undefined has no series.
  void Add(Metric metric, const LabelList& labels,
           const std::optional<double>& value) {
    if (value) Add(metric, labels, *value);
  }

  std::vector<MetricFamily> Take() {
    std::vector<MetricFamily> taken;
    for (MetricFamily& family : families_) {
      if (!family.metric.empty()) taken.push_back(std::move(family));
    }
    return taken;
  }

 private:
  LabelList base_;
  std::array<MetricFamily, kNumMetrics> families_;
};

LabelList With(LabelList labels, const char* name, std::string value) {
  labels.push_back({.name = name, .value = std::move(value)});
  return labels;
}

/// Counter and baseline of every bin.
void AddBins(const DriftColumnReport& column,
             std::span<const std::uint64_t> counts, const LabelList& labels,
             Metric counter, Metric baseline, Families& families) {
  for (std::size_t i = 0; i < column.bins.size(); ++i) {
    const LabelList of_bin = With(labels, "bin", column.bins[i]);
    families.Add(counter, of_bin, static_cast<double>(counts[i]));
    families.Add(baseline, of_bin, column.baseline[i]);
  }
}

void AddFigures(const DriftFigures& figures, const LabelList& labels,
                Families& families) {
  families.Add(kFeaturePsi, labels, figures.psi);
  families.Add(kFeatureJsDistance, labels, figures.js_distance);
  families.Add(kFeatureKs, labels, figures.ks);
  families.Add(kFeatureChi2PValue, labels, figures.chi2_pvalue);
  families.Add(kFeatureWasserstein, labels, figures.wasserstein);
  families.Add(kFeatureMissingRatio, labels, figures.missing_ratio);
  families.Add(kFeatureUnseenRatio, labels, figures.unseen_ratio);
  families.Add(kFeatureOutOfRangeRatio, labels, figures.out_of_range_ratio);
}

void AddVersion(const DriftReport& report, const DriftCounts& counts,
                Families& families) {
  const LabelList labels = {
      {.name = "model", .value = report.model},
      {.name = "version", .value = std::to_string(report.version)}};
  families.Add(kWindowEvents, labels,
               static_cast<double>(report.window_events));
  families.Add(kWindowSeconds, labels,
               std::chrono::duration<double>(report.window_length).count());
  families.Add(kBaselineRows, labels,
               static_cast<double>(counts.layout().baseline_rows()));
  families.Add(kSkippedColumns, labels,
               static_cast<double>(report.skipped.size()));

  std::vector<std::uint64_t> totals;
  counts.Read(totals);
  auto feature = report.features.begin();
  for (const DriftLayout::Column& column : counts.layout().columns()) {
    const auto of_column =
        std::span(totals).subspan(column.first_slot, column.bins.size());
    if (column.source == DriftLayout::Source::kScore) {
      AddBins(*report.score, of_column, labels, kScoreBins, kScoreBaselineRatio,
              families);
      families.Add(kScorePsi, labels, report.score->figures.psi);
    } else {
      const LabelList of_feature = With(labels, "feature", feature->feature);
      AddBins(*feature, of_column, of_feature, kFeatureBins,
              kFeatureBaselineRatio, families);
      AddFigures(feature->figures, of_feature, families);
      ++feature;
    }
  }
}

void AddOptions(const DriftOptions& options, Families& families) {
  families.Add(kMinEvents, {}, static_cast<double>(options.min_events));
  families.Add(kSampleRatio, {}, options.sample);
  for (const auto& [name, member] : kDriftThresholds) {
    const double threshold = options.thresholds.*member;
    if (threshold <= 0.0) continue;
    families.Add(kThreshold,
                 {{.name = "statistic", .value = std::string(name)}},
                 threshold);
  }
}

}  // namespace

std::vector<MetricFamily> DriftFamilies(
    const std::string& service, const DriftOptions& options,
    const std::vector<DriftExport>& versions) {
  Families families(service);
  AddOptions(options, families);
  for (const DriftExport& version : versions) {
    AddVersion(*version.report, *version.counts, families);
  }
  return families.Take();
}

}  // namespace tidemill
