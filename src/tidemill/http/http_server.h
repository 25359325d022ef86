#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "tidemill/http/http_message.h"

namespace tidemill {

/// What one client may take from the others.
struct HttpOptions {
  int threads = 2;
  std::size_t max_header_bytes = 8 * 1024;   ///< else 431
  std::size_t max_body_bytes = 1024 * 1024;  ///< else 413
  std::size_t max_connections = 64;          ///< else 503 and Retry-After
  std::chrono::milliseconds header_timeout{5'000};  ///< else 408
  std::chrono::milliseconds body_timeout{10'000};   ///< else 408
  std::chrono::milliseconds write_timeout{10'000};  ///< else closed
  std::chrono::milliseconds idle_timeout{30'000};   ///< else closed
  /// Told what a handler threw; the client only sees a 500.
  std::function<void(std::string_view)> on_handler_error;
};

/// An HTTP/1.1 server; TLS is a proxy's affair.
///
/// Errors:  the constructor throws UnavailableError naming the address.
///          Afterwards nothing is thrown: a client's fault is answered with
///          problem details (400, 408, 411, 413, 417, 431, 501, 503) and the
///          connection closed, a handler's exception with 500.
/// Memory:  at most max_body_bytes and 64 KiB per connection.
/// Threads: has its own, on which the handler runs: while `threads` handlers
///          are busy, others wait. Its functions may be called from any thread
///          but those.
class HttpServer {
 public:
  /// `listen` is `host:port`; port 0 lets the system choose. Answers when the
  /// constructor returns.
  HttpServer(const std::string& listen, HttpHandler handler,
             HttpOptions options = {});
  /// Stop().
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  std::uint16_t port() const;

  /// Takes no more connections or requests, lets answers under way finish, for
  /// 1 s at most (and as long as a handler runs), and closes all. Again: no
  /// effect.
  void Stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tidemill
