#pragma once

#include <string>
#include <utility>
#include <vector>

namespace tidemill {

/// Our own version and those of the libraries that take part in a model's
/// bytes or scores.
std::vector<std::pair<std::string, std::string>> LibraryVersions();

}  // namespace tidemill
