// The part of the worker that takes a batch through its models.
#include "tidemill/serving/worker.h"

namespace tidemill {

void Worker::ScoreBatch(std::span<const Record> records,
                        const ModelSet& models) {
  groups_.Score(records, models, recorders_,
                tracker_.first_token() + tracker_.size() + records.size());
  const SteadyTime start = clock_.Steady();
  const std::int64_t now_us = clock_.Now().time_since_epoch().count();
  const bool has_shadows = shadows_ != nullptr && !models.shadows.empty();
  fresh_.clear();
  encode_time_ = {};
  for (std::size_t i = 0; i < records.size() && !fatal_; ++i) {
    // What follows a failure will be read again after the rewind.
    if (rewind_wanted_) break;
    const Record& record = records[i];
    const bool begins = Begins(record);
    if (drain_end_ && begins) continue;
    if (begins) groups_.TakeInputs(i, record);
    if (begins && has_shadows) fresh_.push_back(i);
    if (!suspects_.empty() &&
        suspects_.contains({record.partition, record.offset})) {
      EmitSuspect(record, groups_.At(i), now_us);
    } else {
      Emit(record, groups_.At(i), now_us);
    }
  }
  const SteadyTime::duration emit_time = clock_.Steady() - start;
  // Behind the outputs, so that none of them waits for it.
  groups_.CountInputs();
  if (!fresh_.empty()) OfferToShadows(records, models);
  ObserveBatch(records.size(), emit_time);
}

/// True for a record that is not read again after a rewind. Outside of a drain
/// it counts as read from here on.
bool Worker::Begins(const Record& record) {
  Progress& progress = progress_[record.partition];
  if (record.offset < progress.next_offset) return false;
  if (!drain_end_) {
    progress.next_offset = record.offset + 1;
    progress.last_record_ms = record.timestamp_ms;
  }
  return true;
}

void Worker::OfferToShadows(std::span<const Record> records,
                            const ModelSet& models) {
  ShadowBlock::Size size;
  for (const std::size_t i : fresh_) {
    size.Add(records[i], groups_.At(i).scored);
  }
  std::unique_ptr<ShadowBlock> block = shadows_->Begin(size);
  if (block != nullptr) {
    for (const std::size_t i : fresh_) {
      const Answer answer = groups_.At(i);
      block->Add(records[i], answer.scored, answer.model.variant);
    }
    if (shadows_->Push(std::move(block))) return;
  }
  for (const ServedModel& shadow : models.shadows) {
    shadow.shadow->CountDropped(fresh_.size());
  }
}

void Worker::ObserveBatch(std::size_t events, SteadyTime::duration emit_time) {
  const StageTimes& times = groups_.times();
  metrics_.ObserveBatch(events);
  metrics_.ObserveStage(BatchStage::kDecode, times.decode);
  metrics_.ObserveStage(BatchStage::kFeatures, times.features);
  metrics_.ObserveStage(BatchStage::kPredict, times.predict);
  metrics_.ObserveStage(BatchStage::kEncode, encode_time_);
  metrics_.ObserveStage(BatchStage::kProduce, emit_time - encode_time_);
  metrics_.CountIgnoredFields(groups_.ignored_fields());
  Publish();
}

}  // namespace tidemill
