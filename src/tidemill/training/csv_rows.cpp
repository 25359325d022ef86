#include <algorithm>
#include <optional>

#include "tidemill/core/errors.h"
#include "tidemill/data/csv_table.h"
#include "tidemill/training/row_source.h"
#include "tidemill/wire/field_values.h"

namespace tidemill {
namespace {

constexpr std::size_t kAbsent = static_cast<std::size_t>(-1);

/// Which column of the file holds what.
struct CsvColumns {
  std::vector<std::size_t> fields;  ///< per field of the schema
  std::vector<std::size_t> target;  ///< per column of the target
};

std::size_t FindColumn(const std::vector<std::string>& names,
                       const std::string& name) {
  const auto place = std::find(names.begin(), names.end(), name);
  return place == names.end() ? kAbsent
                              : static_cast<std::size_t>(place - names.begin());
}

[[noreturn]] void RefuseAbsent(const RowPlace& place, const std::string& column,
                               const std::string& role,
                               const std::vector<std::string>& names) {
  throw DataError({.where = place.Text(),
                   .expected = "a column '" + column + "', " + role +
                               Suggest(column, names),
                   .got = "the columns " + ListNames(names)});
}

CsvColumns FindColumns(const CsvTable& table, RowSink& sink) {
  const RowPlace place = table.place();
  CsvColumns columns;
  const std::vector<std::string>& truth = sink.target.columns();
  for (std::size_t i = 0; i < truth.size(); ++i) {
    columns.target.push_back(FindColumn(table.columns(), truth[i]));
    if (columns.target.back() == kAbsent) {
      RefuseAbsent(place, truth[i], sink.target.role(i), table.columns());
    }
  }
  std::vector<std::string> absent;
  for (const Field& field : sink.builder.staging_schema().fields()) {
    columns.fields.push_back(FindColumn(table.columns(), field.name));
    if (columns.fields.back() != kAbsent) continue;
    if (field.required) {
      RefuseAbsent(place, field.name, "a required field", table.columns());
    }
    absent.push_back(field.name);
  }
  if (!absent.empty()) {
    sink.fields_without_column.insert(absent.begin(), absent.end());
    sink.warnings.push_back(*place.file + ": no column " + ListNames(absent) +
                            ": missing in every row");
  }
  return columns;
}

std::string Found(Reason reason, std::string_view cell) {
  constexpr std::size_t kMaxShown = 80;
  const std::string text = "'" + std::string(cell.substr(0, kMaxShown)) + "'";
  return reason == Reason::kNonFiniteNumber ? text + ", which no float64 holds"
                                            : text;
}

void StageRow(const CsvColumns& columns, const CsvTable& table, char decimal,
              DatasetBuilder& builder) {
  const Schema& schema = builder.staging_schema();
  const std::size_t row = builder.staging().AppendRow();
  std::string scratch;
  for (std::size_t i = 0; i < schema.size(); ++i) {
    const Field& field = schema.field(i);
    if (columns.fields[i] == kAbsent) continue;
    const std::string_view cell = table.cells()[columns.fields[i]];
    if (field.required && IsBlank(cell)) {
      throw DataError({.where = table.place().Text(field.name),
                       .expected = std::string(Wanted(field.type)) +
                                   ", for the field is required",
                       .got = "an empty cell"});
    }
    const bool number = IsNumeric(field.type);
    if (const auto wrong = StoreCell(
            field, i, number ? WithPoint(cell, decimal, scratch) : cell, row,
            builder.staging())) {
      throw DataError(
          {.where = table.place().Text(field.name),
           .expected = std::string(Wanted(field.type)),
           .got = Found(*wrong, cell) + (number ? DecimalHint(cell) : "")});
    }
  }
}

}  // namespace

void ReadCsvRows(const DataFile& file, DataText& text, RowSink& sink) {
  CsvTable table(text.text(), file);
  const CsvColumns columns = FindColumns(table, sink);
  std::vector<std::optional<std::string_view>> truth;
  std::vector<std::string> scratch(columns.target.size());
  std::size_t rows = 0;
  while (table.Next()) {
    StageRow(columns, table, file.format.decimal, sink.builder);
    truth.clear();
    for (std::size_t i = 0; i < columns.target.size(); ++i) {
      truth.emplace_back(WithPoint(table.cells()[columns.target[i]],
                                   file.format.decimal, scratch[i]));
    }
    if (const auto target = sink.target.Read(truth, table.place())) {
      sink.builder.Take(*target);
    } else {
      sink.builder.Drop();
    }
    sink.progress.Advance(text.position());
    ++rows;
  }
  if (rows == 0) {
    throw DataError({.where = file.name,
                     .expected = "rows to learn from",
                     .got = "a header only"});
  }
}

}  // namespace tidemill
