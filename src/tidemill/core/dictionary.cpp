#include "tidemill/core/dictionary.h"

#include <bit>
#include <functional>
#include <utility>

#include "tidemill/core/errors.h"

namespace tidemill {
namespace {

/// At most half full, a table needs about one and a half looks per text. Far
/// more mean that somebody chose the texts to collide, and the time to load
/// and to score with them would grow with their square.
std::size_t MaxLooks(std::size_t texts) { return 1024 + 16 * texts; }

}  // namespace

Dictionary::Dictionary(std::vector<std::string> values)
    : values_(std::move(values)) {
  if (values_.size() > kMaxEntries) {
    throw ArtifactError(
        {.where = "dictionary",
         .expected = "at most " + std::to_string(kMaxEntries) + " entries",
         .got = std::to_string(values_.size())});
  }
  slots_.assign(std::bit_ceil(2 * values_.size() + 1), 0);
  const std::size_t mask = slots_.size() - 1;
  std::size_t looks = 0;
  for (std::size_t code = 0; code < values_.size(); ++code) {
    const std::string& text = values_[code];
    if (text.size() > kMaxTextBytes) {
      throw ArtifactError({.where = "dictionary",
                           .expected = "texts of at most " +
                                       std::to_string(kMaxTextBytes) + " bytes",
                           .got = std::to_string(text.size())});
    }
    std::size_t slot = std::hash<std::string_view>{}(text)&mask;
    for (; slots_[slot] != 0; slot = (slot + 1) & mask) {
      if (values_[slots_[slot] - 1] == text) {
        throw ArtifactError({.where = "dictionary",
                             .expected = "distinct texts",
                             .got = "'" + text + "' twice"});
      }
      if (++looks > MaxLooks(values_.size())) {
        throw ArtifactError({.where = "dictionary",
                             .expected = "texts that spread over a hash table",
                             .got = "texts that collide"});
      }
    }
    slots_[slot] = static_cast<std::uint32_t>(code + 1);
  }
}

std::int32_t Dictionary::Find(std::string_view text) const {
  if (slots_.empty()) return kUnseenCode;
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t slot = std::hash<std::string_view>{}(text)&mask;
       slots_[slot] != 0; slot = (slot + 1) & mask) {
    const std::uint32_t code = slots_[slot] - 1;
    if (values_[code] == text) return static_cast<std::int32_t>(code);
  }
  return kUnseenCode;
}

}  // namespace tidemill
