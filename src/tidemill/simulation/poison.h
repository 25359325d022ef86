#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "tidemill/core/event_error.h"
#include "tidemill/simulation/world.h"

namespace tidemill {

/// The ways in which an event can be broken.
enum class PoisonKind : std::uint8_t {
  kNotJson,
  kTruncated,
  kWrongType,
  kDuplicateKey,
  kInvalidUtf8,
  kNonFinite,
  kMissingId,
  kNullId,
  kEmpty,
  kArray,
  kTooDeep,
  kBadValue,  ///< 1.5 for an integer, "yesterday" for a time
  kNoValue,   ///< a record with a key and no value at all
};
inline constexpr int kNumPoisonKinds = 13;

/// Nested so deep is `kTooDeep`.
inline constexpr int kPoisonDepth = 2000;

/// Lower-case names, e.g. "duplicate_key".
std::string_view ToText(PoisonKind kind);

/// Why the event must end as a dead letter.
Reason ExpectedReason(PoisonKind kind, const PoisonTargets& targets);

/// Breaks a sound event: an object on one line whose first member is the id.
/// The result holds no line break.
void Poison(PoisonKind kind, const PoisonTargets& targets, std::string& event);

}  // namespace tidemill
