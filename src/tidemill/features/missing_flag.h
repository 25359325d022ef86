#pragma once

#include "tidemill/features/expression.h"

namespace tidemill {

/// The column "missingindicator_NAME": 1 where a column of any kind is
/// missing, else 0. An unseen category is not missing.
ExpressionPtr MakeMissingFlag(const ExpressionPtr& input);

}  // namespace tidemill
