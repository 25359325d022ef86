#pragma once

#include <cassert>
#include <map>
#include <memory>
#include <mutex>
#include <utility>

#include <prometheus/family.h>
#include <prometheus/registry.h>

namespace tidemill {

/// The series of one metric family whose owners come and go: a series is there
/// while somebody holds it. Two owners of the same labels (the same version
/// loaded twice during a rollback, a partition on its way from one worker to
/// the next) share it, and the first to leave does not take it away.
/// Threads: any number at a time.
template <typename Metric>
class SharedSeries {
 public:
  SharedSeries(std::shared_ptr<prometheus::Registry> registry,
               prometheus::Family<Metric>& family)
      : registry_(std::move(registry)), family_(&family) {}

  /// `args` build the metric when nobody holds these labels.
  template <typename... Args>
  Metric& Acquire(const prometheus::Labels& labels, const Args&... args) {
    const std::lock_guard lock(mutex_);
    Entry& entry = entries_[labels];
    if (entry.metric == nullptr) entry.metric = &family_->Add(labels, args...);
    ++entry.holders;
    return *entry.metric;
  }

  void Release(const prometheus::Labels& labels) {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(labels);
    assert(found != entries_.end());
    if (--found->second.holders > 0) return;
    family_->Remove(found->second.metric);
    entries_.erase(found);
  }

 private:
  struct Entry {
    Metric* metric = nullptr;
    int holders = 0;
  };

  std::shared_ptr<prometheus::Registry> registry_;  ///< keeps family_ alive
  prometheus::Family<Metric>* family_;
  std::mutex mutex_;
  std::map<prometheus::Labels, Entry> entries_;
};

/// Holds one series while it lives.
/// Threads: as its metric's; moving it, one at a time.
template <typename Metric>
class HeldSeries {
 public:
  template <typename... Args>
  HeldSeries(std::shared_ptr<SharedSeries<Metric>> series,
             prometheus::Labels labels, const Args&... args)
      : series_(std::move(series)),
        labels_(std::move(labels)),
        metric_(&series_->Acquire(labels_, args...)) {}
  ~HeldSeries() {
    if (series_ != nullptr) series_->Release(labels_);
  }
  HeldSeries(HeldSeries&&) noexcept = default;
  HeldSeries& operator=(HeldSeries&&) = delete;
  HeldSeries(const HeldSeries&) = delete;
  HeldSeries& operator=(const HeldSeries&) = delete;

  Metric& operator*() const { return *metric_; }
  Metric* operator->() const { return metric_; }

 private:
  std::shared_ptr<SharedSeries<Metric>> series_;
  prometheus::Labels labels_;
  Metric* metric_;
};

}  // namespace tidemill
