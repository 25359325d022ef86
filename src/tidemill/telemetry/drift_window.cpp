#include "tidemill/telemetry/drift_window.h"

#include <cassert>

namespace tidemill {
namespace {

/// A subtotal is at least this part of both limits.
constexpr int kParts = 32;

}  // namespace

DriftWindow::DriftWindow(DriftWindowSize size, std::size_t slots,
                         SteadyTime now)
    : size_(size),
      starts_{{.time = now,
               .events = 0,
               .totals = std::vector<std::uint64_t>(slots)}},
      counts_(slots) {}

void DriftWindow::Update(SteadyTime now, std::uint64_t events,
                         std::span<const std::uint64_t> totals) {
  assert(totals.size() == counts_.size());
  if (Closes(starts_.back(), now, events)) {
    starts_.push_back({.time = now,
                       .events = events,
                       .totals = {totals.begin(), totals.end()}});
  }
  while (starts_.size() > 1 && Reaches(starts_[1], now, events)) {
    starts_.pop_front();
  }
  const Start& first = starts_.front();
  for (std::size_t i = 0; i < totals.size(); ++i) {
    counts_[i] = totals[i] - first.totals[i];
  }
  events_ = events - first.events;
  length_ = now - first.time;
}

bool DriftWindow::Closes(const Start& open, SteadyTime now,
                         std::uint64_t events) const {
  const std::chrono::nanoseconds time = size_.time;
  return now - open.time >= time / kParts &&
         events - open.events >= (size_.events + kParts - 1) / kParts;
}

bool DriftWindow::Reaches(const Start& start, SteadyTime now,
                          std::uint64_t events) const {
  return now - start.time >= size_.time &&
         events - start.events >= size_.events;
}

}  // namespace tidemill
