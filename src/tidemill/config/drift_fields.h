#pragma once

#include <vector>

#include "tidemill/config/field_table.h"

namespace tidemill {

/// The section `drift` of the table of fields.
std::vector<ConfigField> DriftFields();

}  // namespace tidemill
