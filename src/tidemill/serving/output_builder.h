#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "tidemill/core/event_error.h"
#include "tidemill/core/record_sink.h"
#include "tidemill/rollout/model_table.h"
#include "tidemill/scoring/batch_scorer.h"

namespace tidemill {

/// Makes the records that go out for an event: the prediction or the dead
/// letter, key, time and headers included.
///
/// Memory:  reuses its buffers; a record is valid until the next call.
/// Threads: one at a time.
class OutputBuilder {
 public:
  struct Topics {
    int predictions = 0;
    int dead_letters = 0;
    /// The event's partition number is kept, else the key chooses.
    bool predictions_keep_partition = false;
    bool dead_letters_keep_partition = false;
  };

  explicit OutputBuilder(std::string service) : service_(std::move(service)) {}

  void SetTopics(const Topics& topics) { topics_ = topics; }

  OutRecord Prediction(const Record& event, const ScoredEvent& scored,
                       const ServedModel& model, std::int64_t scored_time_us);

  enum class Content : std::uint8_t {
    kWhole,        ///< key, value, headers and time as received
    kWithoutTime,  ///< the same, but the time is that of the writing
    kNothing,      ///< only where and why: the broker refused the whole one
  };
  OutRecord DeadLetter(const Record& event, const EventError& error,
                       const LoadedModel& model, Content content);

 private:
  OutRecord Base(const Record& event, int topic, bool keep_partition) const;

  std::string service_;
  Topics topics_;
  std::string id_;
  std::string value_;
  std::string exception_;
  std::array<char, 12> partition_{};
  std::array<char, 24> offset_{};
  std::vector<Header> headers_;
};

}  // namespace tidemill
