#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "tidemill/core/event_batch.h"
#include "tidemill/core/event_error.h"
#include "tidemill/core/matrix.h"
#include "tidemill/scoring/loaded_model.h"
#include "tidemill/wire/event_decoder.h"

namespace tidemill {

/// What became of one event. Views and pointers are the scorer's, until its
/// next Score().
struct ScoredEvent {
  const EventError* error = nullptr;      ///< set: the rest means nothing
  double score = 0.0;                     ///< of more than two classes P(label)
  std::optional<std::string_view> label;  ///< of a classifier
  /// Of more than two classes, in class order; else empty.
  std::span<const double> probabilities;
  std::string_view event_id;                  ///< empty when it has none
  std::optional<std::int64_t> event_time_us;  ///< the schema's event time
  std::uint32_t row = 0;                      ///< in ScoredInputs
};

/// How long the last Score() and its parts took.
struct StageTimes {
  std::chrono::nanoseconds decode{0};
  std::chrono::nanoseconds features{0};
  std::chrono::nanoseconds predict{0};
  std::chrono::nanoseconds whole{0};
};

/// The input cells of events: rows x the schema's fields without id and event
/// time. A category that training did not see is not missing.
struct InputCells {
  std::uint64_t total = 0;
  std::uint64_t missing = 0;
};

/// What the scores of a batch were made of, by ScoredEvent::row: the columns of
/// the schema, the features (at least as many rows), and one score a row.
struct ScoredInputs {
  const EventBatch& batch;
  const RowMatrix& features;
  std::span<const double> scores;
};

/// Raw events in, scores out: the one path that Kafka, HTTP, the command line
/// and the verification rows share.
///
/// Errors:  a model or a plan that throws costs the events that make it throw,
///          found by trying each alone: stage model, reason model_failed.
///          std::bad_alloc goes to the caller.
/// Memory:  grows to the largest batch seen; then no allocation per event.
/// Threads: one at a time; the model may be shared.
class BatchScorer {
 public:
  explicit BatchScorer(DecodeLimits limits = {});

  /// One result per event, in order. An event without a value (a Kafka
  /// tombstone) is an empty view.
  std::span<const ScoredEvent> Score(const LoadedModel& model,
                                     std::span<const std::string_view> events);

  /// Of the last Score(), until the next.
  ScoredInputs inputs() const { return {batch_, features_, scores_}; }

  const StageTimes& times() const { return times_; }
  /// Of the events that the last Score() could decode.
  const InputCells& cells() const { return cells_; }
  /// Fields outside the schema, over all events so far.
  std::uint64_t ignored_fields() const { return decoder_.ignored_fields(); }

 private:
  void Decode(const LoadedModel& model,
              std::span<const std::string_view> events);
  void MakeFeatures(const LoadedModel& model);
  void PredictOneByOne(const LoadedModel& model,
                       std::span<const std::string_view> events);
  /// Row i of `features` is that of event_of_row[i].
  void CheckFeatures(const LoadedModel& model, const RowMatrix& features,
                     std::span<const std::size_t> event_of_row);
  void Collect(const LoadedModel& model);
  /// Label and score of a row whose outputs are finite.
  void Answer(const Manifest& manifest, std::size_t row, ScoredEvent& result);
  std::span<double> OutputsOf(std::size_t row);
  void Fail(std::size_t event, EventError error);

  DecodeLimits limits_;
  EventDecoder decoder_;
  EventBatch batch_;
  Plan::Scratch scratch_;
  RowMatrix features_;
  std::size_t width_ = 1;        ///< outputs of a row
  std::vector<double> outputs_;  ///< rows x width_
  std::vector<double> scores_;   ///< one per row
  std::vector<std::size_t> event_of_row_;
  std::vector<EventError> errors_;
  std::vector<std::size_t> error_of_event_;  ///< place in errors_, from 1
  std::vector<ScoredEvent> results_;
  StageTimes times_;
  InputCells cells_;
};

}  // namespace tidemill
