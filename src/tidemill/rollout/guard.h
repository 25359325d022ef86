#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tidemill/core/clock.h"
#include "tidemill/rollout/guardrail.h"
#include "tidemill/rollout/model_table.h"

namespace tidemill {

/// A served version that broke a limit.
struct Trip {
  ModelReference model;
  Variant variant = Variant::kCanary;
  Breach breach;
};

/// Watches the served versions, each in windows of min_events events of its
/// own: when a window is full it is judged and the next one begins; errors are
/// judged before, as soon as the window is lost. So a version that misbehaves
/// from its first event is caught within min_events events, one that begins
/// to later within two windows.
/// Threads: one at a time.
class Guard {
 public:
  /// What a fresh champion is compared with, until its probation is over.
  struct Probation {
    SteadyTime since;
    VersionTotals reference;  ///< of the champion before it; may be empty
  };

  /// From now on these are served. A version that was watched already, in the
  /// same role, under the same guardrails and beside the same champion, goes on
  /// in its window.
  void Watch(const ModelSet& models,
             const std::optional<Guardrails>& guardrails,
             const std::optional<Probation>& probation);

  /// Looks at the counts; answers each version in its role once, unless the
  /// guardrails or the champion change.
  std::vector<Trip> Check(SteadyTime now);

  /// While the champion is still judged.
  const std::optional<Probation>& probation() const { return probation_; }

 private:
  struct Window {
    ModelReference model;
    Variant variant = Variant::kCanary;
    VersionCountsPtr counts;
    VersionTotals start;            ///< its own, when the window began
    VersionTotals reference_start;  ///< the champion's then
    bool tripped = false;
  };

  void Add(const ServedModel& served, std::vector<Window>& windows);
  VersionTotals ReferenceOf(const Window& window) const;
  bool ProbationIsOver(const Window& window, SteadyTime now) const;

  std::optional<Guardrails> guardrails_;
  std::optional<Probation> probation_;
  VersionCountsPtr champion_;
  std::vector<Window> windows_;
};

}  // namespace tidemill
