#pragma once

#include <string>
#include <utility>
#include <vector>

namespace tidemill {

/// "tidemill" and the version that this program is.
std::pair<std::string, std::string> OwnVersion();

/// Our own version and those of the libraries that take part in a model's
/// bytes or scores.
std::vector<std::pair<std::string, std::string>> LibraryVersions();

}  // namespace tidemill
