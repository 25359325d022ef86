#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tidemill {

/// Where on its way an event failed. Closed set: metric label and dead-letter
/// header.
enum class Stage : std::uint8_t {
  kSize,
  kParse,
  kSchema,
  kFeatures,
  kModel,
  kProduce,
};
inline constexpr int kNumStages = 6;

/// Why it failed. Closed set: metric label and dead-letter header.
enum class Reason : std::uint8_t {
  kEmpty,             ///< no value, or nothing but white space
  kTooLarge,          ///< over the size limit
  kInvalidUtf8,       ///< not UTF-8
  kInvalidJson,       ///< not JSON, or more than one JSON text
  kTooDeep,           ///< nested deeper than the limit
  kNotAnObject,       ///< JSON, but not an object
  kDuplicateKey,      ///< a key twice in the event
  kMissingField,      ///< a required field missing or null
  kWrongType,         ///< a value of another JSON type than the schema's
  kNotAnInteger,      ///< an integer field with a fraction or beyond 2^53
  kNonFiniteNumber,   ///< a number no float64 holds, e.g. 1e999
  kInvalidTimestamp,  ///< text that is no date and time
  kNonFiniteFeature,  ///< the pipeline made an infinity
  kNonFiniteScore,    ///< the model answered NaN or an infinity
  kModelFailed,       ///< the pipeline or the model threw an exception
  kRecordTooLarge,    ///< the broker refuses a record of that size
  kRecordRejected,    ///< the broker refuses the record for another reason
};
inline constexpr int kNumReasons = 17;

/// Lower-case names as they stand in metrics and headers, e.g. "schema",
/// "duplicate_key".
std::string_view ToText(Stage stage);
std::string_view ToText(Reason reason);

/// One event that cannot be scored. A normal value, not an exception.
struct EventError {
  Stage stage = Stage::kParse;
  Reason reason = Reason::kInvalidJson;
  /// For people; names field and expectation, at most a few hundred bytes,
  /// never the event's own content.
  std::string detail;
};

}  // namespace tidemill
