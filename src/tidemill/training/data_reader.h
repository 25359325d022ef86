#pragma once

#include <string>
#include <vector>

#include "tidemill/config/training_config.h"
#include "tidemill/data/data_file.h"
#include "tidemill/training/dataset.h"
#include "tidemill/training/progress.h"

namespace tidemill {

/// Reads CSV files and files of JSON events (DataText says which is which),
/// one after the other, into one dataset. docs/data.md is about them.
///
/// CSV:     a header names the columns, in any order, in each file its own;
///          columns that are neither fields nor the target do not count; an
///          empty or blank cell is missing. A field without a column is missing
///          in every row, which is said, unless it is required.
/// JSON:    an event per line under the rules of EventDecoder; blank lines do
///          not count.
/// Memory:  the dataset, and one row of the file.
/// Left out: rows without a target, or with one out of the config's range.
/// Errors:  DataError naming FILE:LINE, column, expected and found.
Dataset ReadDataset(const TrainingConfig& config,
                    const std::vector<DataFile>& files, Progress& progress,
                    std::vector<std::string>& warnings);

}  // namespace tidemill
