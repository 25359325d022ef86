#include "tidemill/training/target_reader.h"

#include <algorithm>

#include "tidemill/core/dictionary.h"
#include "tidemill/core/errors.h"
#include "tidemill/core/timestamp.h"
#include "tidemill/data/cell_text.h"
#include "tidemill/data/csv_table.h"
#include "tidemill/wire/field_values.h"

namespace tidemill {
namespace {

/// The first labels of many.
std::string ListLabels(const std::vector<std::string>& labels) {
  constexpr std::size_t kMaxShown = 10;
  std::string text;
  for (std::size_t i = 0; i < std::min(labels.size(), kMaxShown); ++i) {
    text += (i == 0 ? "" : ", ") + Quoted(labels[i]);
  }
  return labels.size() > kMaxShown ? text + ", ..." : text;
}

void CheckLabelSize(std::string_view cell, const std::string& where) {
  if (cell.size() <= Dictionary::kMaxTextBytes) return;
  throw DataError({.where = where,
                   .expected = "a class of at most " +
                               std::to_string(Dictionary::kMaxTextBytes) +
                               " bytes",
                   .got = std::to_string(cell.size())});
}

}  // namespace

TargetReader::TargetReader(const TrainingConfig& config)
    : target_(&config.target),
      task_(config.task),
      negative_(config.target.negative.value_or("")),
      labels_(config.target.classes, config.target.where) {
  if (target_->column.empty()) {
    columns_ = {target_->minutes_from, target_->minutes_to};
  } else {
    columns_ = {target_->column};
  }
  num_targets_ = columns_.size();
  if (!target_->weight.empty()) columns_.push_back(target_->weight);
}

std::optional<Truth> TargetReader::Read(
    std::span<const std::optional<std::string_view>> cells,
    const RowPlace& place) {
  const auto targets = cells.first(num_targets_);
  for (const auto& cell : targets) {
    if (!cell || IsBlank(*cell)) {
      ++missing_;
      return std::nullopt;
    }
  }
  Truth truth{.target = ReadTarget(targets, place)};
  if (!InRange(truth.target)) {
    ++out_of_range_;
    return std::nullopt;
  }
  if (cells.size() > num_targets_) {
    truth.weight = ReadWeight(cells[num_targets_], place);
  }
  return truth;
}

double TargetReader::ReadTarget(
    std::span<const std::optional<std::string_view>> cells,
    const RowPlace& place) {
  if (task_ == Task::kBinary) return ReadOfTwo(*cells[0], place);
  if (task_ == Task::kMulticlass) return ReadOfMany(*cells[0], place);
  if (cells.size() == 1) return ReadNumber(*cells[0], place);
  constexpr double kMinuteUs = 60e6;
  return static_cast<double>(ReadTime(1, *cells[1], place) -
                             ReadTime(0, *cells[0], place)) /
         kMinuteUs;
}

double TargetReader::ReadWeight(const std::optional<std::string_view>& cell,
                                const RowPlace& place) const {
  const auto weight = ParseFinite(Trim(cell.value_or("")));
  if (weight && *weight >= 0.0) return *weight;
  throw DataError({.where = place.Text(columns_[num_targets_]),
                   .expected = "a number from 0, for it is the weight",
                   .got = cell && !IsBlank(*cell)
                              ? Quoted(*cell) + DecimalHint(*cell)
                              : "none"});
}

double TargetReader::ReadOfTwo(std::string_view cell, const RowPlace& place) {
  const std::string text = ClassText(cell);
  if (text == ClassText(target_->positive)) return 1.0;
  CheckLabelSize(cell, place.Text(columns_[0]));
  if (negative_.empty()) negative_ = std::string(Trim(cell));
  if (text == ClassText(negative_)) return 0.0;
  throw DataError({.where = place.Text(columns_[0]),
                   .expected = "one of two classes, " +
                               Quoted(target_->positive) + " or " +
                               Quoted(negative_),
                   .got = Quoted(text)});
}

double TargetReader::ReadOfMany(std::string_view cell, const RowPlace& place) {
  CheckLabelSize(cell, place.Text(columns_[0]));
  const std::size_t code = labels_.Code(cell);
  if (code != ClassLabels::kNone) return static_cast<double>(code);
  throw DataError(
      {.where = place.Text(columns_[0]),
       .expected = labels_.are_given()
                       ? "one of the classes " + ListLabels(labels_.labels())
                       : "at most " + std::to_string(kMaxClasses) +
                             " classes (of a number: task: regression)",
       .got = labels_.are_given() ? Quoted(Trim(cell))
                                  : "one more, " + Quoted(Trim(cell))});
}

double TargetReader::ReadNumber(std::string_view cell,
                                const RowPlace& place) const {
  const auto value = ParseFinite(Trim(cell));
  if (!value) {
    throw DataError({.where = place.Text(columns_[0]),
                     .expected = "a number, for it is the target",
                     .got = Quoted(cell) + DecimalHint(cell)});
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

void TargetReader::Finish(Dataset& data) const {
  data.rows_without_target = missing_;
  data.rows_out_of_range = out_of_range_;
  if (data.target.empty()) {
    throw DataError(
        {.where = "target '" + columns_[num_targets_ - 1] + "'",
         .expected = "rows to learn from",
         .got = "none (" + std::to_string(missing_) + " without a target, " +
                std::to_string(out_of_range_) + " out of its range)"});
  }
  if (target_->weight.empty()) data.weights.clear();
  if (task_ == Task::kBinary) FinishTwo(data);
  if (task_ == Task::kMulticlass) FinishMany(data);
}

void TargetReader::FinishTwo(Dataset& data) const {
  const auto [least, greatest] =
      std::minmax_element(data.target.begin(), data.target.end());
  if (*least == *greatest) {
    throw DataError(
        {.where = "target '" + columns_[0] + "'",
         .expected = "two classes, " + Quoted(target_->positive) +
                     " (target.positive) and another",
         .got = "one class only, " +
                Quoted(*greatest > 0.5 ? target_->positive : negative_)});
  }
  data.classes = {negative_, target_->positive};
}

void TargetReader::FinishMany(Dataset& data) const {
  if (labels_.size() < 3) {
    throw DataError({.where = "target '" + columns_[0] + "'",
                     .expected = "three classes and more (of two: task: "
                                 "binary)",
                     .got = ListLabels(labels_.labels())});
  }
  const std::vector<std::size_t> order = labels_.ClassOrder();
  std::vector<bool> seen(order.size(), false);
  for (double& target : data.target) {
    const std::size_t number = order[static_cast<std::size_t>(target)];
    seen[number] = true;
    target = static_cast<double>(number);
  }
  data.classes.resize(order.size());
  for (std::size_t code = 0; code < order.size(); ++code) {
    data.classes[order[code]] = labels_.labels()[code];
  }
  for (std::size_t i = 0; i < seen.size(); ++i) {
    if (seen[i]) continue;
    throw DataError({.where = "target '" + columns_[0] + "'",
                     .expected = "a row of every class in target.classes",
                     .got = "none of " + Quoted(data.classes[i])});
  }
}

}  // namespace tidemill
