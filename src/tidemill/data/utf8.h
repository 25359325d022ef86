#pragma once

#include <cstddef>
#include <string_view>

namespace tidemill {

/// The place of the first byte that begins no UTF-8 sequence (RFC 3629);
/// text.size() when all is well.
std::size_t FindInvalidUtf8(std::string_view text);

}  // namespace tidemill
