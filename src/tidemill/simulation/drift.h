#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "tidemill/simulation/dice.h"
#include "tidemill/simulation/row.h"

namespace tidemill {

enum class DriftKind : std::uint8_t {
  kAdd,      ///< amount is added
  kScale,    ///< multiplied by amount
  kReplace,  ///< a share becomes text, or amount in a numeric field
  kMissing,  ///< a share is not there
};

/// One change of one field, from one event on.
struct Drift {
  std::size_t field = 0;
  DriftKind kind = DriftKind::kAdd;
  double amount = 0.0;
  std::string text;
  double share = 1.0;
  std::uint64_t from = 0;  ///< number of the first drifted event
};

/// Reads FIELD=CHANGE or FIELD=CHANGE@N (from event N on; the first is 0):
///
///   distance=+20%              a fifth more; -20% a fifth less
///   tenure=-3                  three less; +3 three more
///   MonthlyCharges=*1.5        one and a half times
///   Contract=missing:0.3       in 30 % (or `30%`) of the events not there
///   Contract=value:One year:0.5   in half of them this value
///
/// FIELD is an input or one of the world's own factors (churn: churn_odds,
/// taxi: traffic; both 1). Add and scale want a number field, a world factor
/// takes no `missing`, a timestamp nothing else, the id nothing. TEXT may hold
/// any character. Throws UsageError naming place, expected, found and the
/// nearest field.
Drift ParseDrift(std::string_view spec, std::span<const SimulatedField> fields);

/// Changes the row as the drift says. The random numbers are the event's own.
void ApplyDrift(const Drift& drift, const SimulatedField& field, Dice dice,
                std::span<SimulatedValue> row);

}  // namespace tidemill
