#pragma once

#include <span>
#include <string>

#include "tidemill/model/link.h"

namespace tidemill {

/// Throws ArtifactError unless XGBoost has the link and so many outputs may
/// have it: softmax two and more, logistic and exp one, identity any number.
void CheckFloatLink(std::size_t num_outputs, Link link,
                    const std::string& where);

/// Turns a row's margins, float32 numbers, into its outputs, which are too.
///
/// Source: XGBoost 1.6 to 3.4, src/common/math.h and src/objective/: float32
///         but for the softmax's sum. (Before 1.6 the sigmoid of a margin below
///         -88.7 was 0; it is 3e-39.)
void ApplyFloatLink(Link link, std::span<double> margins);

/// XGBoost's sigmoid in float32.
float LogisticFloat(float margin);

}  // namespace tidemill
