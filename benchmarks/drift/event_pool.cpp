#include "benchmarks/drift/event_pool.h"

#include <algorithm>
#include <span>
#include <stdexcept>
#include <utility>

#include "tidemill/simulation/simulator.h"
#include "tidemill/training/baseline_statistics.h"
#include "tidemill/wire/event_decoder.h"

namespace tidemill {
namespace {

template <typename T>
void CopyStretch(std::span<const T> from, std::size_t first, std::span<T> to) {
  std::ranges::copy(from.subspan(first, to.size()), to.begin());
}

bool IsInRange(const TargetConfig& target, double truth) {
  return (!target.minimum || truth >= *target.minimum) &&
         (!target.maximum || truth <= *target.maximum);
}

}  // namespace

EventPool::EventPool(const TrainingConfig& config, std::uint64_t seed,
                     std::size_t rows, const std::vector<std::string>& drifts) {
  SimulatorOptions options;
  options.seed = seed;
  options.drifts = drifts;
  const auto simulator = MakeSimulator(config.name, options);
  DatasetBuilder builder(config.schema);
  EventDecoder decoder;
  for (std::size_t i = 0; i < rows; ++i) {
    const SimulatedEvent& event = simulator->Next();
    if (decoder.Decode(builder.staging_schema(), event.value,
                       builder.staging())) {
      throw std::runtime_error("a simulated event was refused");
    }
    builder.Take(event.truth_number);
    learned_from_.push_back(IsInRange(config.target, event.truth_number));
  }
  data_ = builder.Finish();
}

EventPool::EventPool(Dataset data)
    : data_(std::move(data)), learned_from_(data_.rows(), true) {}

double EventPool::StandardDeviation(const std::string& field) const {
  const std::size_t index = data_.schema.Find(field).value();
  return NumberBaseline(field, data_.events.numbers(index)).standard_deviation;
}

PoolReader::PoolReader(const EventPool& pool, const Schema& schema)
    : pool_(&pool), codes_(schema.size()) {
  for (std::size_t i = 0; i < schema.size(); ++i) {
    types_.push_back(schema.field(i).type);
    const Field& known = pool.data().schema.field(i);
    for (const std::string& text : known.categories.values()) {
      codes_[i].push_back(schema.field(i).categories.Find(text));
    }
  }
}

void PoolReader::Read(std::size_t first, std::size_t count,
                      EventBatch& batch) const {
  const EventBatch& events = pool_->data().events;
  batch.Clear();
  batch.Reserve(count);
  for (std::size_t i = 0; i < count; ++i) batch.AppendRow();
  for (std::size_t field = 0; field < types_.size(); ++field) {
    if (IsNumeric(types_[field])) {
      CopyStretch(events.numbers(field), first, batch.numbers(field));
    } else if (types_[field] == FieldType::kTimestamp) {
      CopyStretch(events.timestamps(field), first, batch.timestamps(field));
    } else if (types_[field] == FieldType::kCategory) {
      const std::vector<std::int32_t>& codes = codes_[field];
      std::ranges::transform(
          events.codes(field).subspan(first, count), batch.codes(field).begin(),
          [&codes](std::int32_t code) {
            return code < 0 ? code : codes[static_cast<std::size_t>(code)];
          });
    }
  }
}

}  // namespace tidemill
