#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tidemill/core/baseline.h"
#include "tidemill/core/schema.h"
#include "tidemill/telemetry/drift_counter.h"

namespace tidemill {

inline Field NumberField(const std::string& name) {
  Field field;
  field.name = name;
  return field;
}

inline Field CategoryField(const std::string& name,
                           const std::vector<std::string>& categories) {
  Field field;
  field.name = name;
  field.type = FieldType::kCategory;
  field.categories = Dictionary(categories);
  return field;
}

inline Baseline BaselineOfNumbers(const std::string& name,
                                  const std::vector<double>& edges,
                                  const std::vector<std::uint64_t>& counts,
                                  std::uint64_t missing) {
  Baseline baseline;
  baseline.name = name;
  baseline.edges = edges;
  baseline.counts = counts;
  baseline.missing = missing;
  return baseline;
}

inline Baseline BaselineOfCategories(const std::string& name,
                                     const std::vector<std::string>& categories,
                                     const std::vector<std::uint64_t>& counts) {
  Baseline baseline;
  baseline.name = name;
  baseline.kind = BaselineKind::kCategory;
  baseline.categories = categories;
  baseline.counts = counts;
  return baseline;
}

/// A number and a category, with 100 training rows: `tenure` is in [0, 10) in
/// half of them, in [10, 20] in 40 and missing in 10; `contract` is Month in 75
/// and Year in 25. The scores lie half and half below and above 0.5.
struct DriftExample {
  Schema schema{
      {NumberField("tenure"), CategoryField("contract", {"Month", "Year"})},
      "",
      ""};
  std::vector<std::string> features{"tenure"};
  Baselines baselines{
      .rows = 100,
      .fields = {BaselineOfNumbers("tenure", {0, 10, 20}, {50, 40}, 10),
                 BaselineOfCategories("contract", {"Month", "Year"}, {75, 25})},
      .features = {BaselineOfNumbers("tenure", {0, 10, 20}, {60, 40}, 0)},
      .score = BaselineOfNumbers("score", {0, 0.5, 1}, {10, 10}, 0)};
};

struct CountedBin {
  std::string column;  ///< label; empty for the score
  std::string bin;
};

/// Counts `events` events that fall into these bins.
inline void CountEvents(DriftCounts& counts, std::uint32_t events,
                        std::initializer_list<CountedBin> in) {
  std::vector<std::uint32_t> delta(counts.layout().num_slots());
  for (const CountedBin& one : in) {
    bool found = false;
    for (const DriftLayout::Column& column : counts.layout().columns()) {
      if (column.label != one.column) continue;
      for (std::size_t i = 0; i < column.bins.size(); ++i) {
        if (column.bins.labels()[i] != one.bin) continue;
        delta[column.first_slot + i] += events;
        found = true;
      }
    }
    EXPECT_TRUE(found) << one.column << ' ' << one.bin;
  }
  counts.Add(events, delta);
}

}  // namespace tidemill
