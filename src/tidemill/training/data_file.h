#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace tidemill {

/// A file of training rows, whole.
struct DataFile {
  std::string name;  ///< as it stands in errors
  std::string bytes;
};

/// Reads files, or pipes, to their end. Throws IoError naming the one that
/// cannot be read.
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
