#include "tidemill/data/line_reader.h"

#include <string_view>
#include <utility>

namespace tidemill {
namespace {

constexpr std::size_t kBlockBytes = 1U << 18U;
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

}  // namespace

LineReader::LineReader(ByteSource& source, std::size_t max_bytes)
    : source_(source), max_bytes_(max_bytes) {}

bool LineReader::Fill() {
  buffer_.resize(kBlockBytes);
  buffer_.resize(source_.Read(buffer_));
  at_ = 0;
  if (std::exchange(first_block_, false) &&
      buffer_.starts_with(kByteOrderMark)) {
    at_ = kByteOrderMark.size();
    if (at_ == buffer_.size()) return Fill();
  }
  return !buffer_.empty();
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
