#include "tidemill/telemetry/drift_monitor.h"

#include <algorithm>
#include <map>
#include <optional>
#include <span>
#include <utility>

#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

#include "tidemill/telemetry/drift_series.h"
#include "tidemill/telemetry/drift_statistics.h"
#include "tidemill/telemetry/label_text.h"

namespace tidemill {
namespace {

using Source = DriftLayout::Source;

constexpr std::size_t kMaxLogged = 10;

std::vector<std::string> OverThresholds(const DriftColumnReport& column,
                                        Source source,
                                        const DriftThresholds& thresholds) {
  std::vector<std::string> over;
  for (const DriftComparison& one :
       CompareWithThresholds(column, thresholds, source == Source::kScore)) {
    if (one.IsOver()) over.emplace_back(one.name);
  }
  return over;
}

DriftColumnReport EmptyColumn(const DriftLayout::Column& column) {
  return {.feature = column.source == Source::kScore ? "score" : column.label,
          .kind = column.bins.kind(),
          .bins = column.bins.labels(),
          .baseline = Shares(column.bins.baseline()),
          .window = std::vector<double>(column.bins.size()),
          .figures = {},
          .over = {}};
}

/// Of a version of which nothing is counted yet.
DriftReport EmptyReport(std::string model, std::uint32_t version,
                        const DriftLayout& layout,
                        const DriftOptions& options) {
  DriftReport report;
  report.model = std::move(model);
  report.version = version;
  report.min_events = options.min_events;
  report.skipped = layout.skipped();
  for (const DriftLayout::Column& column : layout.columns()) {
    if (column.source == Source::kScore) {
      report.score = EmptyColumn(column);
    } else {
      report.features.push_back(EmptyColumn(column));
    }
  }
  return report;
}

void FillReport(const DriftLayout& layout, const DriftWindow& window,
                const DriftOptions& options, DriftReport& report) {
  report.window_events = window.events();
  report.window_length = window.length();
  const bool enough = report.window_events >= report.min_events;
  auto feature = report.features.begin();
  for (const DriftLayout::Column& column : layout.columns()) {
    DriftColumnReport& filled =
        column.source == Source::kScore ? *report.score : *feature++;
    const auto counts = std::span(window.counts())
                            .subspan(column.first_slot, column.bins.size());
    filled.window = Shares(counts);
    filled.figures = CompareWithBaseline(column.bins, counts);
    filled.over.clear();
    if (enough) {
      filled.over = OverThresholds(filled, column.source, options.thresholds);
    }
  }
}

void LogSkipped(const DriftReport& report) {
  const std::vector<std::string>& skipped = report.skipped;
  if (skipped.empty()) return;
  const auto shown =
      std::span(skipped).first(std::min(skipped.size(), kMaxLogged));
  spdlog::warn("drift of {}@{}: {} columns are not watched: {}{}", report.model,
               report.version, skipped.size(), fmt::join(shown, "; "),
               shown.size() < skipped.size() ? "; ..." : "");
}

}  // namespace

bool DriftComparison::IsOver() const {
  return threshold > 0.0 && figure && *figure - allowed > threshold;
}

std::vector<DriftComparison> CompareWithThresholds(
    const DriftColumnReport& column, const DriftThresholds& thresholds,
    bool is_score) {
  if (is_score) {
    return {{.name = "score_psi",
             .figure = column.figures.psi,
             .threshold = thresholds.score_psi}};
  }
  std::vector<DriftComparison> comparisons;
  for (const auto& [name, threshold] : kDriftThresholds) {
    const auto figure =
        std::ranges::find(kDriftFigures, name, &NamedDriftFigure::name);
    if (figure == kDriftFigures.end()) continue;  // the score's
    const bool missing = name == "missing_ratio" && !column.baseline.empty();
    comparisons.push_back({.name = name,
                           .figure = column.figures.*figure->value,
                           .threshold = thresholds.*threshold,
                           .allowed = missing ? column.baseline.back() : 0.0});
  }
  return comparisons;
}

struct DriftMonitor::Watched {
  std::string model;  ///< as in labels
  std::uint32_t version = 0;
  std::string digest;
  std::weak_ptr<DriftCounts> counts;
  std::optional<DriftWindow> window;          ///< Update()'s
  std::shared_ptr<const DriftReport> report;  ///< guarded by mutex_
};

DriftMonitor::DriftMonitor(std::string service, DriftOptions options)
    : service_(std::move(service)), options_(options) {}

DriftCountsPtr DriftMonitor::ForVersion(
    const std::string& model, std::uint32_t version, const std::string& digest,
    const Schema& schema, const std::vector<std::string>& feature_names,
    const Baselines& baselines) {
  const std::string label = LabelText(model);
  const std::lock_guard lock(mutex_);
  Prune();
  const auto same = std::ranges::find_if(watched_, [&](const auto& one) {
    return one->model == label && one->version == version &&
           one->digest == digest;
  });
  if (same != watched_.end()) {
    std::rotate(same, same + 1, watched_.end());
    // Its last holder may have let go of it just now.
    if (DriftCountsPtr counts = watched_.back()->counts.lock()) return counts;
    watched_.pop_back();
  }
  const auto layout = std::make_shared<const DriftLayout>(
      schema, feature_names, baselines, options_.features);
  const auto counts = std::make_shared<DriftCounts>(layout, options_.sample);
  const auto added = std::make_shared<Watched>();
  added->model = label;
  added->version = version;
  added->digest = digest;
  added->counts = counts;
  added->report = std::make_shared<const DriftReport>(
      EmptyReport(label, version, *layout, options_));
  watched_.push_back(added);
  LogSkipped(*added->report);
  return counts;
}

void DriftMonitor::Update(SteadyTime now) {
  std::vector<std::shared_ptr<Watched>> watched;
  {
    const std::lock_guard lock(mutex_);
    Prune();
    watched = watched_;
  }
  std::vector<std::uint64_t> totals;
  for (const std::shared_ptr<Watched>& one : watched) {
    const DriftCountsPtr counts = one->counts.lock();
    if (counts == nullptr) continue;
    const DriftLayout& layout = counts->layout();
    if (!one->window) {
      one->window.emplace(options_.window, layout.num_slots(), now);
    }
    const std::uint64_t events = counts->events();
    counts->Read(totals);
    one->window->Update(now, events, totals);
    auto report = std::make_shared<DriftReport>(*one->report);
    FillReport(layout, *one->window, options_, *report);
    const std::lock_guard lock(mutex_);
    one->report = std::move(report);
  }
}

std::vector<DriftReport> DriftMonitor::Read() const {
  std::vector<DriftReport> reports;
  for (const DriftExport& one : Exported()) reports.push_back(*one.report);
  return reports;
}

std::vector<prometheus::MetricFamily> DriftMonitor::Collect() const {
  return DriftFamilies(service_, options_, Exported());
}

void DriftMonitor::Prune() {
  std::erase_if(watched_,
                [](const auto& one) { return one->counts.expired(); });
}

std::vector<DriftExport> DriftMonitor::Exported() const {
  std::map<std::pair<std::string_view, std::uint32_t>, DriftExport> exported;
  const std::lock_guard lock(mutex_);
  for (const std::shared_ptr<Watched>& one : watched_) {
    DriftCountsPtr counts = one->counts.lock();
    if (counts == nullptr) continue;
    exported[{one->model, one->version}] = {.report = one->report,
                                            .counts = std::move(counts)};
  }
  std::vector<DriftExport> list;
  for (auto& [key, one] : exported) list.push_back(std::move(one));
  return list;
}

}  // namespace tidemill
