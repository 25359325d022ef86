#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tidemill/http/http_message.h"

namespace tidemill {

/// Sends a request to the handler of its path and method.
///
/// Patterns: "/v2/models/{model}/infer"; a part in braces takes one non-empty
///           part of the path, which the handler finds percent-decoded in
///           HttpRequest::parameters, in order. The first that fits counts.
/// Answers:  404 for an unknown path, 405 with Allow for a method it does not
///           take, 400 for a bad percent-encoding. HEAD is answered by GET's
///           handler (the server leaves the body out).
/// Threads:  Add() before serving; then any number may call it.
class Router {
 public:
  void Add(std::string_view method, std::string_view pattern,
           HttpHandler handler);

  HttpResponse operator()(const HttpRequest& request) const;

 private:
  struct Method {
    std::string name;
    HttpHandler handler;
  };
  static constexpr std::string_view kAnything = "{}";
  struct Route {
    std::string pattern;
    std::vector<std::string> parts;  ///< kAnything where any fits
    std::vector<Method> methods;
  };

  const Route* Find(std::string_view path,
                    std::vector<std::string_view>& captured) const;

  std::vector<Route> routes_;
};

}  // namespace tidemill
