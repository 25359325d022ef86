#include "tidemill/telemetry/process_metrics.h"

#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <string>
#include <system_error>
#include <utility>

namespace tidemill {
namespace {

struct ProcessStat {
  double cpu_ticks = 0;
  double start_ticks = 0;  ///< since the machine's start
  double virtual_bytes = 0;
  double resident_pages = 0;
};

/// /proc/self/stat, see proc(5). The program's name is field 2, in brackets,
/// and may hold anything; counting starts behind its last bracket.
std::optional<ProcessStat> ReadStat() {
  std::ifstream file("/proc/self/stat");
  std::string text;
  if (!std::getline(file, text)) return std::nullopt;
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream rest(text.substr(name_end + 1));
  std::vector<std::string> fields{std::istream_iterator<std::string>(rest), {}};
  // fields[0] is proc(5)'s field 3.
  const auto field = [&fields](std::size_t number) {
    return static_cast<double>(
        std::strtoull(fields[number - 3].c_str(), nullptr, 10));
  };
  if (fields.size() < 22) return std::nullopt;
  return ProcessStat{.cpu_ticks = field(14) + field(15),
                     .start_ticks = field(22),
                     .virtual_bytes = field(23),
                     .resident_pages = field(24)};
}

/// When the machine started, seconds since 1970.
std::optional<double> ReadBootTime() {
  std::ifstream file("/proc/stat");
  std::string word;
  while (file >> word) {
    double seconds = 0;
    if (word == "btime" && file >> seconds) return seconds;
  }
  return std::nullopt;
}

std::optional<double> CountOpenFiles() {
  std::error_code error;
  std::filesystem::directory_iterator entry("/proc/self/fd", error);
  double count = 0;
  for (; !error && entry != std::filesystem::directory_iterator();
       entry.increment(error)) {
    ++count;
  }
  // One of them is the iterator's own.
  return error || count == 0 ? std::nullopt : std::optional(count - 1);
}

std::optional<double> MaxOpenFiles() {
  const long limit = sysconf(_SC_OPEN_MAX);
  return limit < 0 ? std::nullopt : std::optional(static_cast<double>(limit));
}

void Append(std::vector<prometheus::MetricFamily>& families, const char* name,
            const char* help, prometheus::MetricType type, double value) {
  prometheus::ClientMetric metric;
  if (type == prometheus::MetricType::Counter) {
    metric.counter.value = value;
  } else {
    metric.gauge.value = value;
  }
  families.push_back({name, help, type, {std::move(metric)}});
}

}  // namespace

std::vector<prometheus::MetricFamily> ProcessMetrics::Collect() const {
  using prometheus::MetricType;
  const auto ticks_per_second = static_cast<double>(sysconf(_SC_CLK_TCK));
  std::vector<prometheus::MetricFamily> families;
  if (const auto stat = ReadStat()) {
    Append(families, "process_cpu_seconds_total",
           "Processor time used, user and system.", MetricType::Counter,
           stat->cpu_ticks / ticks_per_second);
    Append(families, "process_resident_memory_bytes",
           "Memory that is resident.", MetricType::Gauge,
           stat->resident_pages * static_cast<double>(sysconf(_SC_PAGESIZE)));
    Append(families, "process_virtual_memory_bytes",
           "Address space that is taken.", MetricType::Gauge,
           stat->virtual_bytes);
    if (const auto boot = ReadBootTime()) {
      Append(families, "process_start_time_seconds",
             "Start of the process, since 1970.", MetricType::Gauge,
             *boot + stat->start_ticks / ticks_per_second);
    }
  }
  if (const auto open = CountOpenFiles()) {
    Append(families, "process_open_fds", "File descriptors that are open.",
           MetricType::Gauge, *open);
  }
  if (const auto most = MaxOpenFiles()) {
    Append(families, "process_max_fds", "File descriptors that may be open.",
           MetricType::Gauge, *most);
  }
  return families;
}

}  // namespace tidemill
