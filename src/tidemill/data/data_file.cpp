#include "tidemill/data/data_file.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include "tidemill/core/errors.h"
#include "tidemill/data/decompress.h"
#include "tidemill/data/encoding.h"

namespace tidemill {
namespace {

bool EndsInOneOf(std::string_view name,
                 std::initializer_list<std::string_view> endings) {
  for (const std::string_view ending : endings) {
    if (name.ends_with(ending)) return true;
  }
  return false;
}

/// "rows.csv" of "rows.csv.gz".
std::string_view WithoutCompression(std::string_view name) {
  return EndsInOneOf(name, {".gz", ".zst", ".zstd"})
             ? name.substr(0, name.rfind('.'))
             : name;
}

bool IsJson(std::string_view name, PeekedBytes& text) {
  name = WithoutCompression(name);
  if (EndsInOneOf(name, {".jsonl", ".ndjson", ".json"})) return true;
  if (EndsInOneOf(name, {".csv", ".tsv"})) return false;
  // Far enough for any sane number of blank lines.
  constexpr std::size_t kLookAhead = 4096;
  const std::string_view start = text.Peek(kLookAhead);
  const std::size_t first = start.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && start[first] == '{';
}

ByteSourcePtr Open(const DataFile& file) {
  if (file.bytes) return std::make_unique<MemoryBytes>(*file.bytes);
  if (file.stream != nullptr) {
    return std::make_unique<FileBytes>(file.stream, file.name);
  }
  return std::make_unique<FileBytes>(file.name);
}

std::size_t SizeOf(const DataFile& file) {
  if (file.bytes) return file.bytes->size();
  if (file.stream != nullptr) return 0;
  std::error_code unknown;
  const std::uintmax_t size = std::filesystem::file_size(file.name, unknown);
  return unknown ? 0 : size;
}

}  // namespace

std::vector<DataFile> FilesAt(const std::vector<std::string>& paths,
                              const DataFormat& format) {
  std::vector<DataFile> files;
  files.reserve(paths.size());
  for (const std::string& path : paths) {
    files.push_back({.name = path, .bytes = {}, .format = format});
  }
  return files;
}

void CheckReadable(const std::vector<DataFile>& files) {
  for (const DataFile& file : files) {
    if (file.bytes || file.stream != nullptr) continue;
    // Not opened: a pipe lets itself be opened once.
    if (::access(file.name.c_str(), R_OK) == 0) continue;
    throw IoError({.where = file.name,
                   .expected = "a readable data file",
                   .got = std::strerror(errno)});
  }
}

DataText::DataText(const DataFile& file, WatchedBytes::Watch watch)
    : size_(SizeOf(file)) {
  auto watched = std::make_unique<WatchedBytes>(Open(file), std::move(watch));
  watched_ = watched.get();
  text_ = std::make_unique<PeekedBytes>(
      AsUtf8(Decompressed(std::move(watched), file.name), file.name,
             file.format.encoding));
  is_json_ = IsJson(file.name, *text_);
}

std::size_t DataText::position() const { return watched_->count(); }

}  // namespace tidemill
