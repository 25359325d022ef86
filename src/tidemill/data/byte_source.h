#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace tidemill {

/// Bytes in their order, once.
/// Threads: one at a time.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  /// Puts the next bytes at the front of `out`, which has room for 16 or more,
  /// and answers how many they are; 0 at the end only.
  virtual std::size_t Read(std::span<char> out) = 0;
};
using ByteSourcePtr = std::unique_ptr<ByteSource>;

/// A file, a pipe or an open stream. Errors: IoError naming it.
class FileBytes final : public ByteSource {
 public:
  explicit FileBytes(const std::string& path);
  /// A stream that stays open; `name` stands in errors.
  FileBytes(std::FILE* stream, std::string name);
  std::size_t Read(std::span<char> out) override;

 private:
  struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  std::string name_;
  std::unique_ptr<std::FILE, CloseFile> owned_;
  std::FILE* stream_;
};

/// Bytes that somebody else keeps.
class MemoryBytes final : public ByteSource {
 public:
  explicit MemoryBytes(std::string_view bytes) : rest_(bytes) {}
  std::size_t Read(std::span<char> out) override;

 private:
  std::string_view rest_;
};

/// Counts what passes, and shows it to `watch`, which may be empty.
class WatchedBytes final : public ByteSource {
 public:
  using Watch = std::function<void(std::string_view bytes)>;
  WatchedBytes(ByteSourcePtr source, Watch watch)
      : source_(std::move(source)), watch_(std::move(watch)) {}
  std::size_t Read(std::span<char> out) override;
  std::uintmax_t count() const { return count_; }

 private:
  ByteSourcePtr source_;
  Watch watch_;
  std::uintmax_t count_ = 0;
};

/// Lets its first bytes be seen before they are read.
class PeekedBytes final : public ByteSource {
 public:
  explicit PeekedBytes(ByteSourcePtr source) : source_(std::move(source)) {}
  /// The next `count` bytes; fewer when there are no more.
  std::string_view Peek(std::size_t count);
  /// Leaves out bytes that were peeked at.
  void Skip(std::size_t count) { at_ += count; }
  std::size_t Read(std::span<char> out) override;

 private:
  ByteSourcePtr source_;
  std::string peeked_;
  std::size_t at_ = 0;
};

}  // namespace tidemill
