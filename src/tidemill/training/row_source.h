#pragma once

#include <set>
#include <string>
#include <vector>

#include "tidemill/data/data_file.h"
#include "tidemill/training/dataset.h"
#include "tidemill/training/progress.h"
#include "tidemill/training/target_reader.h"

namespace tidemill {

/// Where the rows of one file go.
struct RowSink {
  DatasetBuilder& builder;
  TargetReader& target;
  Progress& progress;
  std::vector<std::string>& warnings;
  std::set<std::string> fields_without_column = {};
};

/// Read one file, opened as `text`; see ReadDataset for the rules.
void ReadCsvRows(const DataFile& file, DataText& text, RowSink& sink);
void ReadJsonRows(const DataFile& file, DataText& text, RowSink& sink);

/// "'a', 'b', 'c' and 3 more".
std::string ListNames(const std::vector<std::string>& names);
/// " (did you mean 'x'?)", or nothing.
std::string Suggest(const std::string& name,
                    const std::vector<std::string>& known);

}  // namespace tidemill
