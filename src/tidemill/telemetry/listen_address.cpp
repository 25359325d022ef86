#include "tidemill/telemetry/listen_address.h"

#include <netdb.h>
#include <sys/socket.h>

#include <array>
#include <charconv>
#include <memory>

#include "tidemill/core/errors.h"

namespace tidemill {
namespace {

struct AddressListDeleter {
  void operator()(addrinfo* list) const { freeaddrinfo(list); }
};
using AddressListPtr = std::unique_ptr<addrinfo, AddressListDeleter>;

/// IPv4 first: "localhost" then means what most configs write as 127.0.0.1.
const addrinfo& Preferred(const addrinfo& list) {
  for (const addrinfo* one = &list; one != nullptr; one = one->ai_next) {
    if (one->ai_family == AF_INET) return *one;
  }
  return list;
}

}  // namespace

std::string ListenAddress::ToText() const {
  const std::string shown = ipv6 ? "[" + host + "]" : host;
  return shown + ":" + std::to_string(port);
}

ListenAddress ResolveListenAddress(std::string_view where,
                                   const std::string& text) {
  const auto refuse = [&](const std::string& got) -> UnavailableError {
    return UnavailableError(ErrorText{.where = std::string(where),
                                      .expected = "an address as host:port",
                                      .got = got});
  };
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0) throw refuse("'" + text + "'");

  std::string host = text.substr(0, colon);
  const bool bracketed = host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (host.empty() || (!bracketed && host.find(':') != std::string::npos)) {
    throw refuse("'" + text + "'");
  }
  ListenAddress address;
  const char* const end = text.data() + text.size();
  const auto [stop, error] =
      std::from_chars(text.data() + colon + 1, end, address.port);
  if (error != std::errc() || stop != end) {
    throw refuse("'" + text + "' with a port outside 0 to 65535");
  }

  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  if (const int code = getaddrinfo(host.c_str(), nullptr, &hints, &found);
      code != 0) {
    throw refuse("'" + text + "' (" + gai_strerror(code) + ")");
  }
  const AddressListPtr list(found);
  const addrinfo& chosen = Preferred(*list);
  std::array<char, NI_MAXHOST> name{};
  if (const int code =
          getnameinfo(chosen.ai_addr, chosen.ai_addrlen, name.data(),
                      name.size(), nullptr, 0, NI_NUMERICHOST);
      code != 0) {
    throw refuse("'" + text + "' (" + gai_strerror(code) + ")");
  }
  address.host = name.data();
  address.ipv6 = chosen.ai_family == AF_INET6;
  return address;
}

}  // namespace tidemill
