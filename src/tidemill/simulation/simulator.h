#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tidemill/core/event_error.h"
#include "tidemill/simulation/poison.h"
#include "tidemill/simulation/row.h"

namespace tidemill {

struct SimulatorOptions {
  std::uint64_t seed = 1;
  /// Where the clock of the taxi rides starts, as it stands on New York's
  /// walls. Years 1970 to 9900. (Churn events carry no time.)
  std::chrono::local_seconds start =
      std::chrono::local_days{std::chrono::year{2019} / 3 / 1};
  /// FIELD=CHANGE[@N], applied in this order; see ParseDrift.
  std::vector<std::string> drifts;
  /// The share of events that arrive broken, 0 to 1.
  double poison_rate = 0.0;
};

/// One event and what came of it.
struct SimulatedEvent {
  std::uint64_t number = 0;  ///< from 0
  std::string key;           ///< customerID or ride_id, poisoned or not
  std::string value;         ///< as it arrives in production: JSON, no truth
  /// The same object with the truth's columns; equals `value` when poisoned.
  std::string labelled;
  /// Churn "Yes" or "No"; the ride's dropoff, "2019-03-23 20:27:24". Empty
  /// when poisoned.
  std::string truth;
  /// 1 for "Yes", 0 for "No"; the ride's minutes. NaN when poisoned.
  double truth_number = 0.0;

  std::optional<PoisonKind> poison;
  /// Why a poisoned event must end as a dead letter.
  std::optional<Reason> expected_reason;

  /// False for a record without a value (Kafka's tombstone).
  bool has_value() const { return poison != PoisonKind::kNoValue; }
};

/// An endless stream of realistic events with the truth behind them.
///
/// Same bytes: an event depends on service, seed, start, drifts and its number
///          only, on every machine. Drift and poison change nothing else:
///          event n of two streams with one seed differs only where a drift
///          or poison struck (and in the truth that follows the drift).
/// Drift:   the truth follows drifted inputs (covariate shift: the world
///          changed), except that what is `missing` is only not seen (a fault
///          of the measurement). The factors `churn_odds` and `traffic` move
///          the truth alone (concept drift). Columns derived from a drifted
///          one stay: tenure=+3 leaves TotalCharges.
/// Poison:  broken in every way of PoisonKind by turns.
/// Threads: one at a time.
class Simulator {
 public:
  virtual ~Simulator() = default;

  /// The next event; valid until the next call. Cannot fail or end.
  virtual const SimulatedEvent& Next() = 0;

  /// The columns: id, inputs, labels, then the world's factors, which are in
  /// no row.
  virtual std::span<const SimulatedField> fields() const = 0;

  /// Append a line of CSV; of the last event, which must not be poisoned.
  virtual void AppendCsvHeader(bool with_truth, std::string& out) const = 0;
  virtual void AppendCsvRow(bool with_truth, std::string& out) const = 0;
};

/// "churn", "taxi".
std::span<const std::string_view> SimulatedServices();

/// Throws UsageError on an unknown service, drift, start or poison rate.
std::unique_ptr<Simulator> MakeSimulator(std::string_view service,
                                         const SimulatorOptions& options);

}  // namespace tidemill
