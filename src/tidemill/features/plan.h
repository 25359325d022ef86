#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "tidemill/core/event_batch.h"
#include "tidemill/core/matrix.h"
#include "tidemill/core/schema.h"
#include "tidemill/features/expression.h"

namespace tidemill {

/// Where a feature comes from, for engines that fold the pipeline into their
/// thresholds and for drift. Pointers live as long as the plan.
struct FeatureOrigin {
  enum class Kind : std::uint8_t {
    kNumber,    ///< one numeric field through `maps`, one after the other
    kCategory,  ///< one category field through `table`, by code + kTableShift
    kDerived,   ///< anything else
  };
  Kind kind = Kind::kDerived;
  std::span<const std::size_t> fields;  ///< raw fields, rising, each once
  std::vector<std::shared_ptr<const NumberMap>> maps;
  std::span<const double> table;
};

/// A pipeline compiled against a schema: batches of events in, a matrix of
/// features out. No step, name or dictionary is looked up at run time.
///
/// Shapes:  n x num_features(), row-major float64, NaN for missing.
/// Errors:  none at run time; an infinity can come out, see the scorer.
/// Threads: immutable; each thread brings its own Scratch.
class Plan {
 public:
  /// Columns that are worked out for a batch, features or not: 8 bytes each
  /// for every row of it.
  static constexpr std::size_t kMaxSlots = 131'072;

  /// Buffers of a thread; grow to the largest batch and stay.
  class Scratch {
   private:
    friend class Plan;
    std::vector<std::vector<double>> slots_;
    std::vector<std::vector<std::int32_t>> codes_;
    std::vector<ColumnValues> inputs_;
    std::vector<double*> outs_;
  };

  /// `features` are expressions over the schema's fields, all numbers; throws
  /// ArtifactError naming the first that is not, and on more than kMaxSlots
  /// columns in between.
  Plan(const Schema& schema, std::vector<ExpressionPtr> features);

  /// Overwrites the first batch.num_rows() rows of `out`, which has
  /// num_features() columns. Allocates only to grow `scratch`.
  void Run(const EventBatch& batch, Scratch& scratch,
           Eigen::Ref<RowMatrix> out) const;

  std::size_t num_features() const { return features_.size(); }
  const std::vector<std::string>& names() const { return names_; }
  const FeatureOrigin& origin(std::size_t feature) const {
    return origins_[feature];
  }

 private:
  /// A place that holds a column while a batch runs: a field of the batch or
  /// one of Scratch's arrays.
  struct Place {
    enum class Kind : std::uint8_t {
      kNumberField,
      kCodeField,
      kTimeField,
      kTextField,
      kSlot,
      kCodes
    } kind = Kind::kSlot;
    std::size_t index = 0;
  };
  /// Fills one of Scratch's arrays from places that are ready before it.
  struct Instruction {
    const Expression* expression = nullptr;
    std::vector<Place> inputs;
    std::vector<const NumberMap*> maps;  ///< applied to a copy of the input
    Place output;                        ///< of a block the first of its slots
  };
  /// Fills one column of the matrix: a copy of a numeric place, or a category
  /// place through a table.
  struct Output {
    Place from;
    const double* table = nullptr;
  };
  class Compiler;

  static ColumnValues ValuesAt(const Place& place, const EventBatch& batch,
                               const Scratch& scratch);
  static void GatherInputs(const Instruction& instruction,
                           const EventBatch& batch, Scratch& scratch);
  void Execute(const Instruction& instruction, const EventBatch& batch,
               Scratch& scratch) const;

  std::vector<ExpressionPtr> features_;  ///< own the maps, tables and kernels
  std::vector<std::string> names_;
  std::deque<std::vector<std::size_t>> origin_fields_;  ///< what origins view
  std::vector<FeatureOrigin> origins_;
  std::vector<Instruction> instructions_;
  std::vector<Output> outputs_;
  std::size_t num_slots_ = 0;
  std::size_t num_codes_ = 0;
};

}  // namespace tidemill
