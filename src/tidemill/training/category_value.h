#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace tidemill {

/// What a category's code stands for in a model that another library learned.
using CategoryValue = std::variant<bool, std::int64_t, double, std::string>;

/// Code 0, 1, ... of one feature.
using CategoryValues = std::vector<CategoryValue>;

}  // namespace tidemill
