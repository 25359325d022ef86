#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <prometheus/collectable.h>

namespace prometheus {
class Exposer;
}

namespace tidemill {

/// Answers GET /metrics, and nothing else, with what its collectables hold and
/// with process_* and exposer_* figures.
///
/// Limits:  16 scrapes at a time; a client that stalls for 1 s is dropped, and
///          so cannot keep others out for long; no keep-alive.
/// Errors:  the constructor throws UnavailableError naming the address.
/// Threads: has its own; any number may call.
class MetricsServer {
 public:
  /// `listen` is `host:port`; port 0 lets the system choose. Answers when the
  /// constructor returns.
  MetricsServer(const std::string& listen,
                const std::shared_ptr<prometheus::Collectable>& registry);
  /// Waits for scrapes under way, about 1 s at most.
  ~MetricsServer();
  MetricsServer(const MetricsServer&) = delete;
  MetricsServer& operator=(const MetricsServer&) = delete;

  /// Shows another source of metrics while that lives.
  void Add(const std::shared_ptr<prometheus::Collectable>& collectable);

  std::uint16_t port() const { return port_; }

 private:
  std::shared_ptr<prometheus::Collectable> registry_;
  std::shared_ptr<prometheus::Collectable> process_;
  std::unique_ptr<prometheus::Exposer> exposer_;
  std::string host_;
  bool ipv6_ = false;
  std::uint16_t port_ = 0;
};

}  // namespace tidemill
