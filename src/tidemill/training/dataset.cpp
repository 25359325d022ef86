#include "tidemill/training/dataset.h"

#include <algorithm>
#include <utility>

#include "tidemill/core/errors.h"

namespace tidemill {
namespace {

std::string NameOf(const Schema& schema, std::optional<std::size_t> field) {
  return field ? schema.field(*field).name : std::string();
}

Schema WithFields(const Schema& schema, std::vector<Field> fields) {
  const std::string id = NameOf(schema, schema.id_field());
  const std::string event_time = NameOf(schema, schema.event_time_field());
  return Schema(std::move(fields), id, event_time);
}

Schema StagingSchema(const Schema& schema) {
  std::vector<Field> fields = schema.fields();
  for (Field& field : fields) {
    if (field.type == FieldType::kCategory) field.type = FieldType::kText;
  }
  return WithFields(schema, std::move(fields));
}

void CheckTextBytes(const Field& field, std::size_t bytes) {
  if (bytes <= kMaxDatasetTextBytes) return;
  throw DataError({.where = "column '" + field.name + "'",
                   .expected = "at most " +
                               std::to_string(kMaxDatasetTextBytes) +
                               " bytes in the text columns of all rows",
                   .got = "more"});
}

Dictionary LearnDictionary(const Dataset& data, std::size_t field,
                           std::span<const std::size_t> rows) {
  const std::vector<std::string>& texts =
      data.schema.field(field).categories.values();
  const std::span<const std::int32_t> codes = data.events.codes(field);
  std::vector<bool> seen(texts.size(), false);
  for (const std::size_t row : rows) {
    if (codes[row] >= 0) seen[static_cast<std::size_t>(codes[row])] = true;
  }
  std::vector<std::string> learned;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (seen[i]) learned.push_back(texts[i]);
  }
  std::sort(learned.begin(), learned.end());
  return Dictionary(std::move(learned));
}

}  // namespace

std::int32_t DatasetBuilder::Interner::Code(std::string_view text) {
  const auto place = codes.find(text);
  if (place != codes.end()) return place->second;
  const auto code = static_cast<std::int32_t>(codes.size());
  codes.emplace(text, code);
  return code;
}

DatasetBuilder::DatasetBuilder(const Schema& schema)
    : schema_(&schema),
      staging_schema_(StagingSchema(schema)),
      staging_(staging_schema_),
      events_(schema),
      interners_(schema.size()) {}

void DatasetBuilder::Take(const Truth& truth) {
  const std::size_t row = events_.AppendRow();
  for (std::size_t i = 0; i < schema_->size(); ++i) {
    switch (schema_->field(i).type) {
      case FieldType::kNumber:
      case FieldType::kInteger:
      case FieldType::kBoolean:
        events_.numbers(i)[row] = staging_.numbers(i)[0];
        break;
      case FieldType::kCategory: {
        const std::string_view text = staging_.texts(i)[0];
        if (text.data() == nullptr) break;
        events_.codes(i)[row] = interners_[i].Code(text);
        break;
      }
      case FieldType::kTimestamp:
        events_.timestamps(i)[row] = staging_.timestamps(i)[0];
        break;
      case FieldType::kText: {
        const std::string_view text = staging_.texts(i)[0];
        if (text.data() == nullptr || schema_->id_field() == i) break;
        text_bytes_ += text.size();
        CheckTextBytes(schema_->field(i), text_bytes_);
        events_.texts(i)[row] = events_.Keep(text);
        break;
      }
    }
  }
  target_.push_back(truth.target);
  weights_.push_back(truth.weight);
  staging_.Clear();
}

Dataset DatasetBuilder::Finish() {
  std::vector<Field> fields = schema_->fields();
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const auto& codes = interners_[i].codes;
    if (codes.size() > Dictionary::kMaxEntries) {
      throw DataError({.where = "column '" + fields[i].name + "'",
                       .expected = "at most " +
                                   std::to_string(Dictionary::kMaxEntries) +
                                   " categories (is it a text?)",
                       .got = std::to_string(codes.size())});
    }
    std::vector<std::string> texts(codes.size());
    for (const auto& [text, code] : codes) {
      texts[static_cast<std::size_t>(code)] = text;
    }
    fields[i].categories = Dictionary(std::move(texts));
  }
  Dataset data;
  data.schema = WithFields(*schema_, std::move(fields));
  data.events = std::move(events_);
  data.target = std::move(target_);
  data.weights = std::move(weights_);
  return data;
}

Schema LearnSchema(const Dataset& data, std::span<const std::size_t> rows) {
  std::vector<Field> fields = data.schema.fields();
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].type != FieldType::kCategory) continue;
    fields[i].categories = data.schema.id_field() == i
                               ? Dictionary()
                               : LearnDictionary(data, i, rows);
  }
  return WithFields(data.schema, std::move(fields));
}

Frame FrameOf(const Dataset& data, const Schema& schema,
              std::span<const std::size_t> rows) {
  Frame frame = MakeFrame(data.schema, data.events, rows);
  for (std::size_t i = 0; i < schema.size(); ++i) {
    FrameColumn& column = frame.columns[i];
    if (column.column.kind != ColumnKind::kCategory) continue;
    const Dictionary& learned = schema.field(i).categories;
    std::vector<std::int32_t> recode;
    recode.reserve(column.column.categories.size());
    for (const std::string& text : column.column.categories) {
      recode.push_back(learned.Find(text));
    }
    for (std::int32_t& code : column.codes) {
      if (code >= 0) code = recode[static_cast<std::size_t>(code)];
    }
    column.column.categories = learned.values();
  }
  return frame;
}

}  // namespace tidemill
