#pragma once

#include <bit>
#include <cstdint>
#include <string_view>

namespace tidemill {

/// MurmurHash3 of 32 bits, the one that scikit-learn's FeatureHasher uses.
///
/// Source: Austin Appleby's MurmurHash3_x86_32, seed 0; test values in
///         tests/features/murmur_hash_test.cpp.
inline std::uint32_t MurmurHash3(std::string_view bytes) {
  constexpr std::uint32_t kFirst = 0xCC9E2D51U;
  constexpr std::uint32_t kSecond = 0x1B873593U;
  const auto byte = [&](std::size_t i) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[i]));
  };
  const auto mixed = [](std::uint32_t block) {
    return std::rotl(block * kFirst, 15) * kSecond;
  };
  std::uint32_t hash = 0;
  std::size_t i = 0;
  for (; i + 4 <= bytes.size(); i += 4) {
    hash ^= mixed(byte(i) | byte(i + 1) << 8U | byte(i + 2) << 16U |
                  byte(i + 3) << 24U);
    hash = std::rotl(hash, 13) * 5U + 0xE6546B64U;
  }
  std::uint32_t rest = 0;
  for (std::size_t j = bytes.size(); j > i; --j)
    rest = rest << 8U | byte(j - 1);
  hash ^= mixed(rest);
  hash ^= static_cast<std::uint32_t>(bytes.size());
  hash = (hash ^ hash >> 16U) * 0x85EBCA6BU;
  hash = (hash ^ hash >> 13U) * 0xC2B2AE35U;
  return hash ^ hash >> 16U;
}

}  // namespace tidemill
