#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tidemill/core/baseline.h"
#include "tidemill/core/schema.h"
#include "tidemill/telemetry/drift_bins.h"

namespace tidemill {

class UniqueLabels;

/// Everything that is counted of one version, in one row of slots: per column
/// its bins, one column behind the other.
///
/// Columns:  the raw fields that have a baseline of their type (id, event time
///           and text have none), then, on request, the pipeline's features,
///           then the score when it has a baseline. A feature's label begins
///           with "pipeline/", so that it is never taken for the raw field.
/// Labels:   unique, valid UTF-8, as those of bins.
/// Skipped:  a baseline that does not fit the schema or the pipeline (names,
///           kinds or categories differ), is not whole or has no rows, a field
///           without one, a score without one: skipped() says which and why.
/// Bounds:   kMaxSlots in all; columns that find no room are skipped too.
/// Threads:  immutable once built.
class DriftLayout {
 public:
  static constexpr std::size_t kMaxSlots = 20'000;

  enum class Source : std::uint8_t { kField, kFeature, kScore };
  struct Column {
    std::string label;  ///< of the feature; empty for the score
    Source source = Source::kField;
    std::size_t index = 0;                ///< of the field, or the feature
    FieldType type = FieldType::kNumber;  ///< of a field
    DriftBins bins;
    std::size_t first_slot = 0;  ///< it has bins.size() of them
  };

  /// `feature_names` are the plan's.
  DriftLayout(const Schema& schema,
              const std::vector<std::string>& feature_names,
              const Baselines& baselines, bool with_features);

  const std::vector<Column>& columns() const { return columns_; }
  std::size_t num_slots() const { return num_slots_; }
  /// nullptr when the score has no baseline.
  const Column* score() const;
  std::uint64_t baseline_rows() const { return baseline_rows_; }
  const std::vector<std::string>& skipped() const { return skipped_; }

 private:
  void AddFields(const Schema& schema, const std::vector<Baseline>& baselines,
                 UniqueLabels& labels);
  void AddFeatures(const std::vector<std::string>& names,
                   const std::vector<Baseline>& baselines,
                   UniqueLabels& labels);
  void AddScore(const Baseline& baseline);
  /// Skips what has no room, as `what` of that name.
  void Add(std::string_view what, std::string_view name, Column column);
  void Skip(std::string_view what, std::string_view name,
            std::string_view reason);

  std::vector<Column> columns_;
  std::size_t num_slots_ = 0;
  std::uint64_t baseline_rows_ = 0;
  std::vector<std::string> skipped_;
};

}  // namespace tidemill
