#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tidemill {

/// Where a server listens, as numbers.
struct ListenAddress {
  std::string host;  ///< "127.0.0.1", "::1", "0.0.0.0"
  std::uint16_t port = 0;
  bool ipv6 = false;

  /// "127.0.0.1:9464", "[::1]:9464".
  std::string ToText() const;
};

/// Reads `host:port` or `[ipv6]:port`; port 0 lets the system choose one. A
/// name is looked up (which may ask DNS), and an IPv4 address of it preferred.
/// `where` is the config key, for the error. Throws UnavailableError naming
/// the address as it was written.
ListenAddress ResolveListenAddress(std::string_view where,
                                   const std::string& text);

}  // namespace tidemill
