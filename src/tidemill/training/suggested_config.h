#pragma once

#include <cstddef>
#include <string>

#include "tidemill/data/leakage.h"
#include "tidemill/data/table_profile.h"

namespace tidemill {

/// A training config (YAML with comments) that `tidemill train` takes as it is
/// for the file of the profile: fields by their guessed types, an id and an
/// event time when there are some, imputer, encoders and parts of times by
/// type, XGBoost by the target's kind. Columns that teach nothing or too much
/// are left out, each in a comment with the reason.
///
/// `file_arguments` is what the command line needs to read the file, "" or
/// " --separator ';'".
/// Errors: DataError when no column is left to learn from.
std::string SuggestConfig(const TableProfile& profile, std::size_t target,
                          const LeakageReport& leakage,
                          const std::string& file_arguments);

/// A text as one YAML scalar on one line: plain when nobody could take it for
/// anything else, in quotes otherwise.
std::string YamlScalar(const std::string& text);

}  // namespace tidemill
