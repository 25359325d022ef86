#include "tidemill/simulation/simulator.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "tidemill/core/errors.h"
#include "tidemill/core/parameters.h"
#include "tidemill/simulation/dice.h"
#include "tidemill/simulation/drift.h"
#include "tidemill/simulation/world.h"

namespace tidemill {
namespace {

constexpr std::array<std::string_view, 2> kServices = {"churn", "taxi"};

/// What random numbers are for: each use has its own, so that one does not
/// move another's. Drift i has kDriftStream + i.
enum Stream : std::uint64_t {
  kInputStream = 1,
  kTruthStream = 2,
  kPoisonStream = 3,
  kDriftStream = 16,
};

class WorldSimulator final : public Simulator {
 public:
  WorldSimulator(std::unique_ptr<World> world, const SimulatorOptions& options)
      : world_(std::move(world)),
        writer_(world_->fields()),
        row_(world_->fields().size()),
        seed_(options.seed),
        poison_rate_(options.poison_rate) {
    for (const std::string& spec : options.drifts) {
      drifts_.push_back(ParseDrift(spec, world_->fields()));
    }
  }

  const SimulatedEvent& Next() override {
    const std::uint64_t number = next_++;
    std::ranges::fill(row_, SimulatedValue{});
    Dice inputs(seed_, kInputStream, number);
    world_->Draw(number, inputs, row_);
    ApplyDrifts(number, false);
    Dice outcome(seed_, kTruthStream, number);
    world_->Decide(outcome, row_, truth_);
    ApplyDrifts(number, true);

    event_.number = number;
    event_.key = row_.front().text;
    event_.value.clear();
    writer_.AppendJson(row_, number, false, event_.value);
    event_.labelled.clear();
    event_.poison.reset();
    event_.expected_reason.reset();
    if (Dice(seed_, kPoisonStream, number).Chance(poison_rate_)) {
      SpoilEvent();
    } else {
      writer_.AppendJson(row_, number, true, event_.labelled);
      event_.truth = truth_.text;
      event_.truth_number = truth_.number;
    }
    return event_;
  }

  std::span<const SimulatedField> fields() const override {
    return world_->fields();
  }
  void AppendCsvHeader(bool with_truth, std::string& out) const override {
    writer_.AppendCsvHeader(with_truth, out);
  }
  void AppendCsvRow(bool with_truth, std::string& out) const override {
    assert(!event_.poison);
    writer_.AppendCsvRow(row_, with_truth, out);
  }

 private:
  /// What hides a value comes after the truth was made from it.
  void ApplyDrifts(std::uint64_t number, bool hiding) {
    for (std::size_t i = 0; i < drifts_.size(); ++i) {
      const Drift& drift = drifts_[i];
      const bool hides = drift.kind == DriftKind::kMissing;
      if (hides != hiding || number < drift.from) continue;
      ApplyDrift(drift, fields()[drift.field],
                 Dice(seed_, kDriftStream + i, number), row_);
    }
  }

  void SpoilEvent() {
    const auto kind =
        static_cast<PoisonKind>(num_poisoned_++ % kNumPoisonKinds);
    const PoisonTargets targets = world_->poison_targets();
    Poison(kind, targets, event_.value);
    event_.labelled = event_.value;
    event_.truth.clear();
    event_.truth_number = std::numeric_limits<double>::quiet_NaN();
    event_.poison = kind;
    event_.expected_reason = ExpectedReason(kind, targets);
  }

  std::unique_ptr<World> world_;
  RowWriter writer_;
  std::vector<SimulatedValue> row_;
  std::uint64_t seed_;
  double poison_rate_;
  std::vector<Drift> drifts_;
  std::uint64_t next_ = 0;
  std::uint64_t num_poisoned_ = 0;
  Truth truth_;
  SimulatedEvent event_;
};

void CheckStart(std::chrono::local_seconds start) {
  using std::chrono::local_days;
  using std::chrono::year;
  if (start >= local_days{year{1970} / 1 / 1} &&
      start < local_days{year{9901} / 1 / 1}) {
    return;
  }
  throw UsageError({.where = "simulator's start",
                    .expected = "a time in the years 1970 to 9900",
                    .got = fmt::format("{} seconds since 1970",
                                       start.time_since_epoch().count())});
}

}  // namespace

std::span<const std::string_view> SimulatedServices() { return kServices; }

std::unique_ptr<Simulator> MakeSimulator(std::string_view service,
                                         const SimulatorOptions& options) {
  if (!(options.poison_rate >= 0.0 && options.poison_rate <= 1.0)) {
    throw UsageError({.where = "poison rate",
                      .expected = "a share from 0 to 1",
                      .got = fmt::format("{}", options.poison_rate)});
  }
  CheckStart(options.start);
  std::unique_ptr<World> world;
  if (service == "churn") {
    world = MakeChurnWorld(options.seed);
  } else if (service == "taxi") {
    world = MakeTaxiWorld(options.seed, options.start);
  } else {
    const std::string nearest =
        NearestName(service, {kServices.begin(), kServices.end()});
    throw UsageError(
        {.where = "simulator's service",
         .expected = "churn or taxi" +
                     (nearest.empty() ? "" : " (nearest: " + nearest + ")"),
         .got = fmt::format("'{}'", service)});
  }
  return std::make_unique<WorldSimulator>(std::move(world), options);
}

}  // namespace tidemill
