#pragma once

#include <cstddef>
#include <cstdio>
#include <string>

namespace tidemill {

/// Reads lines of a stream with bounded memory. A byte order mark at its start
/// is the file's, not the first line's.
class LineReader {
 public:
  /// `name` stands in errors. A line longer than `max_bytes` is cut to
  /// max_bytes + 1, so that whoever checks the limit sees that it is over it.
  LineReader(std::FILE* stream, std::size_t max_bytes, std::string name);

  /// The next line without its end; false when there is none. Throws IoError.
  bool Read(std::string& line);

  /// How long the last line was before it was cut.
  std::size_t line_bytes() const { return line_bytes_; }

 private:
  bool Fill();

  std::FILE* stream_;
  std::size_t max_bytes_;
  std::string name_;
  std::string buffer_;
  std::size_t at_ = 0;
  bool first_block_ = true;
  std::size_t line_bytes_ = 0;
};

}  // namespace tidemill
