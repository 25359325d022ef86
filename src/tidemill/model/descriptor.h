#pragma once

#include <unistd.h>

#include <cstddef>
#include <string>
#include <utility>

namespace tidemill {

/// Owns a file descriptor and closes it; -1 is none.
class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

/// ReadFile() of model/artifact.h, of what was opened at `path`.
std::string ReadFile(const Descriptor& file, const std::string& path,
                     std::size_t max_bytes);

}  // namespace tidemill
