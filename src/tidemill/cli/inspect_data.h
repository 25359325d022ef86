#pragma once

#include <string>

#include "tidemill/data/data_file.h"

namespace tidemill {

struct InspectDataOptions {
  std::string target;   ///< column; empty: no look for leakage
  std::string suggest;  ///< column; print a training config for it instead
  bool json = false;
};

/// What `tidemill inspect` prints about a file of rows. Throws what reading it
/// throws, and UsageError when there is no such column.
std::string DescribeData(const DataFile& file,
                         const InspectDataOptions& options);

}  // namespace tidemill
