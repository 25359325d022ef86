#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

// Shorthands for registering metrics; only this module's .cpp files use them.
namespace tidemill {

inline prometheus::Family<prometheus::Counter>& CounterFamily(
    prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}

inline prometheus::Family<prometheus::Gauge>& GaugeFamily(
    prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
}

inline prometheus::Family<prometheus::Histogram>& HistogramFamily(
    prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
}

/// One series per name of a closed set.
template <typename Metric, std::size_t kSize, typename... Args>
std::vector<Metric*> AddAll(prometheus::Family<Metric>& family,
                            const prometheus::Labels& base, const char* label,
                            const std::array<std::string_view, kSize>& names,
                            const Args&... args) {
  std::vector<Metric*> series;
  for (const std::string_view name : names) {
    prometheus::Labels labels = base;
    labels.emplace(label, name);
    series.push_back(&family.Add(labels, args...));
  }
  return series;
}

}  // namespace tidemill
