#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tidemill/core/timestamp.h"

namespace tidemill {

enum class ColumnKind : std::uint8_t { kNumber, kCategory, kTimestamp, kText };
std::string_view ToText(ColumnKind kind);

/// What a column is, without its values.
struct Column {
  std::string name;
  ColumnKind kind = ColumnKind::kNumber;
  std::vector<std::string> categories;  ///< of a category column, by code
};

/// The values of a column; the member that fits its kind is set.
struct ColumnValues {
  const double* numbers = nullptr;
  const std::int32_t* codes = nullptr;
  const Timestamp* timestamps = nullptr;
  const std::string_view* texts = nullptr;  ///< without data() when missing
};

/// Number to number, element by element; NaN is missing.
/// Threads: immutable.
class NumberMap {
 public:
  virtual ~NumberMap() = default;
  /// In place. The same bits for a value whatever stands beside it.
  virtual void Apply(std::span<double> values) const = 0;
  /// True when greater numbers never map to smaller ones (NaN aside), so that
  /// a tree's threshold can be moved to the other side of the map.
  virtual bool nondecreasing() const = 0;
};

/// Number to the code of a category, element by element.
/// Threads: immutable.
class NumberCoder {
 public:
  virtual ~NumberCoder() = default;
  /// kMissingCode for NaN, kUnseenCode for a number that is no category.
  virtual void Apply(std::span<const double> values,
                     std::span<std::int32_t> codes) const = 0;
};

/// One number column out of one or more columns of any kind.
/// Threads: immutable.
class Kernel {
 public:
  virtual ~Kernel() = default;
  /// inputs[i] has out.size() values. Missing in, NaN out, as documented by
  /// each kernel.
  virtual void Apply(std::span<const ColumnValues> inputs,
                     std::span<double> out) const = 0;
};

/// Several number columns at once, for a step that would do its work anew for
/// each of them: the words of a text, a row's norm, a projection.
/// Threads: immutable; what it needs while it works is thread_local.
class BlockKernel {
 public:
  virtual ~BlockKernel() = default;
  virtual std::size_t num_outputs() const = 0;
  /// inputs[i] and outs[j] have `rows` values; outs has num_outputs() columns
  /// that overlap no input. The same bits for a row whatever stands beside it.
  virtual void Apply(std::span<const ColumnValues> inputs, std::size_t rows,
                     std::span<double* const> outs) const = 0;
};

/// Where a code stands in a table over a dictionary of n texts: entry 0 is for
/// unseen, 1 for missing, 2 + c for code c; n + 2 entries.
inline constexpr std::int32_t kTableShift = 2;

class Expression;
using ExpressionPtr = std::shared_ptr<const Expression>;

/// A column as a function of source columns. Built by the functions below,
/// which fold as they build: a map of a table is a table, a table of recoded
/// categories is a table over the source's own codes.
class Expression {
 public:
  enum class Op : std::uint8_t {
    kSource,
    kMap,
    kTable,
    kRecode,
    kCode,  ///< a category column out of a number column
    kKernel,
    kBlock,  ///< several columns; only a kPick takes it as its input
    kPick,   ///< one column of a block
  };

  Column column;
  Op op = Op::kSource;
  std::size_t source = 0;                    ///< kSource: its number
  std::vector<ExpressionPtr> inputs;         ///< all but kSource
  std::shared_ptr<const NumberMap> map;      ///< kMap
  std::vector<double> table;                 ///< kTable, by code + kTableShift
  std::vector<std::int32_t> recode;          ///< kRecode, by code + kTableShift
  std::shared_ptr<const NumberCoder> coder;  ///< kCode
  std::shared_ptr<const Kernel> kernel;      ///< kKernel
  std::shared_ptr<const BlockKernel> block;  ///< kBlock
  std::size_t pick = 0;                      ///< kPick: which of its columns

  std::size_t depth = 0;  ///< expressions below it, one under the other
  std::size_t words = 0;  ///< of 8 bytes, about: what its own tables take
};

ExpressionPtr MakeSource(Column column, std::size_t source);
/// The same values under another name.
ExpressionPtr Rename(const ExpressionPtr& input, std::string name);
/// Requires a number column.
ExpressionPtr MakeMap(std::string name, const ExpressionPtr& input,
                      std::shared_ptr<const NumberMap> map);
/// Requires a category column and categories.size() + 2 entries.
ExpressionPtr MakeTable(std::string name, const ExpressionPtr& input,
                        std::vector<double> table);
/// Category to category; `recode` holds codes of `categories`, kMissingCode
/// or kUnseenCode.
ExpressionPtr MakeRecode(Column column, const ExpressionPtr& input,
                         std::vector<std::int32_t> recode);
/// Number to category; `coder` answers codes of `column`'s categories. Requires
/// a number column.
ExpressionPtr MakeCode(Column column, const ExpressionPtr& input,
                       std::shared_ptr<const NumberCoder> coder);
ExpressionPtr MakeKernel(std::string name, std::vector<ExpressionPtr> inputs,
                         std::shared_ptr<const Kernel> kernel);
/// One expression per output of the block, named in order. `words` is what the
/// block itself keeps, in 8 bytes, about.
std::vector<ExpressionPtr> MakeBlock(std::span<const std::string> names,
                                     std::vector<ExpressionPtr> inputs,
                                     std::shared_ptr<const BlockKernel> block,
                                     std::size_t words = 0);

}  // namespace tidemill
