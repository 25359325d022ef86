#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "tidemill/core/prediction.h"
#include "tidemill/rollout/canary_share.h"
#include "tidemill/rollout/version_counts.h"
#include "tidemill/scoring/loaded_model.h"
#include "tidemill/telemetry/shadow_metrics.h"
#include "tidemill/telemetry/version_metrics.h"

namespace tidemill {

/// A model in a role, with the series that tell of it while it is held.
struct ServedModel {
  LoadedModelPtr model;
  Variant variant = Variant::kChampion;
  std::shared_ptr<const VersionMetrics> metrics;
  VersionCountsPtr counts;  ///< for guardrails; never null when served
  std::shared_ptr<const ShadowMetrics> shadow;  ///< of a shadow only
};

/// Answers instead of the champion for its share of the keys.
struct CanaryModel {
  ServedModel served;
  CanaryShare share;
  std::string by;  ///< "key", or the name of the field that is drawn by
};

/// Everything a service scores with at one moment. Immutable once set.
struct ModelSet {
  ServedModel champion;
  std::vector<CanaryModel> canaries;  ///< the first that includes a key answers
  std::vector<ServedModel> shadows;
  std::uint64_t sequence = 0;  ///< of the registry state; 0: a fixed file
};

using ModelSetPtr = std::shared_ptr<const ModelSet>;

/// Which models answer now. A loader puts a new set in; workers look once per
/// batch. Nobody waits for anybody: a reader announces the pointer it uses
/// (a hazard pointer), the loader frees what nobody announces.
///
/// Threads: Set() and Collect() one at a time, on a loader's thread; a Reader
///          each per worker, made and destroyed anywhere.
/// Source:  M. Michael, Hazard Pointers, IEEE TPDS 15(6), 2004.
class ModelTable {
  struct Slot;

 public:
  static constexpr std::size_t kMaxReaders = 1024;

  ModelTable();
  /// Requires that no Reader is left.
  ~ModelTable();
  ModelTable(const ModelTable&) = delete;
  ModelTable& operator=(const ModelTable&) = delete;

  /// What the next batches are scored with. The old set is kept until
  /// Collect() finds it unused.
  void Set(ModelSetPtr models);

  /// The set that was set last; for the loader's side.
  ModelSetPtr current() const;

  /// Frees, on this thread, the old sets that no reader uses any more.
  /// Answers how many are still in use.
  std::size_t Collect();

  class Reader {
   public:
    /// Throws std::length_error beyond kMaxReaders.
    explicit Reader(const ModelTable& table);
    ~Reader();
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    /// The set to score the next batch with; nullptr while there is none.
    /// Valid until the next call. Lock-free; it repeats only while sets are
    /// being exchanged under it.
    const ModelSet* Read();

   private:
    const ModelTable& table_;
    Slot* slot_;
  };

 private:
  /// A cache line each, so that no reader's writes slow another down.
  struct alignas(64) Slot {
    std::atomic<bool> taken{false};
    std::atomic<const ModelSet*> in_use{nullptr};
  };

  bool IsAnnounced(const ModelSet* models) const;

  std::atomic<const ModelSet*> now_{nullptr};
  std::unique_ptr<Slot[]> slots_;     ///< kMaxReaders
  mutable std::mutex mutex_;          ///< the loader's side only
  ModelSetPtr current_;               ///< guarded by mutex_; owns now_
  std::vector<ModelSetPtr> retired_;  ///< guarded by mutex_
};

}  // namespace tidemill
