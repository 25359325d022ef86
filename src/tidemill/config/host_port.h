#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tidemill {

/// An address to listen at or to connect to.
struct HostPort {
  std::string host;        ///< a name or an IP address, without brackets
  std::uint16_t port = 0;  ///< 0: any free one, where we listen

  friend bool operator==(const HostPort&, const HostPort&) = default;
};

/// "HOST:PORT" or "[IPV6]:PORT"; nothing when it is neither.
std::optional<HostPort> ParseHostPort(std::string_view text);

/// The text that ParseHostPort reads.
std::string ToText(const HostPort& address);

}  // namespace tidemill
