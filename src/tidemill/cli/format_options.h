#pragma once

#include <functional>

#include <CLI/CLI.hpp>

#include "tidemill/data/data_file.h"

namespace tidemill {

/// Adds --separator, --encoding and --decimal, which fill `format` when the
/// line is parsed. `format` must outlive the command.
void AddFormatOptions(CLI::App& command, DataFormat& format);

/// The same as they stand on a command line: "" or " --separator ';'".
std::string FormatArguments(const DataFormat& format);

}  // namespace tidemill
