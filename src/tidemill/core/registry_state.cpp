#include "tidemill/core/registry_state.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <system_error>

#include "tidemill/core/number_text.h"

namespace tidemill {
namespace {

// A topic's name may have 249 bytes; ours leave room for endings.
constexpr std::size_t kMaxNameBytes = 200;

bool IsNameByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

}  // namespace

bool IsRegistryName(std::string_view text) {
  return !text.empty() && text.size() <= kMaxNameBytes &&
         std::all_of(text.begin(), text.end(), IsNameByte);
}

std::string ToText(const ModelReference& reference) {
  return reference.model + '@' + std::to_string(reference.version);
}

std::optional<ModelReference> ParseModelReference(std::string_view text) {
  const std::size_t at = text.find('@');
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view name = text.substr(0, at);
  const std::string_view digits = text.substr(at + 1);
  if (!IsRegistryName(name) || digits.empty() || digits.front() == '0') {
    return std::nullopt;
  }
  const auto version = ParseNumber<std::uint32_t>(digits);
  if (!version) return std::nullopt;
  return ModelReference{.model = std::string(name), .version = *version};
}

std::string_view ToText(ChallengerMode mode) {
  static constexpr std::array<std::string_view, 2> kNames = {"shadow",
                                                             "canary"};
  return kNames[static_cast<std::size_t>(mode)];
}

std::string_view ToText(InstanceState state) {
  static constexpr std::array<std::string_view, 5> kNames = {
      "verified", "active", "rejected", "rolled_back", "gone"};
  return kNames[static_cast<std::size_t>(state)];
}

}  // namespace tidemill
