#pragma once

#include <array>
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

#include "tidemill/core/record.h"

namespace tidemill {

/// A number in decimal; the view is of `buffer`, which is large enough.
template <std::size_t kSize>
std::string_view WriteNumber(std::int64_t value,
                             std::array<char, kSize>& buffer) {
  const auto result =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  return {buffer.data(), static_cast<std::size_t>(result.ptr - buffer.data())};
}

/// Overwrites `id` with the record's "topic/partition/offset".
inline void WriteRecordId(const Record& record, std::string& id) {
  std::array<char, 24> digits{};
  id.assign(record.topic);
  id += '/';
  id += WriteNumber(record.partition, digits);
  id += '/';
  id += WriteNumber(record.offset, digits);
}

}  // namespace tidemill
