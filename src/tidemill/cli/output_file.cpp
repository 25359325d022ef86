#include "tidemill/cli/output_file.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "tidemill/core/errors.h"

namespace tidemill {

void FailToWrite(const std::string& place) {
  const int why = errno;
  const ErrorText text = {
      .where = place, .expected = "room to write", .got = std::strerror(why)};
  if (why == EPIPE && place == kStandardOutput) throw ReaderGone(text);
  throw IoError(text);
}

void FlushStandardOutput() { OutputFile(stdout, kStandardOutput).Close(); }

void RemovePartialFile(const std::string& path) {
  std::error_code ignored;
  const auto target = std::filesystem::canonical(path, ignored);
  if (std::filesystem::is_regular_file(target, ignored)) {
    std::filesystem::remove(target, ignored);
  }
}

OutputFile::OutputFile(std::FILE* standard, std::string_view name)
    : name_(name), stream_(standard) {}

OutputFile::OutputFile(const std::string& path)
    : name_(path),
      owned_(std::fopen(path.c_str(), "wb")),
      stream_(owned_.get()) {
  if (stream_ != nullptr) return;
  throw IoError({.where = name_,
                 .expected = "a file that can be written",
                 .got = std::strerror(errno)});
}

OutputFile::~OutputFile() {
  if (owned_) RemovePartialFile(name_);
}

void OutputFile::Write(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stream_) != text.size()) {
    FailToWrite(name_);
  }
}

void OutputFile::Close() {
  if (std::fflush(stream_) != 0) FailToWrite(name_);
  owned_.reset();
}

}  // namespace tidemill
