#include "tidemill/serving/output_builder.h"

#include "tidemill/serving/record_id.h"
#include "tidemill/wire/prediction_encoder.h"

namespace tidemill {

OutRecord OutputBuilder::Base(const Record& event, int topic,
                              bool keep_partition) const {
  OutRecord record;
  record.topic = topic;
  if (keep_partition) record.partition = event.partition;
  record.key = event.key;
  record.timestamp_ms = event.timestamp_ms;
  return record;
}

OutRecord OutputBuilder::Prediction(const Record& event,
                                    const ScoredEvent& scored,
                                    const ServedModel& model,
                                    std::int64_t scored_time_us) {
  WriteRecordId(event, id_);
  std::optional<std::int64_t> event_time_us = scored.event_time_us;
  // A timestamp beyond any calendar is left out by the encoder; here only the
  // product must not overflow.
  constexpr std::int64_t kMaxMs = 1'000'000'000'000'000;
  if (!event_time_us && event.timestamp_ms &&
      *event.timestamp_ms<kMaxMs&& * event.timestamp_ms> - kMaxMs) {
    event_time_us = *event.timestamp_ms * 1000;
  }
  value_.clear();
  AppendPrediction(
      {.id = id_,
       .event_id = scored.event_id.data() == nullptr ? id_ : scored.event_id,
       .service = service_,
       .model = model.model->manifest().name,
       .version = model.model->version(),
       .variant = model.variant,
       .score = scored.score,
       .label = scored.label,
       .classes = model.model->manifest().classes,
       .probabilities = scored.probabilities,
       .event_time_us = event_time_us,
       .scored_time_us = scored_time_us},
      value_);
  headers_.clear();
  headers_.push_back({"tidemill.source", id_});
  headers_.push_back({"tidemill.model", model.model->reference()});
  for (const Header& header : event.headers) {
    if (header.name == "traceparent") headers_.push_back(header);
  }
  OutRecord record =
      Base(event, topics_.predictions, topics_.predictions_keep_partition);
  record.value = value_;
  record.headers = headers_;
  return record;
}

OutRecord OutputBuilder::DeadLetter(const Record& event,
                                    const EventError& error,
                                    const LoadedModel& model, Content content) {
  WriteRecordId(event, id_);
  exception_.assign("tidemill.");
  exception_ += ToText(error.stage);
  exception_ += '.';
  exception_ += ToText(error.reason);
  value_.assign(error.detail);
  headers_.clear();
  if (content != Content::kNothing) {
    headers_.assign(event.headers.begin(), event.headers.end());
  }
  headers_.push_back({"tidemill.source", id_});
  headers_.push_back({"__streams.errors.topic", event.topic});
  headers_.push_back(
      {"__streams.errors.partition", WriteNumber(event.partition, partition_)});
  headers_.push_back(
      {"__streams.errors.offset", WriteNumber(event.offset, offset_)});
  headers_.push_back({"__streams.errors.exception", exception_});
  headers_.push_back({"__streams.errors.message", value_});
  headers_.push_back({"tidemill.stage", ToText(error.stage)});
  headers_.push_back({"tidemill.reason", ToText(error.reason)});
  headers_.push_back({"tidemill.model", model.reference()});
  OutRecord record =
      Base(event, topics_.dead_letters, topics_.dead_letters_keep_partition);
  if (content != Content::kWhole) record.timestamp_ms.reset();
  if (content != Content::kNothing) {
    record.value = event.value;
  } else {
    record.key.reset();
    headers_.push_back({"tidemill.truncated", "true"});
  }
  record.headers = headers_;
  return record;
}

}  // namespace tidemill
