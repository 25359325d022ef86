#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tidemill/core/random.h"

namespace tidemill {

/// Texts that nobody wrote, to try a model with: words that several of `texts`
/// share, in random order, and writings that case and word rules differ on.
std::vector<std::string> ProbeTexts(std::span<const std::string_view> texts,
                                    std::size_t count, Random& random);

}  // namespace tidemill
