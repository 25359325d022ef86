#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tidemill/data/table_profile.h"

namespace tidemill {

/// What a column asks for as the target.
enum class TargetKind : std::uint8_t { kBinary, kClasses, kNumber };

/// The kind of the column: two classes; a category, or a whole number of at
/// most kMaxNumberClasses values; any other number. Throws DataError on a
/// column that cannot be learnt: none, constant, an id, a text, a time.
TargetKind TargetKindOf(const TableProfile& profile, std::size_t column);

inline constexpr std::uint64_t kMaxNumberClasses = 10;

/// A column that seems to know the target.
struct LeakageSuspect {
  std::size_t column = 0;
  /// By a model of that column alone: AUC, R2 or accuracy.
  std::optional<double> figure;
  bool by_name = false;  ///< the target's words, or one such as "outcome"
};

struct LeakageReport {
  TargetKind kind = TargetKind::kBinary;
  std::string measure;   ///< "AUC", "R2" or "accuracy"
  double limit = 0.0;    ///< from that figure on a column is a suspect
  std::size_t rows = 0;  ///< the figures are of so many; 0: too few for them
  std::vector<LeakageSuspect> suspects;  ///< in the order of the columns
};

/// Tries every column alone: numbers and times in up to 64 bins of equal
/// counts, anything else by its values, missing as a value of its own. Every
/// second row of the sample teaches the mean or most frequent target of each
/// bin, the others are judged.
///
/// Limits: AUC 0.98, R2 0.95, accuracy 0.98 where the most frequent class has
///         less than 0.95. Not judged below 100 rows or 10 of a class.
LeakageReport FindLeakage(const TableProfile& profile, std::size_t target);

}  // namespace tidemill
