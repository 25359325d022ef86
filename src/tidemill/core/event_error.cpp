#include "tidemill/core/event_error.h"

#include <array>

namespace tidemill {
namespace {

constexpr std::array<std::string_view, kNumStages> kStageNames = {
    "size", "parse", "schema", "features", "model", "produce"};

constexpr std::array<std::string_view, kNumReasons> kReasonNames = {
    "empty",
    "too_large",
    "invalid_utf8",
    "invalid_json",
    "too_deep",
    "not_an_object",
    "duplicate_key",
    "missing_field",
    "wrong_type",
    "not_an_integer",
    "non_finite_number",
    "invalid_timestamp",
    "non_finite_feature",
    "non_finite_score",
    "model_failed",
    "record_too_large",
    "record_rejected"};

}  // namespace

std::string_view ToText(Stage stage) {
  return kStageNames[static_cast<std::size_t>(stage)];
}

std::string_view ToText(Reason reason) {
  return kReasonNames[static_cast<std::size_t>(reason)];
}

}  // namespace tidemill
