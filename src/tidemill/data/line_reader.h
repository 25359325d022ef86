#pragma once

#include <cstddef>
#include <string>

#include "tidemill/data/byte_source.h"

namespace tidemill {

/// Reads lines with bounded memory. A byte order mark at their start is the
/// file's, not the first line's.
class LineReader {
 public:
  /// `source` must outlive it. A line longer than `max_bytes` is cut to
  /// max_bytes + 1, so that whoever checks the limit sees that it is over it.
  LineReader(ByteSource& source, std::size_t max_bytes);

  /// The next line without its end; false when there is none. Throws what the
  /// source throws.
  bool Read(std::string& line);

  /// How long the last line was before it was cut.
  std::size_t line_bytes() const { return line_bytes_; }

 private:
  bool Fill();

  ByteSource& source_;
  std::size_t max_bytes_;
  std::string buffer_;
  std::size_t at_ = 0;
  bool first_block_ = true;
  std::size_t line_bytes_ = 0;
};

}  // namespace tidemill
