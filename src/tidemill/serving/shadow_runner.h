#pragma once

#include <atomic>
#include <thread>

#include "tidemill/serving/shadow_scorer.h"

namespace tidemill {

/// The thread on which a process's shadows score what its workers left in the
/// queue.
///
/// Models:  the shadows of the set that is current when a block is taken,
///          which may be others than when it was pushed; with none, the block
///          is forgotten.
/// Threads: its own; the constructor and Stop() on one other.
class ShadowRunner {
 public:
  /// Starts. The references must outlive it.
  ShadowRunner(const ShadowOptions& options, ShadowQueue& queue,
               RecordSink& sink, const ModelTable& models, const Clock& clock);
  /// Stop().
  ~ShadowRunner();
  ShadowRunner(const ShadowRunner&) = delete;
  ShadowRunner& operator=(const ShadowRunner&) = delete;

  /// Closes the queue and scores what waits there, for drain_timeout at most;
  /// the rest counts as dropped, and what is not delivered then as failed.
  void Stop();

 private:
  void Run();
  void RunOnce();
  void Drain();

  ShadowQueue& queue_;
  const Clock& clock_;
  std::chrono::milliseconds drain_timeout_;
  ModelTable::Reader models_;
  ShadowScorer scorer_;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace tidemill
