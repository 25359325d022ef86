#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "tidemill/core/event_error.h"
#include "tidemill/simulation/dice.h"
#include "tidemill/simulation/row.h"

namespace tidemill {

/// What happened in the end.
struct Truth {
  double number = 0.0;  ///< 1 for "Yes", 0 for "No"; minutes of a ride
  std::string text;
};

/// Fields of a service that poison spoils.
struct PoisonTargets {
  std::string_view number_field = {};
  /// A field that takes `bad_value` (JSON) for a wrong value of its type.
  std::string_view strict_field = {};
  std::string_view bad_value = {};
  Reason bad_value_reason = Reason::kWrongType;
};

/// How one service's events come about and what happens to them.
///
/// Draw() makes an event's inputs; drift then moves some of them; Decide()
/// makes the labels out of the inputs as they are by then.
/// Threads: one at a time; Draw() is called with rising numbers.
class World {
 public:
  virtual ~World() = default;

  virtual std::span<const SimulatedField> fields() const = 0;
  virtual PoisonTargets poison_targets() const = 0;

  /// Fills everything but the labels. Texts live until the next Draw().
  virtual void Draw(std::uint64_t number, Dice& dice,
                    std::span<SimulatedValue> row) = 0;
  /// Fills the labels and the truth.
  virtual void Decide(Dice& dice, std::span<SimulatedValue> row,
                      Truth& truth) = 0;
};

std::unique_ptr<World> MakeChurnWorld(std::uint64_t seed);
/// The clock on New York's walls starts at `start`.
std::unique_ptr<World> MakeTaxiWorld(std::uint64_t seed,
                                     std::chrono::local_seconds start);

}  // namespace tidemill
