#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tidemill/config/config_value.h"
#include "tidemill/core/parameters.h"

namespace tidemill {

/// Every value of a tree under its dotted name, in the tree's order:
/// "split.test_size" and "0.2", an item of a list under its index from 0
/// ("pipeline.0.SimpleImputer.strategy"). Numbers and texts are as they were
/// written; an empty map is "{}", an empty list "[]", null "null". A dot or
/// backslash within a key has a backslash before it, so that the names of a
/// tree with distinct keys are distinct.
std::vector<std::pair<std::string, std::string>> DottedValues(
    const ParameterValue& tree);

/// The same, each with its place.
std::vector<ConfigValue> PlacedValues(const ParameterValue& tree);

}  // namespace tidemill
