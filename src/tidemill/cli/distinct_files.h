#pragma once

#include <string>
#include <string_view>

namespace tidemill {

/// A file a command was given, and the option that names it.
struct FileUse {
  std::string_view option;
  const std::string& path;
};

/// Throws UsageError when writing the one file would spoil the other: both
/// paths lead to one file's content. Devices can be shared.
void CheckDistinct(const FileUse& written, const FileUse& other);

}  // namespace tidemill
