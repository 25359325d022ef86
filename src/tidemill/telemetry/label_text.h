#pragma once

#include <string>
#include <string_view>

namespace tidemill {

/// Longest label value; what is beyond is cut.
inline constexpr std::size_t kMaxLabelBytes = 256;

/// `text` as a label value: bytes that are not UTF-8 become U+FFFD (Prometheus
/// refuses a whole scrape for one of them) and at most kMaxLabelBytes stay.
/// Quotes, backslashes and newlines are escaped later, by the serializer.
std::string LabelText(std::string_view text);

}  // namespace tidemill
