#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tidemill/config/training_config.h"
#include "tidemill/training/data_file.h"

namespace tidemill {

/// Makes a row's target out of the columns that hold its truth.
///
/// Classes: compared as text; numbers by value (1 is 1.0), true and false in
///          any of the spellings a boolean cell has.
/// Errors:  DataError naming place, column, expected and found.
class TargetReader {
 public:
  /// `config` must outlive the reader.
  explicit TargetReader(const TrainingConfig& config);

  /// The columns Read() wants, in its order: one, or two for minutes_between.
  const std::vector<std::string>& columns() const { return columns_; }

  /// 1 for the positive class, 0 for the other, or the value; nothing when the
  /// row has to be left out, which is counted. A cell without a value, or a
  /// blank one, is missing.
  std::optional<double> Read(
      std::span<const std::optional<std::string_view>> cells,
      const RowPlace& place);

  std::uint64_t missing() const { return missing_; }
  std::uint64_t out_of_range() const { return out_of_range_; }

  /// Throws DataError unless rows were read and, for classes, both were there.
  void Finish() const;

  const std::string& positive_label() const { return target_->positive; }
  const std::string& negative_label() const { return negative_; }

 private:
  double ReadClass(std::string_view cell, const RowPlace& place);
  double ReadNumber(std::string_view cell, const RowPlace& place) const;
  std::int64_t ReadTime(std::size_t column, std::string_view cell,
                        const RowPlace& place) const;
  bool InRange(double value) const;

  const TargetConfig* target_;
  bool binary_;
  std::vector<std::string> columns_;
  std::string negative_;
  std::uint64_t count_[2] = {0, 0};  ///< taken, by class
  std::uint64_t missing_ = 0;
  std::uint64_t out_of_range_ = 0;
};

}  // namespace tidemill
