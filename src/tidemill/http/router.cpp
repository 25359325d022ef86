#include "tidemill/http/router.h"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <utility>

namespace tidemill {
namespace {

/// "/a/b" has the parts "a" and "b"; "/a/" has "a" and "".
std::vector<std::string_view> Split(std::string_view path) {
  std::vector<std::string_view> parts;
  if (path.starts_with('/')) path.remove_prefix(1);
  while (true) {
    const std::size_t slash = path.find('/');
    parts.push_back(path.substr(0, slash));
    if (slash == std::string_view::npos) return parts;
    path.remove_prefix(slash + 1);
  }
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<std::string> PercentDecode(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const int high = HexDigit(text[i + 1]);
    const int low = HexDigit(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    decoded += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return decoded;
}

}  // namespace

void Router::Add(std::string_view method, std::string_view pattern,
                 HttpHandler handler) {
  assert(pattern.starts_with('/'));
  auto route = std::ranges::find(routes_, pattern, &Route::pattern);
  if (route == routes_.end()) {
    Route added{.pattern = std::string(pattern), .parts = {}, .methods = {}};
    for (const std::string_view part : Split(pattern)) {
      const bool anything = part.starts_with('{') && part.ends_with('}');
      added.parts.emplace_back(anything ? kAnything : part);
    }
    route = routes_.insert(routes_.end(), std::move(added));
  }
  route->methods.push_back({std::string(method), std::move(handler)});
}

HttpResponse Router::operator()(const HttpRequest& request) const {
  std::vector<std::string_view> captured;
  const Route* const route = Find(request.path, captured);
  if (route == nullptr) {
    std::string known;
    for (const Route& one : routes_) {
      known += (known.empty() ? "" : ", ") + one.pattern;
    }
    return Problem(404, "expected one of the paths " + known);
  }

  const std::string_view wanted =
      request.method == "HEAD" ? "GET" : request.method;
  const auto method = std::ranges::find(route->methods, wanted, &Method::name);
  if (method == route->methods.end()) {
    std::string allowed;
    for (const Method& one : route->methods) {
      allowed += (allowed.empty() ? "" : ", ") + one.name;
      if (one.name == "GET") allowed += ", HEAD";
    }
    HttpResponse response =
        Problem(405, "this path takes the methods " + allowed);
    response.headers.emplace_back("Allow", allowed);
    return response;
  }

  std::vector<std::string> parameters;
  for (const std::string_view part : captured) {
    std::optional<std::string> decoded = PercentDecode(part);
    if (!decoded) {
      return Problem(400,
                     "expected %XX with two hexadecimal digits in the path");
    }
    parameters.push_back(*std::move(decoded));
  }
  HttpRequest with_parameters = request;
  with_parameters.parameters = parameters;
  return method->handler(with_parameters);
}

const Router::Route* Router::Find(
    std::string_view path, std::vector<std::string_view>& captured) const {
  const std::vector<std::string_view> parts = Split(path);
  for (const Route& route : routes_) {
    if (route.parts.size() != parts.size()) continue;
    captured.clear();
    bool fits = true;
    for (std::size_t i = 0; fits && i < parts.size(); ++i) {
      if (route.parts[i] != kAnything) {
        fits = route.parts[i] == parts[i];
      } else {
        fits = !parts[i].empty();
        captured.push_back(parts[i]);
      }
    }
    if (fits) return &route;
  }
  return nullptr;
}

}  // namespace tidemill
