#include "tidemill/telemetry/process_metrics.h"

#include <unistd.h>

#include <chrono>
#include <string>

#include <gtest/gtest.h>

namespace tidemill {
namespace {

double Value(const std::string& name) {
  for (const auto& family : ProcessMetrics().Collect()) {
    if (family.name != name) continue;
    return family.type == prometheus::MetricType::Counter
               ? family.metric.at(0).counter.value
               : family.metric.at(0).gauge.value;
  }
  ADD_FAILURE() << name << " is missing";
  return -1.0;
}

TEST(ProcessMetricsTest, CountsAnOpenedFile) {
  const double before = Value("process_open_fds");
  const int fd = dup(0);
  EXPECT_EQ(Value("process_open_fds"), before + 1);
  close(fd);
}

TEST(ProcessMetricsTest, StartedNotLongAgo) {
  const double now = std::chrono::duration<double>(
                         std::chrono::system_clock::now().time_since_epoch())
                         .count();
  EXPECT_NEAR(Value("process_start_time_seconds"), now, 120.0);
}

TEST(ProcessMetricsTest, TakesMemoryAndTime) {
  EXPECT_GT(Value("process_resident_memory_bytes"), 1e6);
  EXPECT_GT(Value("process_virtual_memory_bytes"),
            Value("process_resident_memory_bytes"));
  EXPECT_GE(Value("process_cpu_seconds_total"), 0.0);
  EXPECT_GT(Value("process_max_fds"), 0.0);
}

}  // namespace
}  // namespace tidemill
