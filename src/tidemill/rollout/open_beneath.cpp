#include "tidemill/rollout/open_beneath.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>

#include <cerrno>
#include <string_view>

namespace tidemill {
namespace {

constexpr int kReadFlags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;

/// What is wrong with a name, as an errno; 0: nothing.
int Fault(std::string_view name) {
  if (name.find('\0') != std::string_view::npos) return EINVAL;
  if (name.starts_with('/')) return EXDEV;
  for (;;) {
    const std::size_t slash = name.find('/');
    const std::string_view segment = name.substr(0, slash);
    if (segment == "..") return EXDEV;
    if (segment.empty() || segment == ".") return EINVAL;
    if (slash == std::string_view::npos) return 0;
    name.remove_prefix(slash + 1);
  }
}

bool IsSane(const std::string& name) {
  const int fault = Fault(name);
  if (fault != 0) errno = fault;
  return fault == 0;
}

}  // namespace

Descriptor OpenBeneath(const Descriptor& folder, const std::string& name) {
  if (!IsSane(name)) return Descriptor();
  open_how how{};
  how.flags = static_cast<unsigned>(kReadFlags);
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;
  const long opened =
      ::syscall(SYS_openat2, folder.get(), name.c_str(), &how, sizeof how);
  // EPERM is what a sandbox says to a call that it does not know.
  if (opened >= 0 || (errno != ENOSYS && errno != EPERM)) {
    return Descriptor(static_cast<int>(opened));
  }
  return OpenBeneathByWalking(folder, name);
}

Descriptor OpenBeneathByWalking(const Descriptor& folder,
                                const std::string& name) {
  if (!IsSane(name)) return Descriptor();
  Descriptor holder;
  int at = folder.get();
  std::size_t start = 0;
  for (std::size_t slash = name.find('/'); slash != std::string::npos;
       slash = name.find('/', start)) {
    const std::string segment = name.substr(start, slash - start);
    holder = Descriptor(::openat(
        at, segment.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (holder.get() < 0) return Descriptor();
    at = holder.get();
    start = slash + 1;
  }
  return Descriptor(
      ::openat(at, name.c_str() + start, kReadFlags | O_NOFOLLOW));
}

}  // namespace tidemill
