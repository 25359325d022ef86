#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "tidemill/core/errors.h"
#include "tidemill/model/artifact.h"

namespace tidemill {
namespace {

[[noreturn]] void Fail(const std::string& path, const std::string& doing) {
  throw IoError(
      {.where = path, .expected = doing, .got = std::strerror(errno)});
}

/// Closes its descriptor.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

/// A rename replaces whatever stands at the path: only a file may be, and a
/// link to one is followed.
std::string PlaceToReplace(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return path;
  if (!S_ISREG(status.st_mode)) {
    throw IoError(
        {.where = path,
         .expected = "a regular file or a new name",
         .got = S_ISDIR(status.st_mode) ? "a folder" : "a device or pipe"});
  }
  return std::filesystem::canonical(path).string();
}

}  // namespace

std::string ReadFile(const std::string& path, std::size_t max_bytes) {
  // Not blocking, so that a pipe in the file's place cannot hold us up.
  const Descriptor file(
      ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.get() < 0) Fail(path, "a readable file");
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) Fail(path, "a readable file");
  if (!S_ISREG(status.st_mode)) {
    throw IoError(
        {.where = path, .expected = "a regular file", .got = "something else"});
  }
  if (static_cast<std::size_t>(status.st_size) > max_bytes) {
    throw ArtifactError(
        {.where = path,
         .expected = "at most " + std::to_string(max_bytes) + " bytes",
         .got = std::to_string(status.st_size)});
  }
  std::string bytes(static_cast<std::size_t>(status.st_size), '\0');
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t n =
        ::read(file.get(), bytes.data() + done, bytes.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) Fail(path, "a readable file");
    if (n == 0) break;
    done += static_cast<std::size_t>(n);
  }
  bytes.resize(done);
  return bytes;
}

void WriteFileAtomically(const std::string& name, std::string_view bytes) {
  const std::string path = PlaceToReplace(name);
  const std::string temporary = path + ".part" + std::to_string(::getpid());
  {
    const Descriptor file(::open(
        temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    if (file.get() < 0) Fail(path, "a writable place");
    std::size_t done = 0;
    while (done < bytes.size()) {
      const ssize_t n =
          ::write(file.get(), bytes.data() + done, bytes.size() - done);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) {
        const int error = errno;
        ::unlink(temporary.c_str());
        errno = error;
        Fail(path, "room to write");
      }
      done += static_cast<std::size_t>(n);
    }
    ::fsync(file.get());
  }
  if (std::rename(temporary.c_str(), path.c_str()) != 0) {
    const int error = errno;
    ::unlink(temporary.c_str());
    errno = error;
    Fail(path, "a writable place");
  }
}

}  // namespace tidemill
