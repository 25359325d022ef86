#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tidemill/core/event_batch.h"
#include "tidemill/core/schema.h"
#include "tidemill/features/frame.h"

namespace tidemill {

/// What is known of a row's outcome.
struct Truth {
  double target = 0.0;  ///< a value, or the number of its class
  double weight = 1.0;  ///< what the row counts for in learning
};

/// The texts of all text fields together; more are refused with DataError.
inline constexpr std::size_t kMaxDatasetTextBytes = std::size_t{1} << 30U;

/// Rows with their truth, as typed columns.
///
/// Memory: per row 8 bytes for a number and for the target, 4 for a category,
///         16 for a timestamp, 16 and its bytes for a text, and 16 more; arrays
///         that grow take up to three times that for a moment.
struct Dataset {
  Schema schema;      ///< dictionaries over all rows, in order of appearance
  EventBatch events;  ///< the id, when it is a text, stays missing
  std::vector<double> target;  ///< per row; the number of its class, or a value
  std::vector<double> weights;       ///< per row; none: all count alike
  std::vector<std::string> classes;  ///< labels by number; of a regression none

  std::string sha256;  ///< of the files' bytes, one after the other

  std::uint64_t rows_without_target = 0;        ///< left out
  std::uint64_t rows_out_of_range = 0;          ///< left out, by their target
  std::set<std::string> fields_without_column;  ///< in some CSV file

  std::size_t rows() const { return target.size(); }
};

/// Collects rows whose categories are not known yet: they are staged under a
/// schema that has text in their place, then taken.
class DatasetBuilder {
 public:
  explicit DatasetBuilder(const Schema& schema);

  /// What a staged row is decoded with.
  const Schema& staging_schema() const { return staging_schema_; }
  /// For one row at a time.
  EventBatch& staging() { return staging_; }

  /// Takes the staged row, or forgets it. Take() throws DataError when there
  /// are too many texts.
  void Take(const Truth& truth);
  void Drop() { staging_.Clear(); }

  /// Ends the building; classes and counts are TargetReader's to complete.
  Dataset Finish();

 private:
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>()(text);
    }
  };
  /// Codes by order of appearance.
  struct Interner {
    std::unordered_map<std::string, std::int32_t, TextHash, std::equal_to<>>
        codes;
    std::int32_t Code(std::string_view text);
  };

  const Schema* schema_;
  Schema staging_schema_;
  EventBatch staging_;
  EventBatch events_;
  std::vector<Interner> interners_;  ///< per field
  std::vector<double> target_;
  std::vector<double> weights_;
  std::size_t text_bytes_ = 0;
};

/// The dataset's schema with the dictionaries that training on `rows` gives:
/// their distinct texts, sorted. That of an id field stays empty, for a model
/// keeps nobody's name. Throws DataError when there are too many texts.
Schema LearnSchema(const Dataset& data, std::span<const std::size_t> rows);

/// The rows as columns of a schema that LearnSchema made; a category that it
/// does not know is unseen.
Frame FrameOf(const Dataset& data, const Schema& schema,
              std::span<const std::size_t> rows);

}  // namespace tidemill
