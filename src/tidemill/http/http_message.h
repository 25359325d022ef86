#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tidemill {

struct HttpHeader {
  std::string_view name;
  std::string_view value;
};

/// A request as it came. Views are the server's, for the length of the call.
struct HttpRequest {
  std::string_view method;  ///< "GET"
  std::string_view path;    ///< begins with '/', percent-encoded as it was sent
  std::string_view query;   ///< behind the '?'; empty without one
  std::string_view body;
  std::span<const HttpHeader> headers;
  std::span<const std::string> parameters;  ///< see Router; decoded

  /// The first header of that name, whatever its case.
  std::optional<std::string_view> Header(std::string_view name) const;
};

/// Content-Length, Connection and Date are the server's affair.
struct HttpResponse {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers = {};
  bool close = false;  ///< nothing more is answered on this connection
};

/// Answers a request. Called on the server's threads, so on several at a time;
/// what it throws becomes a 500.
using HttpHandler = std::function<HttpResponse(const HttpRequest&)>;

/// An error as problem details (RFC 9457): `status`, its name as `title`, and
/// `detail`, which is for people and never holds the request's own content.
HttpResponse Problem(int status, std::string_view detail);

}  // namespace tidemill
