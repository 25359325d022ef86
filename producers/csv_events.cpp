#include "producers/csv_events.h"

#include <array>
#include <optional>
#include <utility>

#include "tidemill/core/errors.h"
#include "tidemill/core/event_batch.h"
#include "tidemill/data/cell_text.h"
#include "tidemill/data/csv_table.h"
#include "tidemill/wire/field_values.h"
#include "tidemill/wire/json_text.h"

namespace tidemill {
namespace {

std::optional<bool> ParseBoolean(std::string_view text) {
  for (const std::string_view word : {"true", "True", "TRUE", "1"}) {
    if (text == word) return true;
  }
  for (const std::string_view word : {"false", "False", "FALSE", "0"}) {
    if (text == word) return false;
  }
  return std::nullopt;
}

[[noreturn]] void RefuseCell(const RowPlace& place, const std::string& column,
                             const std::string& expected,
                             std::string_view cell) {
  throw DataError({.where = place.Text(column),
                   .expected = expected,
                   .got = Quoted(cell) + DecimalHint(cell)});
}

}  // namespace

CsvEvents::CsvEvents(const std::vector<std::string>& columns,
                     const Schema& schema, const DataFile& file)
    : decimal_(file.format.decimal) {
  for (const std::string& name : columns) {
    const std::optional<std::size_t> field = schema.Find(name);
    AddColumn(name, field ? FormOf(schema.field(*field).type) : Form::kLeftOut);
  }
  if (left_out_.size() < columns.size()) return;
  throw DataError({.where = file.name + ":1",
                   .expected = "a column that is a field of the schema",
                   .got = "none of " + std::to_string(columns.size())});
}

CsvEvents::CsvEvents(const std::vector<std::string>& columns,
                     const TableProfile& profile, const DataFile& file)
    : decimal_(file.format.decimal) {
  for (const std::string& name : columns) {
    const ColumnSummary& column = profile.columns[profile.Find(name)];
    if (column.integers || column.type == GuessedType::kNumber) {
      AddColumn(name, Form::kNumber);
    } else {
      AddColumn(name, column.type == GuessedType::kBoolean ? Form::kBoolean
                                                           : Form::kText);
    }
  }
}

CsvEvents::Form CsvEvents::FormOf(FieldType type) {
  switch (type) {
    case FieldType::kNumber:
    case FieldType::kInteger:
      return Form::kNumber;
    case FieldType::kBoolean:
      return Form::kBoolean;
    case FieldType::kTimestamp:
      return Form::kTime;
    case FieldType::kCategory:
    case FieldType::kText:
      break;
  }
  return Form::kText;
}

void CsvEvents::AddColumn(const std::string& name, Form form) {
  std::string key;
  AppendJsonText(name, key);
  key += ':';
  columns_.push_back({.name = name, .key = std::move(key), .form = form});
  if (form == Form::kLeftOut) left_out_.push_back(name);
}

void CsvEvents::Append(const std::vector<std::string_view>& cells,
                       const RowPlace& place, std::string& out) const {
  char before = '{';
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (columns_[i].form == Form::kLeftOut || IsBlank(cells[i])) continue;
    out += std::exchange(before, ',');
    out += columns_[i].key;
    AppendValue(columns_[i], cells[i], place, out);
  }
  if (before == '{') out += before;
  out += '}';
}

void CsvEvents::AppendValue(const Column& column, std::string_view cell,
                            const RowPlace& place, std::string& out) const {
  switch (column.form) {
    case Form::kNumber: {
      std::string scratch;
      const auto number =
          ParseNumberCell(WithPoint(Trim(cell), decimal_, scratch));
      if (!number) RefuseCell(place, column.name, "a number", cell);
      AppendJsonNumber(*number, out);
      return;
    }
    case Form::kBoolean: {
      const auto value = ParseBoolean(Trim(cell));
      if (!value) RefuseCell(place, column.name, "true or false", cell);
      out += *value ? "true" : "false";
      return;
    }
    case Form::kTime:
      AppendJsonText(Trim(cell), out);
      return;
    case Form::kText:
    case Form::kLeftOut:
      AppendJsonText(cell, out);
  }
}

}  // namespace tidemill
