#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tidemill {

struct Header {
  std::string_view name;
  std::optional<std::string_view> value;
};

/// A record as it was read. Views are the source's, until its next Poll().
struct Record {
  std::string_view topic;
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  std::optional<std::int64_t> timestamp_ms;  ///< since 1970; may be anything
  std::optional<std::string_view> key;
  std::optional<std::string_view> value;
  std::span<const Header> headers;
};

struct TopicPartition {
  std::string topic;
  std::int32_t partition = 0;
  friend auto operator<=>(const TopicPartition&,
                          const TopicPartition&) = default;
};

/// The next offset to read.
struct Position {
  TopicPartition where;
  std::int64_t offset = 0;
  friend bool operator==(const Position&, const Position&) = default;
};

}  // namespace tidemill
