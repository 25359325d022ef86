#include "tidemill/training/library_versions.h"

#include <Eigen/Core>

#include "tidemill/training/booster.h"

namespace tidemill {

// The macros come from CMake; only other modules see those libraries.
std::pair<std::string, std::string> OwnVersion() {
  return {"tidemill", TIDEMILL_VERSION};
}

std::vector<std::pair<std::string, std::string>> LibraryVersions() {
  return {OwnVersion(),
          {"eigen", std::to_string(EIGEN_WORLD_VERSION) + "." +
                        std::to_string(EIGEN_MAJOR_VERSION) + "." +
                        std::to_string(EIGEN_MINOR_VERSION)},
          {"xgboost", XgboostVersion()},
          {"cereal", TIDEMILL_CEREAL_VERSION},
          {"simdjson", TIDEMILL_SIMDJSON_VERSION}};
}

}  // namespace tidemill
