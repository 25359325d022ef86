#include "tidemill/training/data_file.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <system_error>

#include "tidemill/core/errors.h"
#include "tidemill/model/digest.h"

namespace tidemill {
namespace {

struct FileCloser {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using FilePtr = std::unique_ptr<std::FILE, FileCloser>;

std::string ReadToEnd(const std::string& path) {
  const auto fail = [&] {
    throw IoError({.where = path,
                   .expected = "a readable data file",
                   .got = std::strerror(errno)});
  };
  std::error_code ignored;
  const std::uintmax_t size = std::filesystem::file_size(path, ignored);
  if (!ignored && size > kMaxDataBytes) {
    throw DataError({.where = path,
                     .expected = "at most " + std::to_string(kMaxDataBytes) +
                                 " bytes of training rows",
                     .got = std::to_string(size)});
  }
  const FilePtr file(std::fopen(path.c_str(), "rb"));
  if (!file) fail();
  std::string bytes;
  std::array<char, 64 * 1024> chunk;
  while (true) {
    const std::size_t n = std::fread(chunk.data(), 1, chunk.size(), file.get());
    bytes.append(chunk.data(), n);
    // Seen at once, not when a file without line ends has filled the memory.
    const auto nul = std::find(bytes.end() - static_cast<std::ptrdiff_t>(n),
                               bytes.end(), '\0');
    if (nul != bytes.end()) {
      throw DataError(
          {.where = path + ":" +
                    std::to_string(1 + std::count(bytes.begin(), nul, '\n')),
           .expected = "CSV or JSON lines in UTF-8",
           .got = "a NUL byte"});
    }
    if (n < chunk.size()) break;
  }
  if (std::ferror(file.get()) != 0) fail();
  return bytes;
}

}  // namespace

std::vector<DataFile> ReadDataFiles(const std::vector<std::string>& paths) {
  std::vector<DataFile> files;
  files.reserve(paths.size());
  for (const std::string& path : paths) {
    files.push_back({.name = path, .bytes = ReadToEnd(path)});
  }
  return files;
}

std::string DigestOf(const std::vector<DataFile>& files) {
  if (files.size() == 1) return ToHex(Sha256(files.front().bytes));
  std::string all;
  for (const DataFile& file : files) all += file.bytes;
  return ToHex(Sha256(all));
}

}  // namespace tidemill
