#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tidemill/config/training_config.h"
#include "tidemill/data/data_file.h"
#include "tidemill/training/class_labels.h"
#include "tidemill/training/dataset.h"

namespace tidemill {

/// Makes a row's truth out of the columns that hold it: its target, and what
/// the row counts for.
///
/// Classes: see ClassText(); a label may have 65,536 bytes.
/// Errors:  DataError naming place, column, expected and found; ConfigError
///          when classes of the config are one.
class TargetReader {
 public:
  /// `config` must outlive the reader.
  explicit TargetReader(const TrainingConfig& config);

  /// The columns Read() wants, in its order: one, or two for minutes_between;
  /// then the weight's.
  const std::vector<std::string>& columns() const { return columns_; }
  /// "for the target", "for the weights".
  const char* role(std::size_t column) const {
    return column < num_targets_ ? "for the target" : "for the weights";
  }

  /// A value, 1 for the positive class and 0 for the other, or of more classes
  /// a number that Finish() puts right; nothing when the row has to be left
  /// out, which is counted. A cell without a value, or a blank one, is
  /// missing.
  std::optional<Truth> Read(
      std::span<const std::optional<std::string_view>> cells,
      const RowPlace& place);

  /// Completes the data: classes in class order, their numbers, the counts.
  /// Throws DataError unless rows were read, of every class, and one has a
  /// weight.
  void Finish(Dataset& data) const;

 private:
  double ReadTarget(std::span<const std::optional<std::string_view>> cells,
                    const RowPlace& place);
  double ReadWeight(const std::optional<std::string_view>& cell,
                    const RowPlace& place) const;
  double ReadOfTwo(std::string_view cell, const RowPlace& place);
  double ReadOfMany(std::string_view cell, const RowPlace& place);
  double ReadNumber(std::string_view cell, const RowPlace& place) const;
  std::int64_t ReadTime(std::size_t column, std::string_view cell,
                        const RowPlace& place) const;
  bool InRange(double value) const;
  void FinishTwo(Dataset& data) const;
  void FinishMany(Dataset& data) const;

  const TargetConfig* target_;
  Task task_;
  std::vector<std::string> columns_;
  std::size_t num_targets_;
  std::string negative_;
  ClassLabels labels_;
  std::uint64_t missing_ = 0;
  std::uint64_t out_of_range_ = 0;
};

}  // namespace tidemill
