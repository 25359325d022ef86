#include "tidemill/config/host_port.h"

#include <system_error>

#include "tidemill/core/number_text.h"

namespace tidemill {
namespace {

constexpr std::string_view kNameCharacters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
constexpr std::string_view kIpv6Characters = "0123456789abcdefABCDEF:.";

}  // namespace

std::optional<HostPort> ParseHostPort(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const std::string_view digits = text.substr(colon + 1);

  std::string_view allowed = kNameCharacters;
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
    allowed = kIpv6Characters;
  }
  if (host.empty() || host.size() > 253 ||
      host.find_first_not_of(allowed) != std::string_view::npos) {
    return std::nullopt;
  }
  const auto port = ParseNumber<std::uint16_t>(digits);
  if (!port) return std::nullopt;
  return HostPort{std::string(host), *port};
}

std::string ToText(const HostPort& address) {
  const bool ipv6 = address.host.find(':') != std::string::npos;
  return (ipv6 ? "[" + address.host + "]" : address.host) + ":" +
         std::to_string(address.port);
}

}  // namespace tidemill
