#include "tidemill/rollout/model_table.h"

#include <algorithm>
#include <cassert>
#include <stdexcept>
#include <utility>

namespace tidemill {

// A reader stores its announcement and then loads now_; a loader exchanges
// now_ and then loads the announcements. Each must see at least one of the
// other's writes, which only sequentially consistent operations promise.

ModelTable::ModelTable() : slots_(std::make_unique<Slot[]>(kMaxReaders)) {}

ModelTable::~ModelTable() {
  assert(std::none_of(slots_.get(), slots_.get() + kMaxReaders,
                      [](const Slot& slot) { return slot.taken.load(); }));
}

void ModelTable::Set(ModelSetPtr models) {
  const std::lock_guard lock(mutex_);
  retired_.reserve(retired_.size() + 1);
  now_.store(models.get(), std::memory_order_seq_cst);
  std::swap(current_, models);
  if (models) retired_.push_back(std::move(models));
}

ModelSetPtr ModelTable::current() const {
  const std::lock_guard lock(mutex_);
  return current_;
}

bool ModelTable::IsAnnounced(const ModelSet* models) const {
  return std::any_of(
      slots_.get(), slots_.get() + kMaxReaders, [models](const Slot& slot) {
        return slot.in_use.load(std::memory_order_seq_cst) == models;
      });
}

std::size_t ModelTable::Collect() {
  std::vector<ModelSetPtr> unused;  // freed after the lock is
  const std::lock_guard lock(mutex_);
  const auto first_unused = std::stable_partition(
      retired_.begin(), retired_.end(),
      [this](const ModelSetPtr& set) { return IsAnnounced(set.get()); });
  unused.assign(std::make_move_iterator(first_unused),
                std::make_move_iterator(retired_.end()));
  retired_.erase(first_unused, retired_.end());
  return retired_.size();
}

ModelTable::Reader::Reader(const ModelTable& table)
    : table_(table), slot_(nullptr) {
  for (std::size_t i = 0; i < kMaxReaders; ++i) {
    bool taken = false;
    if (table.slots_[i].taken.compare_exchange_strong(taken, true)) {
      slot_ = &table.slots_[i];
      return;
    }
  }
  throw std::length_error("model table: expected at most " +
                          std::to_string(kMaxReaders) +
                          " readers, got one more");
}

ModelTable::Reader::~Reader() {
  slot_->in_use.store(nullptr, std::memory_order_release);
  slot_->taken.store(false, std::memory_order_release);
}

const ModelSet* ModelTable::Reader::Read() {
  const ModelSet* now = table_.now_.load(std::memory_order_acquire);
  // What this slot announces cannot have been freed and made anew.
  if (now == slot_->in_use.load(std::memory_order_relaxed)) return now;
  for (;;) {
    slot_->in_use.store(now, std::memory_order_seq_cst);
    const ModelSet* again = table_.now_.load(std::memory_order_seq_cst);
    if (again == now) return now;
    now = again;
  }
}

}  // namespace tidemill
