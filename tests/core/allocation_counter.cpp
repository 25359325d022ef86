#include "core/allocation_counter.h"

#include <malloc.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>

// malloc itself is counted: operator new calls it, and Eigen calls it past
// operator new. The address sanitizer has its own; under it nothing counts.
#ifdef __SANITIZE_ADDRESS__

namespace tidemill {
void AllocationCounter::Start() {}
std::size_t AllocationCounter::count() { return 0; }
std::size_t AllocationCounter::peak_bytes() { return 0; }
}  // namespace tidemill

#else

namespace {

std::atomic<std::size_t> g_count{0};
std::atomic<std::ptrdiff_t> g_held{0};
std::atomic<std::ptrdiff_t> g_peak{0};

void* Taken(void* memory) {
  if (memory == nullptr) return memory;
  g_count.fetch_add(1);
  const auto size = static_cast<std::ptrdiff_t>(malloc_usable_size(memory));
  const std::ptrdiff_t now = g_held.fetch_add(size) + size;
  std::ptrdiff_t peak = g_peak.load();
  while (now > peak && !g_peak.compare_exchange_weak(peak, now)) {
  }
  return memory;
}

void GivenBack(void* memory) {
  if (memory == nullptr) return;
  g_held.fetch_sub(static_cast<std::ptrdiff_t>(malloc_usable_size(memory)));
}

}  // namespace

namespace tidemill {

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

extern "C" {

// glibc's own names for what is replaced here.
// NOLINTBEGIN(bugprone-reserved-identifier)
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* memory, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);
void __libc_free(void* memory);
// NOLINTEND(bugprone-reserved-identifier)

void* malloc(std::size_t size) { return Taken(__libc_malloc(size)); }

void* calloc(std::size_t count, std::size_t size) {
  return Taken(__libc_calloc(count, size));
}

void* realloc(void* memory, std::size_t size) {
  GivenBack(memory);
  return Taken(__libc_realloc(memory, size));
}

void* memalign(std::size_t alignment, std::size_t size) {
  return Taken(__libc_memalign(alignment, size));
}

void* aligned_alloc(std::size_t alignment, std::size_t size) {
  return memalign(alignment, size);
}

int posix_memalign(void** memory, std::size_t alignment, std::size_t size) {
  *memory = memalign(alignment, size);
  return *memory == nullptr ? ENOMEM : 0;
}

void free(void* memory) {
  GivenBack(memory);
  __libc_free(memory);
}

}  // extern "C"

#endif
