#include "tidemill/cli/line_reader.h"

#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "tidemill/core/errors.h"

namespace tidemill {
namespace {

constexpr std::size_t kBlockBytes = 1U << 18U;
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

}  // namespace

LineReader::LineReader(std::FILE* stream, std::size_t max_bytes,
                       std::string name)
    : stream_(stream), max_bytes_(max_bytes), name_(std::move(name)) {}

bool LineReader::Fill() {
  buffer_.resize(kBlockBytes);
  const std::size_t n = std::fread(buffer_.data(), 1, buffer_.size(), stream_);
  if (n == 0 && std::ferror(stream_) != 0) {
    throw IoError({.where = name_,
                   .expected = "readable data",
                   .got = std::strerror(errno)});
  }
  buffer_.resize(n);
  at_ = first_block_ && buffer_.starts_with(kByteOrderMark)
            ? kByteOrderMark.size()
            : 0;
  first_block_ = false;
  return at_ < n;
}

bool LineReader::Read(std::string& line) {
  line.clear();
  line_bytes_ = 0;
  bool any = false;
  while (at_ < buffer_.size() || Fill()) {
    any = true;
    const std::string_view rest = std::string_view(buffer_).substr(at_);
    const std::size_t end = rest.find('\n');
    const std::string_view piece = rest.substr(0, end);
    line += piece.substr(0, max_bytes_ + 1 - line.size());
    line_bytes_ += piece.size();
    if (end != std::string_view::npos) {
      at_ += end + 1;
      return true;
    }
    at_ = buffer_.size();
  }
  return any;
}

}  // namespace tidemill
