#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "tidemill/core/errors.h"
#include "tidemill/model/artifact.h"
#include "tidemill/model/descriptor.h"

namespace tidemill {
namespace {

[[noreturn]] void Fail(const std::string& path, const std::string& doing) {
  throw IoError(
      {.where = path, .expected = doing, .got = std::strerror(errno)});
}

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

/// Throws without leaving the temporary file behind.
[[noreturn]] void GiveUp(const std::string& temporary, const std::string& path,
                         const std::string& doing) {
  const int error = errno;
  ::unlink(temporary.c_str());
  errno = error;
  Fail(path, doing);
}

bool WriteAll(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(file, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

/// Makes a rename outlast a power failure. A folder that may not be read, or
/// whose file system knows no such thing, is left as it is.
void SyncFolder(const std::string& path) {
  const std::filesystem::path folder =
      std::filesystem::path(path).parent_path();
  const Descriptor opened(::open(folder.empty() ? "." : folder.c_str(),
                                 O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (opened.get() < 0) return;
  if (::fsync(opened.get()) != 0 && errno != EINVAL) {
    Fail(path, "a folder that can be synced");
  }
}

}  // namespace

std::string ReadFile(const std::string& path, std::size_t max_bytes) {
  // Not blocking, so that a pipe in the file's place cannot hold us up.
  return ReadFile(
      Descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)), path,
      max_bytes);
}

std::string ReadFile(const Descriptor& file, const std::string& path,
                     std::size_t max_bytes) {
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

void WriteFileAtomically(const std::string& name, std::string_view bytes,
                         Durability durability) {
  const bool sync = durability == Durability::kSynced;
  const std::string path = PlaceToReplace(name);
  const std::string temporary = path + ".part" + std::to_string(::getpid());
  {
    const Descriptor file(::open(
        temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    if (file.get() < 0) Fail(path, "a writable place");
    if (!WriteAll(file.get(), bytes) || (sync && ::fsync(file.get()) != 0)) {
      GiveUp(temporary, path, "room to write");
    }
  }
  if (std::rename(temporary.c_str(), path.c_str()) != 0) {
    GiveUp(temporary, path, "a writable place");
  }
  if (sync) SyncFolder(path);
}

void SyncFile(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0 || ::fsync(file.get()) != 0) Fail(path, "to be synced");
  SyncFolder(path);
}

}  // namespace tidemill
