#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tidemill/core/schema.h"

namespace tidemill {

enum class FieldRole : std::uint8_t {
  kId,     ///< names the event and is its key; always the first field
  kInput,  ///< what arrives in production
  kLabel,  ///< known only afterwards
  kWorld,  ///< how the world works; never written, but drift can move it
};

/// A column of a service's simulated rows.
struct SimulatedField {
  std::string_view name;
  FieldType type = FieldType::kNumber;
  FieldRole role = FieldRole::kInput;
  int decimals = 0;  ///< of a number, at most
};

/// One cell. Of a timestamp, `number` is the seconds since 1970 of the clock
/// on the wall. A missing cell keeps its value, which the truth may follow.
struct SimulatedValue {
  double number = 0.0;
  std::string_view text;  ///< category and text fields
  bool missing = false;
};

/// Writes rows as JSON objects and CSV lines.
/// Numbers:  decimal, rounded to the field's decimals, no trailing zeros.
/// Missing:  JSON null or left out, by turns over events and fields, since
///           both occur and mean the same; an empty cell in CSV.
/// Threads:  immutable once built.
class RowWriter {
 public:
  /// The fields must outlive the writer.
  explicit RowWriter(std::span<const SimulatedField> fields);

  /// Appends the object of id and inputs, or of the labels as well.
  void AppendJson(std::span<const SimulatedValue> row, std::uint64_t number,
                  bool with_labels, std::string& out) const;

  /// Append one line with its line feed; RFC 4180 quoting.
  void AppendCsvHeader(bool with_labels, std::string& out) const;
  void AppendCsvRow(std::span<const SimulatedValue> row, bool with_labels,
                    std::string& out) const;

 private:
  bool Written(const SimulatedField& field, bool with_labels) const;

  std::span<const SimulatedField> fields_;
  std::vector<std::string> keys_;  ///< `"name":`
};

/// `2019-03-23 20:21:09`. Requires a year from 0 to 9999.
void AppendLocalTime(std::int64_t local_seconds, std::string& out);

}  // namespace tidemill
