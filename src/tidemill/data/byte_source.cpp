#include "tidemill/data/byte_source.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "tidemill/core/errors.h"

namespace tidemill {
namespace {

[[noreturn]] void FailToRead(const std::string& name) {
  throw IoError({.where = name,
                 .expected = "a readable data file",
                 .got = std::strerror(errno)});
}

std::size_t Take(std::string_view bytes, std::span<char> out) {
  const std::size_t count = std::min(bytes.size(), out.size());
  std::copy_n(bytes.begin(), count, out.begin());
  return count;
}

}  // namespace

FileBytes::FileBytes(const std::string& path)
    : name_(path),
      owned_(std::fopen(path.c_str(), "rb")),
      stream_(owned_.get()) {
  if (stream_ == nullptr) FailToRead(name_);
}

FileBytes::FileBytes(std::FILE* stream, std::string name)
    : name_(std::move(name)), stream_(stream) {}

std::size_t FileBytes::Read(std::span<char> out) {
  const std::size_t count = std::fread(out.data(), 1, out.size(), stream_);
  if (count == 0 && std::ferror(stream_) != 0) FailToRead(name_);
  return count;
}

std::size_t MemoryBytes::Read(std::span<char> out) {
  const std::size_t count = Take(rest_, out);
  rest_.remove_prefix(count);
  return count;
}

std::size_t WatchedBytes::Read(std::span<char> out) {
  const std::size_t count = source_->Read(out);
  count_ += count;
  if (watch_ && count > 0) watch_({out.data(), count});
  return count;
}

std::string_view PeekedBytes::Peek(std::size_t count) {
  constexpr std::size_t kBlockBytes = 4096;
  while (peeked_.size() - at_ < count) {
    const std::size_t had = peeked_.size();
    peeked_.resize(had + kBlockBytes);
    const std::size_t more = source_->Read({peeked_.data() + had, kBlockBytes});
    peeked_.resize(had + more);
    if (more == 0) break;
  }
  return std::string_view(peeked_).substr(at_, count);
}

std::size_t PeekedBytes::Read(std::span<char> out) {
  if (at_ == peeked_.size()) return source_->Read(out);
  const std::size_t count = Take(std::string_view(peeked_).substr(at_), out);
  at_ += count;
  return count;
}

}  // namespace tidemill
