#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace tidemill {

/// A loopback connection that sends any bytes and closes itself. Reading gives
/// up after 30 s, by an exception.
class TestConnection {
 public:
  explicit TestConnection(std::uint16_t port)
      : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) !=
        0) {
      close(fd_);
      throw std::runtime_error("cannot connect");
    }
  }
  ~TestConnection() { close(fd_); }
  TestConnection(const TestConnection&) = delete;
  TestConnection& operator=(const TestConnection&) = delete;

  /// Stops early when the peer has closed: its answer tells why.
  void Send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }

  void FinishSending() { shutdown(fd_, SHUT_WR); }

  /// All that comes until the peer closes.
  std::string ReadToEnd() {
    while (Receive()) {
    }
    return std::exchange(text_, {});
  }

  /// One answer; for HEAD `has_body` is false whatever Content-Length says.
  std::string ReadAnswer(bool has_body = true) {
    static constexpr std::string_view kEnd = "\r\n\r\n";
    std::size_t end = text_.find(kEnd);
    for (; end == std::string::npos; end = text_.find(kEnd)) {
      if (!Receive()) throw std::runtime_error("closed in a header: " + text_);
    }
    std::size_t size = end + kEnd.size();
    const std::size_t length = text_.find("Content-Length: ");
    if (has_body && length < end) size += std::stoul(text_.substr(length + 16));
    while (text_.size() < size) {
      if (!Receive()) throw std::runtime_error("closed in a body: " + text_);
    }
    std::string answer = text_.substr(0, size);
    text_.erase(0, size);
    return answer;
  }

 private:
  /// False at the end, also when the peer has reset the connection.
  bool Receive() {
    pollfd waiting{fd_, POLLIN, 0};
    if (poll(&waiting, 1, 30'000) != 1) {
      throw std::runtime_error("no answer in time");
    }
    char bytes[4096];
    const ssize_t size = recv(fd_, bytes, sizeof bytes, 0);
    if (size <= 0) return false;
    text_.append(bytes, static_cast<std::size_t>(size));
    return true;
  }

  int fd_;
  std::string text_;  ///< received and not yet returned
};

/// The whole answer to a GET on a connection of its own.
inline std::string Get(std::uint16_t port, const std::string& path) {
  TestConnection connection(port);
  connection.Send("GET " + path +
                  " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  return connection.ReadToEnd();
}

/// An answer's body.
inline std::string Body(const std::string& answer) {
  const std::size_t end = answer.find("\r\n\r\n");
  return end == std::string::npos ? "" : answer.substr(end + 4);
}

}  // namespace tidemill
