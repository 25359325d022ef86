#include "core/allocation_counter.h"

#include <malloc.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <new>

namespace tidemill {
namespace {

std::atomic<std::size_t> g_count{0};
std::atomic<std::ptrdiff_t> g_held{0};
std::atomic<std::ptrdiff_t> g_peak{0};

void* Allocated(void* memory) {
  if (memory == nullptr) throw std::bad_alloc();
  g_count.fetch_add(1);
  const auto held =
      g_held.fetch_add(static_cast<std::ptrdiff_t>(malloc_usable_size(memory)));
  const std::ptrdiff_t now =
      held + static_cast<std::ptrdiff_t>(malloc_usable_size(memory));
  std::ptrdiff_t peak = g_peak.load();
  while (now > peak && !g_peak.compare_exchange_weak(peak, now)) {
  }
  return memory;
}

void Free(void* memory) {
  if (memory == nullptr) return;
  g_held.fetch_sub(static_cast<std::ptrdiff_t>(malloc_usable_size(memory)));
  std::free(memory);
}

}  // namespace

void AllocationCounter::Start() {
  g_count = 0;
  g_held = 0;
  g_peak = 0;
}

std::size_t AllocationCounter::count() { return g_count; }

std::size_t AllocationCounter::peak_bytes() {
  return static_cast<std::size_t>(std::max<std::ptrdiff_t>(g_peak, 0));
}

}  // namespace tidemill

void* operator new(std::size_t size) {
  return tidemill::Allocated(std::malloc(size));
}
void* operator new[](std::size_t size) {
  return tidemill::Allocated(std::malloc(size));
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  const auto step = static_cast<std::size_t>(alignment);
  return tidemill::Allocated(
      std::aligned_alloc(step, (size + step - 1) / step * step));
}
void* operator new[](std::size_t size, std::align_val_t alignment) {
  return operator new(size, alignment);
}
void operator delete(void* memory) noexcept { tidemill::Free(memory); }
void operator delete[](void* memory) noexcept { tidemill::Free(memory); }
void operator delete(void* memory, std::size_t /*size*/) noexcept {
  tidemill::Free(memory);
}
void operator delete[](void* memory, std::size_t /*size*/) noexcept {
  tidemill::Free(memory);
}
void operator delete(void* memory, std::align_val_t /*alignment*/) noexcept {
  tidemill::Free(memory);
}
void operator delete[](void* memory, std::align_val_t /*alignment*/) noexcept {
  tidemill::Free(memory);
}
void operator delete(void* memory, std::size_t /*size*/,
                     std::align_val_t /*alignment*/) noexcept {
  tidemill::Free(memory);
}
void operator delete[](void* memory, std::size_t /*size*/,
                       std::align_val_t /*alignment*/) noexcept {
  tidemill::Free(memory);
}
