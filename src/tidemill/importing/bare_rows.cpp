#include "tidemill/importing/bare_rows.h"

#include <cmath>

#include "tidemill/core/errors.h"
#include "tidemill/core/random.h"
#include "tidemill/data/data_file.h"
#include "tidemill/data/line_reader.h"
#include "tidemill/wire/event_decoder.h"

namespace tidemill {
namespace {

double SampleNumber(FieldType type, Random& random) {
  if (random.Below(8) == 0) return std::nan("");
  if (type == FieldType::kBoolean) return static_cast<double>(random.Below(2));
  if (type == FieldType::kInteger || random.Below(4) == 0) {
    return static_cast<double>(random.Below(20));
  }
  const double size = std::pow(10.0, 8.0 * random.Uniform() - 3.0);
  return (random.Below(3) == 0 ? -1.0 : 1.0) * size;
}

std::int32_t SampleCode(const Dictionary& categories, Random& random) {
  const std::size_t drawn = random.Below(categories.size() + 2);
  if (drawn < categories.size()) return static_cast<std::int32_t>(drawn);
  return drawn == categories.size() ? kMissingCode : kUnseenCode;
}

}  // namespace

EventBatch ReadBareEvents(const Schema& schema, const std::string& path) {
  const DataFile file{.name = path};
  DataText text(file);
  LineReader lines(text.text(), kMaxRecordBytes);
  EventDecoder decoder;
  EventBatch batch(schema);
  std::string line;
  while (batch.num_rows() < kMaxBareRows && lines.Read(line)) {
    const std::optional<EventError> error = decoder.Decode(schema, line, batch);
    if (!error) continue;
    throw DataError({.where = path + ":" + std::to_string(batch.num_rows() + 1),
                     .expected = "an event of the model's fields",
                     .got = error->detail});
  }
  if (batch.num_rows() == 0) {
    throw DataError(
        {.where = path, .expected = "events, one a line", .got = "none"});
  }
  return batch;
}

EventBatch SampleBareEvents(const Schema& schema, std::size_t count) {
  Random random(20261122);
  EventBatch batch(schema);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t row = batch.AppendRow();
    for (std::size_t field = 0; field < schema.size(); ++field) {
      const Field& one = schema.field(field);
      if (IsNumeric(one.type)) {
        batch.numbers(field)[row] = SampleNumber(one.type, random);
      } else if (one.type == FieldType::kCategory) {
        batch.codes(field)[row] = SampleCode(one.categories, random);
      } else if (one.type == FieldType::kText) {
        batch.texts(field)[row] = batch.Keep("event-" + std::to_string(i));
      }
    }
  }
  return batch;
}

}  // namespace tidemill
