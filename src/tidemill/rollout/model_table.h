#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>

#include "tidemill/core/prediction.h"
#include "tidemill/scoring/loaded_model.h"
#include "tidemill/telemetry/version_metrics.h"

namespace tidemill {

/// A model in a role, with the series that tell of it while it is held.
struct ServedModel {
  LoadedModelPtr model;
  Variant variant = Variant::kChampion;
  std::shared_ptr<const VersionMetrics> metrics;
};

/// Everything a service scores with at one moment.
struct ModelSet {
  ServedModel champion;
};

using ModelSetPtr = std::shared_ptr<const ModelSet>;

/// Which models answer now. A loader puts a new set in; workers look once per
/// batch.
///
/// Threads: one Reader per worker; any number may call Set(). A reader takes
///          the lock only when the set has changed, and the lock is held for
///          no longer than it takes to copy a pointer.
class ModelTable {
 public:
  void Set(ModelSetPtr models) {
    const std::lock_guard lock(mutex_);
    std::swap(models_, models);
    generation_.fetch_add(1, std::memory_order_release);
  }

  class Reader {
   public:
    explicit Reader(const ModelTable& table) : table_(table) {}

    /// The set to score the next batch with; nullptr while there is none.
    /// Valid until the next call.
    const ModelSet* Read() {
      const std::uint64_t now =
          table_.generation_.load(std::memory_order_acquire);
      if (now != seen_) {
        const std::lock_guard lock(table_.mutex_);
        models_ = table_.models_;
        seen_ = now;
      }
      return models_.get();
    }

   private:
    const ModelTable& table_;
    std::uint64_t seen_ = 0;
    ModelSetPtr models_;
  };

 private:
  mutable std::mutex mutex_;
  ModelSetPtr models_;  ///< guarded by mutex_
  std::atomic<std::uint64_t> generation_{0};
};

}  // namespace tidemill
