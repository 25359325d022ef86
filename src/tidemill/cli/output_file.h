#pragma once

#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include "tidemill/core/errors.h"

namespace tidemill {

/// How "-" and an empty path are called in an error.
inline constexpr std::string_view kStandardInput = "standard input";
inline constexpr std::string_view kStandardOutput = "standard output";
inline constexpr std::string_view kStandardError = "standard error";

/// Nobody reads standard output any more, as behind `| head -1`: the command
/// ends, and says nothing.
struct ReaderGone : IoError {
  using IoError::IoError;
};

/// Throws IoError naming the place and, from errno, why it takes no more;
/// ReaderGone when it is standard output, a pipe without a reader.
[[noreturn]] void FailToWrite(const std::string& place);

/// All that was printed has reached the system; throws as FailToWrite().
void FlushStandardOutput();

/// Deletes what was begun but could not be finished. Leaves alone what is no
/// regular file (/dev/full, a pipe).
void RemovePartialFile(const std::string& path);

/// A file to write to, or a standard stream.
/// Errors: the constructor, Write and Close throw IoError naming the place.
class OutputFile {
 public:
  /// Takes a stream that stays open, e.g. stdout as "standard output".
  OutputFile(std::FILE* standard, std::string_view name);
  /// Creates or empties the file.
  explicit OutputFile(const std::string& path);
  /// Without Close(), RemovePartialFile().
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  void Write(std::string_view text);
  /// All of it has reached the system.
  void Close();

 private:
  struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };

  std::string name_;
  std::unique_ptr<std::FILE, CloseFile> owned_;
  std::FILE* stream_;
};

}  // namespace tidemill
