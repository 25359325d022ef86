#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tidemill/core/config_problems.h"

namespace tidemill {

/// Something that `tidemill check` has to say about a config.
struct Finding {
  bool is_error = true;  ///< else a warning
  std::string where;     ///< "churn.yaml:4:3 (kafka.group)"; may be empty
  std::string message;
};

Finding ErrorFinding(const Error& error);
void AddErrors(const ConfigProblems& problems, std::vector<Finding>& findings);
void AddWarning(std::string where, std::string message,
                std::vector<Finding>& findings);

/// The parts of a place.
struct PlaceParts {
  std::string source;  ///< the file, "environment NAME", "--set KEY"
  int line = 0;        ///< from 1; 0 when it is no place in a file
  int column = 0;
  std::string key;  ///< dotted
};
PlaceParts SplitPlace(std::string_view where);

/// "WHERE: error: MESSAGE" in one line.
std::string ToText(const Finding& finding);

}  // namespace tidemill
