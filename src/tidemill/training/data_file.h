#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace tidemill {

/// A file of training rows, whole.
struct DataFile {
  std::string name;  ///< as it stands in errors
  std::string bytes;
};

/// Of one file: they are read whole into memory.
inline constexpr std::uintmax_t kMaxDataBytes = std::uintmax_t{4} << 30U;

/// Reads files, or pipes, to their end. Throws IoError naming the one that
/// cannot be read, DataError naming the one that is too large.
std::vector<DataFile> ReadDataFiles(const std::vector<std::string>& paths);

/// SHA-256 of the files' bytes, one after the other, as 64 digits.
std::string DigestOf(const std::vector<DataFile>& files);

/// Where a row stands in its file.
struct RowPlace {
  const std::string* file = nullptr;
  std::size_t line = 0;  ///< from 1; that on which the row begins

  /// "FILE:LINE".
  std::string Text() const { return *file + ":" + std::to_string(line); }
  /// "FILE:LINE, column 'NAME'".
  std::string Text(const std::string& column) const {
    return Text() + ", column '" + column + "'";
  }
};

}  // namespace tidemill
