#include "tidemill/cli/distinct_files.h"

#include <filesystem>
#include <system_error>

#include "tidemill/core/errors.h"

namespace tidemill {
namespace {

bool IsSameFile(const std::filesystem::path& a,
                const std::filesystem::path& b) {
  std::error_code error;
  if (std::filesystem::exists(a, error) && std::filesystem::exists(b, error)) {
    return std::filesystem::is_regular_file(a, error) &&
           std::filesystem::equivalent(a, b, error);
  }
  return std::filesystem::weakly_canonical(a, error) ==
         std::filesystem::weakly_canonical(b, error);
}

}  // namespace

void CheckDistinct(const FileUse& written, const FileUse& other) {
  if (!IsSameFile(written.path, other.path)) return;
  throw UsageError(
      {.where = std::string(written.option),
       .expected = "another file than that of " + std::string(other.option),
       .got = "'" + written.path + "' for both"});
}

}  // namespace tidemill
