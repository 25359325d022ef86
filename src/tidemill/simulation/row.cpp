#include "tidemill/simulation/row.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include <fmt/format.h>

#include "tidemill/wire/json_text.h"

namespace tidemill {
namespace {

/// Drifted numbers beyond this are cut, so that they fit an int64 in units of
/// the last decimal.
constexpr double kLargest = 1e14;

void AppendNumber(double value, int decimals, std::string& out) {
  value = std::clamp(value, -kLargest, kLargest);
  std::int64_t unit = 1;
  for (int i = 0; i < decimals; ++i) unit *= 10;
  auto units = static_cast<std::int64_t>(
      std::floor(value * static_cast<double>(unit) + 0.5));
  if (units < 0) {
    out += '-';
    units = -units;
  }
  const fmt::format_int whole(units / unit);
  out.append(whole.data(), whole.size());
  std::int64_t rest = units % unit;
  if (rest == 0) return;
  out += '.';
  while (rest != 0) {
    unit /= 10;
    out += static_cast<char>('0' + rest / unit);
    rest %= unit;
  }
}

void AppendTwoDigits(unsigned value, std::string& out) {
  out += static_cast<char>('0' + value / 10);
  out += static_cast<char>('0' + value % 10);
}

void AppendCsvText(std::string_view text, std::string& out) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
    out += text;
    return;
  }
  out += '"';
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

}  // namespace

void AppendLocalTime(std::int64_t local_seconds, std::string& out) {
  using std::chrono::days;
  const std::chrono::sys_seconds time{std::chrono::seconds(local_seconds)};
  const auto day = std::chrono::floor<days>(time);
  const std::chrono::year_month_day date(day);
  const auto year = static_cast<unsigned>(static_cast<int>(date.year()));
  const auto second = static_cast<unsigned>((time - day).count());
  AppendTwoDigits(year / 100, out);
  AppendTwoDigits(year % 100, out);
  out += '-';
  AppendTwoDigits(static_cast<unsigned>(date.month()), out);
  out += '-';
  AppendTwoDigits(static_cast<unsigned>(date.day()), out);
  out += ' ';
  AppendTwoDigits(second / 3600, out);
  out += ':';
  AppendTwoDigits(second / 60 % 60, out);
  out += ':';
  AppendTwoDigits(second % 60, out);
}

RowWriter::RowWriter(std::span<const SimulatedField> fields) : fields_(fields) {
  for (const SimulatedField& field : fields) {
    keys_.emplace_back();
    AppendJsonText(field.name, keys_.back());
    keys_.back() += ':';
  }
}

bool RowWriter::Written(const SimulatedField& field, bool with_labels) const {
  return field.role == FieldRole::kId || field.role == FieldRole::kInput ||
         (with_labels && field.role == FieldRole::kLabel);
}

void RowWriter::AppendJson(std::span<const SimulatedValue> row,
                           std::uint64_t number, bool with_labels,
                           std::string& out) const {
  out += '{';
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    const SimulatedField& field = fields_[i];
    const SimulatedValue& value = row[i];
    const bool left_out = value.missing && (number + i) % 2 == 0;
    if (!Written(field, with_labels) || left_out) continue;
    if (out.back() != '{') out += ',';
    out += keys_[i];
    if (value.missing) {
      out += "null";
    } else if (IsNumeric(field.type)) {
      AppendNumber(value.number, field.decimals, out);
    } else if (field.type == FieldType::kTimestamp) {
      out += '"';
      AppendLocalTime(static_cast<std::int64_t>(value.number), out);
      out += '"';
    } else {
      AppendJsonText(value.text, out);
    }
  }
  out += '}';
}

void RowWriter::AppendCsvHeader(bool with_labels, std::string& out) const {
  std::string_view separator;
  for (const SimulatedField& field : fields_) {
    if (!Written(field, with_labels)) continue;
    out += separator;
    AppendCsvText(field.name, out);
    separator = ",";
  }
  out += '\n';
}

void RowWriter::AppendCsvRow(std::span<const SimulatedValue> row,
                             bool with_labels, std::string& out) const {
  std::string_view separator;
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    const SimulatedField& field = fields_[i];
    if (!Written(field, with_labels)) continue;
    out += separator;
    separator = ",";
    if (row[i].missing) continue;
    if (IsNumeric(field.type)) {
      AppendNumber(row[i].number, field.decimals, out);
    } else if (field.type == FieldType::kTimestamp) {
      AppendLocalTime(static_cast<std::int64_t>(row[i].number), out);
    } else {
      AppendCsvText(row[i].text, out);
    }
  }
  out += '\n';
}

}  // namespace tidemill
