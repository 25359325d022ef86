#include "tidemill/cli/model_output.h"

#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "tidemill/core/errors.h"

namespace tidemill {
namespace {

/// Why no file can be put at `path`; "" when one can.
std::string Obstacle(const std::filesystem::path& path) {
  namespace fs = std::filesystem;
  if (path.empty()) return "an empty name";
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (fs::is_directory(status)) return "a folder";
  if (fs::exists(status) && !fs::is_regular_file(status)) {
    return "a device or pipe";
  }
  const fs::path parent = path.parent_path();
  const fs::path folder = parent.empty() ? "." : parent;
  // The slash at its end refuses what is no folder.
  if (::access((folder / "").c_str(), W_OK | X_OK) != 0) {
    error = {errno, std::generic_category()};
    return "folder '" + folder.string() + "': " + error.message();
  }
  return fs::status_known(status) ? "" : error.message();
}

}  // namespace

void CheckModelOutput(const std::string& out,
                      const std::vector<FileUse>& inputs) {
  for (const FileUse& input : inputs) CheckDistinct({"--out", out}, input);
  if (const std::string obstacle = Obstacle(out); !obstacle.empty()) {
    throw IoError({.where = out,
                   .expected = "a file in a folder that can be written",
                   .got = obstacle});
  }
}

}  // namespace tidemill
