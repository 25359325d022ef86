#include "tidemill/telemetry/metrics_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <future>
#include <system_error>
#include <thread>
#include <vector>

#include <prometheus/exposer.h>

#include "tidemill/core/errors.h"
#include "tidemill/telemetry/listen_address.h"
#include "tidemill/telemetry/process_metrics.h"

namespace tidemill {
namespace {

constexpr const char* kWhere = "metrics.listen";

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
  const sockaddr* get() const {
    return reinterpret_cast<const sockaddr*>(&storage);
  }
};

SocketAddress ToSocketAddress(const std::string& host, bool ipv6,
                              std::uint16_t port) {
  SocketAddress address;
  if (ipv6) {
    auto& in = reinterpret_cast<sockaddr_in6&>(address.storage);
    in.sin6_family = AF_INET6;
    in.sin6_port = htons(port);
    inet_pton(AF_INET6, host.c_str(), &in.sin6_addr);
    address.size = sizeof in;
  } else {
    auto& in = reinterpret_cast<sockaddr_in&>(address.storage);
    in.sin_family = AF_INET;
    in.sin_port = htons(port);
    inet_pton(AF_INET, host.c_str(), &in.sin_addr);
    address.size = sizeof in;
  }
  return address;
}

/// A socket that closes itself.
class Socket {
 public:
  explicit Socket(const SocketAddress& address)
      : fd_(socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0)) {}
  ~Socket() {
    if (fd_ >= 0) close(fd_);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

/// Civetweb only says that it failed; binding once more tells why.
std::string WhyNotBound(const SocketAddress& address) {
  const Socket probe(address);
  if (probe.fd() >= 0 && bind(probe.fd(), address.get(), address.size) == 0) {
    return "an error of the web server";
  }
  return std::generic_category().message(errno);
}

}  // namespace

MetricsServer::MetricsServer(
    const std::string& listen,
    const std::shared_ptr<prometheus::Collectable>& registry)
    : registry_(registry), process_(std::make_shared<ProcessMetrics>()) {
  const ListenAddress address = ResolveListenAddress(kWhere, listen);
  // The defaults (2 threads, 30 s) let two stalled clients block every scrape
  // for half a minute. A thread waits for nearly all of its life.
  const std::vector<std::string> options = {
      "listening_ports",    address.ToText(), "num_threads",       "16",
      "request_timeout_ms", "1000",           "enable_keep_alive", "no",
  };
  try {
    exposer_ = std::make_unique<prometheus::Exposer>(options);
  } catch (const std::exception&) {
    throw UnavailableError(
        ErrorText{.where = kWhere,
                  .expected = "to listen on " + listen,
                  .got = WhyNotBound(ToSocketAddress(address.host, address.ipv6,
                                                     address.port))});
  }
  host_ = address.host;
  ipv6_ = address.ipv6;
  port_ = static_cast<std::uint16_t>(exposer_->GetListeningPorts().at(0));
  exposer_->RegisterCollectable(registry_);
  exposer_->RegisterCollectable(process_);
}

MetricsServer::~MetricsServer() {
  // Civetweb's accepting thread looks only every 2 s whether it is to stop, or
  // when somebody connects: so connect until it has.
  std::promise<void> stopped;
  std::thread stopping([this, &stopped] {
    exposer_.reset();
    stopped.set_value();
  });
  const SocketAddress self = ToSocketAddress(host_, ipv6_, port_);
  const std::future<void> done = stopped.get_future();
  auto now = std::future_status::timeout;
  while (now != std::future_status::ready) {
    const Socket wake(self);
    static_cast<void>(connect(wake.fd(), self.get(), self.size));
    now = done.wait_for(std::chrono::milliseconds(10));
  }
  stopping.join();
}

void MetricsServer::Add(
    const std::shared_ptr<prometheus::Collectable>& collectable) {
  exposer_->RegisterCollectable(collectable);
}

}  // namespace tidemill
