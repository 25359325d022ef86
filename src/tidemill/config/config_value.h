#pragma once

#include <string>

namespace tidemill {

/// A value of a config, with where it came from.
struct ConfigValue {
  std::string key;    ///< dotted
  std::string value;  ///< as a file would write it; secrets are masked
  std::string where;  ///< empty: the default
};

}  // namespace tidemill
