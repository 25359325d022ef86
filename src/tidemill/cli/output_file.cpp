#include "tidemill/cli/output_file.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "tidemill/core/errors.h"

namespace tidemill {
namespace {

[[noreturn]] void Fail(const std::string& where, const std::string& expected) {
  throw IoError(
      {.where = where, .expected = expected, .got = std::strerror(errno)});
}

}  // namespace

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
  if (stream_ == nullptr) Fail(name_, "a file that can be written");
}

OutputFile::~OutputFile() {
  if (owned_) RemovePartialFile(name_);
}

void OutputFile::Write(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stream_) != text.size()) {
    Fail(name_, "room to write");
  }
}

void OutputFile::Close() {
  if (std::fflush(stream_) != 0) Fail(name_, "room to write");
  owned_.reset();
}

}  // namespace tidemill
