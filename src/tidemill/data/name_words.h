#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tidemill {

/// The words of a column's name in lower case: "customerID", "Customer Id" and
/// "customer_id" are "customer", "id". Letters beyond ASCII stay as they are.
std::vector<std::string> NameWords(std::string_view name);

}  // namespace tidemill
