#include "tidemill/telemetry/drift_counter.h"

#include <algorithm>
#include <cassert>
#include <limits>
#include <utility>

#include "tidemill/core/random.h"

namespace tidemill {

DriftCounts::DriftCounts(std::shared_ptr<const DriftLayout> layout,
                         double sample)
    : layout_(std::move(layout)),
      sample_(sample),
      slots_(layout_->num_slots()) {
  assert(sample_ > 0.0 && sample_ <= 1.0);
}

bool DriftCounts::Samples(std::int32_t partition, std::int64_t offset) const {
  if (sample_ >= 1.0) return true;
  const std::uint64_t stream =
      Random(static_cast<std::uint32_t>(partition)).Next();
  return Random(stream + static_cast<std::uint64_t>(offset)).Uniform() <
         sample_;
}

void DriftCounts::Add(std::uint64_t events,
                      std::span<const std::uint32_t> delta) {
  assert(delta.size() == slots_.size());
  for (std::size_t i = 0; i < delta.size(); ++i) {
    if (delta[i] == 0) continue;
    slots_[i].fetch_add(delta[i], std::memory_order_relaxed);
  }
  events_.fetch_add(events, std::memory_order_relaxed);
}

void DriftCounts::Read(std::vector<std::uint64_t>& totals) const {
  totals.resize(slots_.size());
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    totals[i] = slots_[i].load(std::memory_order_relaxed);
  }
}

DriftCounter::DriftCounter(DriftCountsPtr counts)
    : counts_(std::move(counts)), delta_(counts_->layout().num_slots()) {}

void DriftCounter::Count(const EventBatch& batch, const RowMatrix& features,
                         std::span<const double> scores,
                         std::span<const std::uint32_t> rows) {
  events_ += rows.size();
  assert(events_ <= std::numeric_limits<std::uint32_t>::max());
  for (const DriftLayout::Column& column : counts_->layout().columns()) {
    const DriftBins& bins = column.bins;
    std::uint32_t* const delta = delta_.data() + column.first_slot;
    const auto count = [&](const auto& value_of) {
      for (const std::uint32_t row : rows) ++delta[bins.BinOf(value_of(row))];
    };
    switch (column.source) {
      case DriftLayout::Source::kField:
        if (column.type == FieldType::kCategory) {
          count([codes = batch.codes(column.index)](std::uint32_t row) {
            return codes[row];
          });
        } else {
          count([numbers = batch.numbers(column.index)](std::uint32_t row) {
            return numbers[row];
          });
        }
        break;
      case DriftLayout::Source::kFeature:
        count([&, feature = static_cast<Eigen::Index>(column.index)](
                  std::uint32_t row) { return features(row, feature); });
        break;
      case DriftLayout::Source::kScore:
        count([scores](std::uint32_t row) { return scores[row]; });
        break;
    }
  }
}

void DriftCounter::Publish() {
  if (events_ == 0) return;
  counts_->Add(events_, delta_);
  Discard();
}

void DriftCounter::Discard() {
  events_ = 0;
  std::ranges::fill(delta_, 0U);
}

}  // namespace tidemill
