#include "tidemill/wire/event_encoder.h"

#include <cmath>
#include <cstdlib>

#include "tidemill/core/timestamp.h"
#include "tidemill/wire/json_text.h"

namespace tidemill {
namespace {

void AppendTwoDigits(std::int32_t value, std::string& out) {
  out += static_cast<char>('0' + value / 10);
  out += static_cast<char>('0' + value % 10);
}

/// The clock as written, with its offset.
std::string LocalText(const Timestamp& time) {
  std::string text = UtcText(time.local_us());
  if (time.offset_s == 0) return text;
  text.back() = time.offset_s < 0 ? '-' : '+';
  const std::int32_t minutes = std::abs(time.offset_s) / 60;
  AppendTwoDigits(minutes / 60, text);
  text += ':';
  AppendTwoDigits(minutes % 60, text);
  return text;
}

/// False when the value is missing.
bool AppendValue(const Field& field, std::size_t index, const EventBatch& batch,
                 std::size_t row, std::string& out) {
  switch (field.type) {
    case FieldType::kNumber:
    case FieldType::kInteger: {
      const double value = batch.numbers(index)[row];
      if (std::isnan(value)) return false;
      AppendJsonNumber(value, out);
      return true;
    }
    case FieldType::kBoolean: {
      const double value = batch.numbers(index)[row];
      if (std::isnan(value)) return false;
      out += value != 0.0 ? "true" : "false";
      return true;
    }
    case FieldType::kCategory: {
      const std::int32_t code = batch.codes(index)[row];
      if (code == kMissingCode) return false;
      AppendJsonText(
          code < 0 ? std::string("\xEF\xBF\xBD")
                   : field.categories.values()[static_cast<std::size_t>(code)],
          out);
      return true;
    }
    case FieldType::kText: {
      const std::string_view text = batch.texts(index)[row];
      if (text.data() == nullptr) return false;
      AppendJsonText(text, out);
      return true;
    }
    case FieldType::kTimestamp: {
      const Timestamp& time = batch.timestamps(index)[row];
      if (time.missing()) return false;
      AppendJsonText(LocalText(time), out);
      return true;
    }
  }
  return false;
}

}  // namespace

void AppendEvent(const Schema& schema, const EventBatch& batch, std::size_t row,
                 std::string& out) {
  out += '{';
  bool first = true;
  for (std::size_t i = 0; i < schema.size(); ++i) {
    const std::size_t before = out.size();
    if (!first) out += ',';
    AppendJsonText(schema.field(i).name, out);
    out += ':';
    if (AppendValue(schema.field(i), i, batch, row, out)) {
      first = false;
    } else {
      out.resize(before);
    }
  }
  out += '}';
}

}  // namespace tidemill
