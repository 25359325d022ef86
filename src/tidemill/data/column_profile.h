#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tidemill/data/distinct_sketch.h"

namespace tidemill {

/// What a column seems to hold.
enum class GuessedType : std::uint8_t {
  kEmpty,    ///< no value in any row
  kBoolean,  ///< true and false, spelt so
  kInteger,  ///< whole numbers without a point
  kNumber,
  kTimestamp,  ///< as ParseTimestamp takes it
  kCategory,   ///< a text that comes again
  kText,       ///< many words, or too many different texts
  kId,         ///< another value in every row, and no measure of anything
  kNested,     ///< objects or arrays
};

/// "empty", "boolean", "integer", ...
std::string_view ToText(GuessedType type);

/// One value: a CSV cell may be anything, JSON says what it is.
struct CellValue {
  enum class Kind : std::uint8_t {
    kMissing,
    kCell,
    kNumber,
    kBoolean,
    kText,
    kNested
  };
  Kind kind = Kind::kMissing;
  std::string_view text;
};

struct ValueCount {
  std::string value;  ///< cut when it is long
  std::uint64_t count = 0;
};

/// What is known of a column once all rows were seen.
struct ColumnSummary {
  std::string name;
  GuessedType type = GuessedType::kEmpty;
  std::uint64_t rows = 0;
  std::uint64_t missing = 0;
  std::uint64_t distinct = 0;   ///< of the values that are there
  bool distinct_exact = true;   ///< else an estimate (DistinctSketch)
  bool unique = false;          ///< no value comes twice, as far as is known
  bool integers = false;        ///< all are, without leading zeros, below 2^53
  bool signs = false;           ///< before a number, + or -
  bool many_words = false;      ///< in its texts, on average
  bool decimal_commas = false;  ///< numbers, were it not for 1,5

  /// Of the numbers, in rows' order of summing; of timestamps the first two,
  /// in microseconds since 1970.
  double minimum = 0.0;
  double maximum = 0.0;
  double mean = 0.0;
  /// The most frequent values, at most 100, most frequent first; none when
  /// there are too many different ones to count.
  std::vector<ValueCount> top;
  /// The values as a target's classes, told apart as ClassText() does: how
  /// many, and the most frequent in their most frequent spelling.
  std::uint64_t num_classes = 0;
  std::vector<ValueCount> classes;
  /// Of a class that is spelt in several ways: the hash of each further
  /// spelling to that of the most frequent.
  std::unordered_map<std::uint64_t, std::uint64_t> spellings;
  std::string example;             ///< the first value
  std::vector<std::string> notes;  ///< what somebody should know

  bool constant() const { return distinct == 1 && missing == 0; }
};

/// How many values may be counted one by one, by all columns together.
struct CountBudget {
  std::size_t left = 1'000'000;
};

/// Looks at the values of one column, one after the other.
/// Memory: kMaxCounted counters and what DistinctSketch takes.
class ColumnProfile {
 public:
  static constexpr std::size_t kMaxCounted = 10'000;

  /// `rows_before`: those in which the column was not there yet. `decimal` is
  /// that of numbers in CSV cells. `budget` must outlive it.
  ColumnProfile(std::string name, std::uint64_t rows_before, char decimal,
                CountBudget& budget);

  struct Seen {
    std::uint64_t hash = 0;  ///< 0 when missing; 1.0 and 1 are two values
    /// The value of a number, a boolean or a timestamp; NaN otherwise.
    double number = 0.0;
  };
  /// `place` is the row's line.
  Seen Add(const CellValue& value, std::size_t line);

  const std::string& name() const { return name_; }
  ColumnSummary Summary();

 private:
  void Count(std::uint64_t hash, std::string_view text);
  double LookAt(const CellValue& value);
  double LookAtCell(std::string_view cell);
  void LookAtText(std::string_view text);
  void AddNumber(double value);
  GuessedType Guess(const ColumnSummary& summary) const;
  GuessedType GuessTextType(const ColumnSummary& summary) const;
  double MeanWords() const;
  bool IsNamedId() const;
  using Counted = std::vector<std::pair<std::uint64_t, ValueCount>>;
  Counted SortedCounts() const;
  void AddClasses(const Counted& sorted, ColumnSummary& summary) const;
  void AddNotes(const Counted& sorted, ColumnSummary& summary) const;

  std::string name_;
  char decimal_;
  CountBudget* budget_;
  std::uint64_t rows_;
  std::uint64_t missing_;

  std::unordered_map<std::uint64_t, ValueCount> counts_;
  bool counting_ = true;  ///< every value so far has its counter
  DistinctSketch sketch_;
  std::string example_;

  // How many values can be read as what.
  std::uint64_t numbers_ = 0;
  std::uint64_t whole_numbers_ = 0;
  std::uint64_t booleans_ = 0;
  std::uint64_t timestamps_ = 0;
  std::uint64_t nested_ = 0;
  std::uint64_t leading_zeros_ = 0;
  std::uint64_t signs_ = 0;
  std::uint64_t decimal_commas_ = 0;
  std::uint64_t markers_ = 0;  ///< NA and the like
  std::uint64_t other_dates_ = 0;
  std::uint64_t with_space_ = 0;
  std::uint64_t words_ = 0;
  std::uint64_t text_bytes_ = 0;

  double minimum_ = 0.0;
  double maximum_ = 0.0;
  double sum_ = 0.0;
  std::uint64_t figures_ = 0;  ///< numbers, booleans and timestamps
  bool counts_up_ = true;      ///< every number is the last one plus one

  std::string odd_value_;  ///< the first that is no number
  std::size_t odd_line_ = 0;
};

}  // namespace tidemill
