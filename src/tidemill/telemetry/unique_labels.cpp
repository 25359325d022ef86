#include "tidemill/telemetry/unique_labels.h"

#include <fmt/format.h>

#include "tidemill/telemetry/label_text.h"

namespace tidemill {
namespace {

constexpr std::size_t kSuffixBytes = 8;  // "~" and seven digits

/// The beginning of valid UTF-8, cut between characters.
std::string_view Cut(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  const auto continues = [&] {
    return (static_cast<unsigned char>(text[bytes]) & 0xC0U) == 0x80U;
  };
  while (bytes > 0 && continues()) --bytes;
  return text.substr(0, bytes);
}

}  // namespace

std::string UniqueLabels::Make(std::string_view text) {
  std::string label = LabelText(text);
  if (taken_.insert(label).second) return label;
  const std::string start(Cut(label, kMaxLabelBytes - kSuffixBytes));
  std::size_t& number = last_number_.try_emplace(start, 1).first->second;
  do {
    label = fmt::format("{}~{}", start, ++number);
  } while (!taken_.insert(label).second);
  return label;
}

}  // namespace tidemill
