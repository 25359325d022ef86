#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "tidemill/config/training_config.h"
#include "tidemill/core/event_batch.h"
#include "tidemill/core/schema.h"
#include "tidemill/training/dataset.h"

namespace tidemill {

/// Events of a simulated world, decoded once, to draw trainings and streams
/// from.
/// Threads: immutable once built.
class EventPool {
 public:
  /// The first `rows` events of the config's service under these drifts.
  EventPool(const TrainingConfig& config, std::uint64_t seed, std::size_t rows,
            const std::vector<std::string>& drifts = {});
  /// Rows from elsewhere, all of them to learn from.
  explicit EventPool(Dataset data);

  const Dataset& data() const { return data_; }
  std::size_t rows() const { return data_.rows(); }
  /// Whether training would take this row: its truth is within the config's
  /// range. Streams have the others too.
  bool IsLearnedFrom(std::size_t row) const { return learned_from_[row]; }
  /// Of a number field's values.
  double StandardDeviation(const std::string& field) const;

 private:
  Dataset data_;
  std::vector<bool> learned_from_;
};

/// Reads stretches of a pool as the decoder would with a schema that training
/// learned: with its codes.
class PoolReader {
 public:
  /// The pool must outlive the reader; `schema` has the pool's fields.
  PoolReader(const EventPool& pool, const Schema& schema);

  std::size_t rows() const { return pool_->rows(); }
  /// Overwrites `batch`, which has the schema's columns.
  void Read(std::size_t first, std::size_t count, EventBatch& batch) const;

 private:
  const EventPool* pool_;
  std::vector<FieldType> types_;
  /// Per field: of a category, the schema's code by the pool's.
  std::vector<std::vector<std::int32_t>> codes_;
};

}  // namespace tidemill
