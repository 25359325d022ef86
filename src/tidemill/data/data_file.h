#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "tidemill/data/byte_source.h"

namespace tidemill {

/// How the text of a file is written, where the file itself does not say so.
struct DataFormat {
  char separator = '\0';  ///< of CSV cells; 0: taken from the header
  char decimal = '.';     ///< or ',': before a CSV number's fraction
  std::string encoding;   ///< empty: UTF-8, or UTF-16 by its mark
};

/// A file of rows: CSV or JSON lines, plain or in gzip or zstd.
struct DataFile {
  std::string name;  ///< its path, as it stands in errors
  /// Its content, when that is in memory; else it is read from the path.
  std::optional<std::string> bytes = {};
  DataFormat format = {};
  /// Or an open stream, such as stdin: read from where it stands, once.
  std::FILE* stream = nullptr;
};

std::vector<DataFile> FilesAt(const std::vector<std::string>& paths,
                              const DataFormat& format);

/// Says before the work, not within it, that a file is not to be had: throws
/// IoError naming it.
void CheckReadable(const std::vector<DataFile>& files);

/// A cell, line or record longer than this is refused: no file makes a reader
/// hold more.
inline constexpr std::size_t kMaxRecordBytes = std::size_t{16} << 20U;

/// The text of a file, from its beginning: decompressed and in UTF-8.
/// Errors: the constructor and text() throw IoError and DataError.
class DataText {
 public:
  /// `file` must outlive it. `watch` sees the file's own bytes, all of them
  /// once the text has been read to its end.
  explicit DataText(const DataFile& file, WatchedBytes::Watch watch = {});

  /// True for a name that ends in .jsonl, .ndjson or .json, .gz or .zst behind
  /// that or not; for text that begins with '{' unless the name ends in .csv.
  bool is_json() const { return is_json_; }
  ByteSource& text() { return *text_; }
  /// Of the file's own bytes: how many were read, and all; 0 when not known.
  std::size_t position() const;
  std::size_t size() const { return size_; }

 private:
  WatchedBytes* watched_;
  std::unique_ptr<PeekedBytes> text_;
  std::size_t size_ = 0;
  bool is_json_ = false;
};

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
