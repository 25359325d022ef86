#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace tidemill {

/// What an option takes, to be given to CLI::Option::check(). Unlike CLI11's
/// own checks they refuse NaN, and -1 where there is no sign.
CLI::Validator NumberBetween(double minimum, double maximum);
CLI::Validator WholeNumberUpTo(std::uint64_t maximum);
/// HOST:PORT, or several separated by commas.
CLI::Validator BrokerAddresses();
CLI::Validator TopicName();
/// A time with its unit, such as 500ms or 5s; from 1ms to 1h.
CLI::Validator TimeWithUnit();

/// Adds `--set`, which lies over a config. What has no "=" is not quoted: it
/// may be a secret with its key.
void AddSetOption(CLI::App& command, std::vector<std::string>& sets,
                  const std::string& example);

/// Adds `--set` and `--bootstrap`, which lie over a service's config.
void AddOverlayOptions(CLI::App& command, std::vector<std::string>& sets,
                       std::string& bootstrap);

}  // namespace tidemill
