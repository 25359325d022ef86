#include "tidemill/training/target_reader.h"

#include <array>
#include <charconv>
#include <cmath>

#include "tidemill/core/errors.h"
#include "tidemill/core/timestamp.h"
#include "tidemill/wire/field_values.h"
#include "tidemill/wire/json_text.h"

namespace tidemill {
namespace {

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::optional<double> ParseNumber(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  double value = 0.0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() ||
      !std::isfinite(value)) {
    return std::nullopt;
  }
  return value;
}

/// One text for one class, however it is spelt.
std::string ClassText(std::string_view cell) {
  const std::string_view text = Trim(cell);
  for (const std::string_view spelling : {"true", "True", "TRUE"}) {
    if (text == spelling) return "true";
  }
  for (const std::string_view spelling : {"false", "False", "FALSE"}) {
    if (text == spelling) return "false";
  }
  if (const auto number = ParseNumber(text)) {
    std::string shortest;
    AppendJsonNumber(*number, shortest);
    return shortest;
  }
  return std::string(text);
}

std::string Quoted(std::string_view text) {
  constexpr std::size_t kMaxShown = 80;
  return "'" + std::string(text.substr(0, kMaxShown)) + "'";
}

}  // namespace

TargetReader::TargetReader(const TrainingConfig& config)
    : target_(&config.target),
      binary_(config.task == Task::kBinary),
      negative_(config.target.negative.value_or("")) {
  if (target_->column.empty()) {
    columns_ = {target_->minutes_from, target_->minutes_to};
  } else {
    columns_ = {target_->column};
  }
}

std::optional<double> TargetReader::Read(
    std::span<const std::optional<std::string_view>> cells,
    const RowPlace& place) {
  for (const auto& cell : cells) {
    if (!cell || IsBlank(*cell)) {
      ++missing_;
      return std::nullopt;
    }
  }
  if (binary_) {
    const double positive = ReadClass(*cells[0], place);
    ++count_[positive > 0.5 ? 1 : 0];
    return positive;
  }
  constexpr double kMinuteUs = 60e6;
  const double value =
      cells.size() == 1 ? ReadNumber(*cells[0], place)
                        : static_cast<double>(ReadTime(1, *cells[1], place) -
                                              ReadTime(0, *cells[0], place)) /
                              kMinuteUs;
  if (!InRange(value)) {
    ++out_of_range_;
    return std::nullopt;
  }
  ++count_[0];
  return value;
}

double TargetReader::ReadClass(std::string_view cell, const RowPlace& place) {
  const std::string text = ClassText(cell);
  if (text == ClassText(target_->positive)) return 1.0;
  if (negative_.empty()) negative_ = std::string(Trim(cell));
  if (text == ClassText(negative_)) return 0.0;
  throw DataError({.where = place.Text(columns_[0]),
                   .expected = "one of two classes, " +
                               Quoted(target_->positive) + " or " +
                               Quoted(negative_),
                   .got = Quoted(text)});
}

double TargetReader::ReadNumber(std::string_view cell,
                                const RowPlace& place) const {
  const auto value = ParseNumber(Trim(cell));
  if (!value) {
    throw DataError({.where = place.Text(columns_[0]),
                     .expected = "a number, for it is the target",
                     .got = Quoted(cell)});
  }
  return *value;
}

std::int64_t TargetReader::ReadTime(std::size_t column, std::string_view cell,
                                    const RowPlace& place) const {
  const auto time = ParseTimestamp(Trim(cell));
  if (!time) {
    throw DataError({.where = place.Text(columns_[column]),
                     .expected = "a timestamp, for the target needs it",
                     .got = Quoted(cell)});
  }
  return time->utc_us;
}

bool TargetReader::InRange(double value) const {
  return !(target_->minimum && value < *target_->minimum) &&
         !(target_->maximum && value > *target_->maximum);
}

void TargetReader::Finish() const {
  const std::string where = "target '" + columns_.back() + "'";
  if (count_[0] + count_[1] == 0) {
    throw DataError(
        {.where = where,
         .expected = "rows to learn from",
         .got = "none (" + std::to_string(missing_) + " without a target, " +
                std::to_string(out_of_range_) + " out of its range)"});
  }
  if (!binary_ || (count_[0] > 0 && count_[1] > 0)) return;
  throw DataError(
      {.where = where,
       .expected = "two classes, " + Quoted(target_->positive) +
                   " (target.positive) and another",
       .got = "one class only, " +
              Quoted(count_[1] > 0 ? target_->positive : negative_)});
}

}  // namespace tidemill
