#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace tidemill {

/// An object without other keys than these.
nlohmann::ordered_json ObjectSchema(
    nlohmann::ordered_json properties,
    const std::vector<std::string>& required = {});

/// JSON Schemas of `Name` or `{Name: {parameters}}`, for $defs: "step"
/// and "model". What a parameter is called, its type, choices and
/// default come from the code that reads it.
nlohmann::ordered_json ParameterDefinitions();

}  // namespace tidemill
