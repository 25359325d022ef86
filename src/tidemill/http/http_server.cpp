#include "tidemill/http/http_server.h"

#include <array>
#include <atomic>
#include <condition_variable>
#include <ctime>
#include <exception>
#include <mutex>
#include <optional>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include "tidemill/core/errors.h"
#include "tidemill/telemetry/listen_address.h"

namespace tidemill {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;
using tcp = asio::ip::tcp;
using std::chrono::milliseconds;

constexpr auto kToken = asio::as_tuple(asio::use_awaitable);

/// How long a closed connection goes on swallowing what the client still
/// sends: closing at once would reset it, and the answer be lost.
constexpr milliseconds kLinger{1'000};
constexpr milliseconds kStopTimeout{1'000};
/// Wait before accepting again when descriptors have run out.
constexpr milliseconds kAcceptPause{100};
/// Bytes read ahead of the parser, per connection.
constexpr std::size_t kMaxBuffer = 64 * 1024;

using RequestParser = http::request_parser<http::string_body>;
using Response = http::response<http::string_body>;

/// "Sat, 21 Nov 2026 09:12:02 GMT" (RFC 9110, 5.6.7).
std::string HttpDate() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  std::array<char, 32> text{};
  // The process never leaves the C locale.
  const std::size_t size = std::strftime(text.data(), text.size(),
                                         "%a, %d %b %Y %H:%M:%S GMT", &utc);
  return {text.data(), size};
}

Response ToBeast(HttpResponse&& from, unsigned version, bool keep_alive,
                 bool head) {
  Response to(static_cast<http::status>(from.status), version);
  for (const auto& [name, value] : from.headers) to.insert(name, value);
  to.set(http::field::date, HttpDate());
  if (!from.body.empty()) to.set(http::field::content_type, from.content_type);
  to.keep_alive(keep_alive);
  to.body() = std::move(from.body);
  to.prepare_payload();
  if (head) to.body().clear();  // Content-Length stays that of the body.
  return to;
}

/// What to answer when reading failed; nothing when there is nobody to hear it.
std::optional<HttpResponse> ForReadError(const error_code& error,
                                         const HttpOptions& options) {
  if (error == http::error::body_limit) {
    return Problem(413, "expected a body of at most " +
                            std::to_string(options.max_body_bytes) + " bytes");
  }
  if (error == http::error::header_limit ||
      error == http::error::buffer_overflow) {
    return Problem(431, "expected a header of at most " +
                            std::to_string(options.max_header_bytes) +
                            " bytes");
  }
  if (error == http::error::end_of_stream ||
      error.category() !=
          http::make_error_code(http::error::bad_value).category()) {
    return std::nullopt;
  }
  return Problem(400, "expected an HTTP/1.1 request (" + error.message() + ")");
}

std::string_view View(boost::beast::string_view text) {
  return {text.data(), text.size()};
}

/// The origin form of a target, "/path?query"; a proxy's "http://host/path" is
/// cut down to it. Empty when it is neither.
std::string_view OriginForm(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!target.starts_with(scheme)) continue;
    const std::size_t path = target.find('/', scheme.size());
    return path == std::string_view::npos ? "/" : target.substr(path);
  }
  return target.starts_with('/') ? target : std::string_view();
}

/// What is wrong with a header that could be parsed.
std::optional<HttpResponse> ForHeader(const RequestParser& parser) {
  const auto& request = parser.get();
  if (request.version() >= 11 && request.count(http::field::host) != 1) {
    return Problem(400, "expected one Host header");
  }
  if (OriginForm(View(request.target())).empty()) {
    return Problem(400, "expected a path that begins with /");
  }
  if (request.count(http::field::transfer_encoding) > 0 && !parser.chunked()) {
    return Problem(501, "expected no Transfer-Encoding but chunked");
  }
  const auto expect = request.find(http::field::expect);
  if (expect != request.end() &&
      !boost::beast::iequals(expect->value(), "100-continue")) {
    return Problem(417, "expected no Expect but 100-continue");
  }
  const bool takes_body = request.method() == http::verb::post ||
                          request.method() == http::verb::put ||
                          request.method() == http::verb::patch;
  if (takes_body && !parser.chunked() && !parser.content_length()) {
    return Problem(411, "expected Content-Length or chunked encoding");
  }
  return std::nullopt;
}

HttpResponse Call(const HttpHandler& handler, const HttpOptions& options,
                  const RequestParser::value_type& from) {
  const std::string_view target = OriginForm(View(from.target()));
  const std::size_t question = target.find('?');
  std::vector<HttpHeader> headers;
  for (const auto& field : from) {
    headers.push_back({View(field.name_string()), View(field.value())});
  }
  const HttpRequest request{.method = View(from.method_string()),
                            .path = target.substr(0, question),
                            .query = question == std::string_view::npos
                                         ? std::string_view()
                                         : target.substr(question + 1),
                            .body = from.body(),
                            .headers = headers,
                            .parameters = {}};
  std::string error = "an exception of unknown type";
  try {
    return handler(request);
  } catch (const std::exception& exception) {
    error = exception.what();
  } catch (...) {
  }
  if (options.on_handler_error) options.on_handler_error(error);
  return Problem(500, "an error of ours; the log has more");
}

/// One connection. All of it runs on its socket's strand. Failures end it and
/// are nobody else's affair.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(tcp::socket socket, const HttpHandler& handler,
          const HttpOptions& options)
      : socket_(std::move(socket)),
        timer_(socket_.get_executor()),
        buffer_(kMaxBuffer),
        handler_(handler),
        options_(options) {}

  tcp::socket::executor_type executor() { return socket_.get_executor(); }

  /// Requests and answers until one side has enough.
  asio::awaitable<void> Serve() {
    error_code ignored;
    socket_.set_option(tcp::no_delay(true), ignored);
    bool more = co_await WaitForRequest(/*first=*/true);
    // Not `while (co_await a && co_await b)`: g++ 12 then awaits b whatever a
    // was.
    while (more) {
      more = co_await ServeOne();
      if (more) more = co_await WaitForRequest(/*first=*/false);
    }
    co_await Linger();
  }

  /// For a connection beyond the limit.
  asio::awaitable<void> Refuse() {
    HttpResponse response = Problem(
        503, "expected at most " + std::to_string(options_.max_connections) +
                 " connections at a time");
    response.headers.emplace_back("Retry-After", "1");
    co_await Write(std::move(response), 11, false, false);
    co_await Linger();
  }

  /// The answer under way is the last one.
  void BeginStop() {
    stopping_ = true;
    if (interruptible_) StopReading();
  }

  void Close() {
    timer_.cancel();
    error_code ignored;
    socket_.close(ignored);
  }

 private:
  /// Waits for the first byte; false when none is to come.
  asio::awaitable<bool> WaitForRequest(bool first) {
    if (stopping_) co_return false;
    SetDeadline(first ? options_.header_timeout : options_.idle_timeout);
    if (buffer_.size() > 0) co_return true;  // sent ahead of our answer
    interruptible_ = true;
    const auto [error, size] =
        co_await socket_.async_read_some(buffer_.prepare(4096), kToken);
    interruptible_ = false;
    buffer_.commit(size);
    co_return !error && size > 0;
  }

  /// False when the connection is to be closed.
  asio::awaitable<bool> ServeOne() {
    RequestParser parser;
    parser.header_limit(static_cast<std::uint32_t>(options_.max_header_bytes));
    parser.body_limit(options_.max_body_bytes);

    SetDeadline(options_.header_timeout);
    const auto [header_error, header_size] =
        co_await http::async_read_header(socket_, buffer_, parser, kToken);
    if (header_error) co_return co_await AnswerReadError(header_error);
    const unsigned version = parser.get().version();
    const bool head = parser.get().method() == http::verb::head;
    if (auto problem = ForHeader(parser)) {
      co_return co_await Write(*std::move(problem), version, false, head);
    }

    SetDeadline(options_.body_timeout);
    if (parser.get().count(http::field::expect) > 0 && version >= 11 &&
        !parser.is_done() && buffer_.size() == 0) {
      static constexpr std::string_view kContinue =
          "HTTP/1.1 100 Continue\r\n\r\n";
      co_await asio::async_write(
          socket_, asio::buffer(kContinue.data(), kContinue.size()), kToken);
    }
    const auto [body_error, body_size] =
        co_await http::async_read(socket_, buffer_, parser, kToken);
    if (body_error) co_return co_await AnswerReadError(body_error);

    HttpResponse response = Call(handler_, options_, parser.get());
    const bool keep_alive =
        parser.get().keep_alive() && !stopping_ && !response.close;
    co_return co_await Write(std::move(response), version, keep_alive, head);
  }

  asio::awaitable<bool> AnswerReadError(error_code error) {
    if (expired_) {
      co_return co_await Write(Problem(408, "expected the request sooner"), 11,
                               false, false);
    }
    auto problem = ForReadError(error, options_);
    if (!problem) co_return false;
    co_return co_await Write(*std::move(problem), 11, false, false);
  }

  /// True when the connection stays open.
  asio::awaitable<bool> Write(HttpResponse from, unsigned version,
                              bool keep_alive, bool head) {
    const Response response =
        ToBeast(std::move(from), version, keep_alive, head);
    SetDeadline(options_.write_timeout, /*writing=*/true);
    const auto [error, size] =
        co_await http::async_write(socket_, response, kToken);
    co_return !error && response.keep_alive();
  }

  /// Says that no more will come and waits for the client to do the same.
  asio::awaitable<void> Linger() {
    error_code error;
    socket_.shutdown(tcp::socket::shutdown_send, error);
    SetDeadline(kLinger);
    interruptible_ = true;
    buffer_.clear();
    while (!error && !stopping_) {
      const auto [read_error, size] =
          co_await socket_.async_read_some(buffer_.prepare(4096), kToken);
      error = read_error;
    }
  }

  /// From now on. Reading then ends, so that the client can still be told; or
  /// the connection, when it does not take the answer. Both last: an operation
  /// that is only about to start ends too.
  void SetDeadline(milliseconds timeout, bool writing = false) {
    expired_ = false;
    timer_.expires_after(timeout);  // cancels the wait before
    timer_.async_wait([self = shared_from_this(), writing,
                       number = ++deadline_](const error_code& error) {
      if (error || number != self->deadline_) return;
      self->expired_ = true;
      error_code ignored;
      if (writing) {
        self->socket_.close(ignored);
      } else {
        self->StopReading();
      }
    });
  }

  void StopReading() {
    error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_receive, ignored);
  }

  tcp::socket socket_;
  asio::steady_timer timer_;
  boost::beast::flat_buffer buffer_;
  const HttpHandler& handler_;
  const HttpOptions& options_;
  std::uint64_t deadline_ = 0;
  bool expired_ = false;
  bool interruptible_ = false;  ///< waits for what need not come
  bool stopping_ = false;
};

}  // namespace

class HttpServer::Impl {
 public:
  Impl(const std::string& listen, HttpHandler handler, HttpOptions options)
      : handler_(std::move(handler)),
        options_(std::move(options)),
        acceptor_(asio::make_strand(io_)) {
    Listen(listen);
    asio::co_spawn(acceptor_.get_executor(), Accept(),
                   [](const std::exception_ptr&) {
                     // Only a lack of memory; connections that are open go on.
                   });
    for (int i = 0; i < options_.threads; ++i) {
      threads_.emplace_back([this] { Run(); });
    }
  }

  ~Impl() { Stop(); }

  std::uint16_t port() const { return port_; }

  void Stop() {
    if (stopped_.exchange(true)) return;
    asio::post(acceptor_.get_executor(), [this] {
      error_code ignored;
      acceptor_.close(ignored);
    });
    {
      std::unique_lock lock(mutex_);
      stopping_ = true;
      for (const auto& session : sessions_) BeginStop(session);
      none_left_.wait_for(lock, kStopTimeout,
                          [this] { return sessions_.empty(); });
    }
    io_.stop();
    for (std::thread& thread : threads_) thread.join();
    // What is left goes with io_, which sockets must not outlive.
    sessions_.clear();
  }

 private:
  using SessionPtr = std::shared_ptr<Session>;

  void Listen(const std::string& listen) {
    const ListenAddress address = ResolveListenAddress("http.listen", listen);
    const tcp::endpoint endpoint(asio::ip::make_address(address.host),
                                 address.port);
    error_code error;
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(tcp::acceptor::max_listen_connections, error);
    if (error) {
      throw UnavailableError(ErrorText{.where = "http.listen",
                                       .expected = "to listen on " + listen,
                                       .got = error.message()});
    }
    port_ = acceptor_.local_endpoint().port();
  }

  void Run() {
    while (true) {
      try {
        io_.run();
        return;
      } catch (...) {
        // A completion handler's lack of memory costs its own connection only.
      }
    }
  }

  asio::awaitable<void> Accept() {
    asio::steady_timer pause(acceptor_.get_executor());
    while (acceptor_.is_open()) {
      tcp::socket socket(asio::make_strand(io_));
      const auto [error] = co_await acceptor_.async_accept(socket, kToken);
      if (!error) {
        Start(std::move(socket));
      } else if (acceptor_.is_open()) {
        pause.expires_after(kAcceptPause);
        co_await pause.async_wait(kToken);
      }
    }
  }

  void Start(tcp::socket socket) {
    const auto session =
        std::make_shared<Session>(std::move(socket), handler_, options_);
    bool refused = false;
    {
      const std::lock_guard lock(mutex_);
      // As many again may be told so; beyond that the socket just closes.
      if (stopping_ || sessions_.size() >= 2 * options_.max_connections) return;
      refused = serving_ >= options_.max_connections;
      if (!refused) ++serving_;
      sessions_.insert(session);
    }
    asio::co_spawn(session->executor(),
                   refused ? session->Refuse() : session->Serve(),
                   [this, session, refused](const std::exception_ptr&) {
                     session->Close();
                     Remove(session, refused);
                   });
  }

  void Remove(const SessionPtr& session, bool refused) {
    const std::lock_guard lock(mutex_);
    sessions_.erase(session);
    if (!refused) --serving_;
    if (sessions_.empty()) none_left_.notify_all();
  }

  static void BeginStop(const SessionPtr& session) {
    asio::post(session->executor(), [session] { session->BeginStop(); });
  }

  const HttpHandler handler_;
  const HttpOptions options_;
  std::atomic<bool> stopped_ = false;

  std::mutex mutex_;
  std::condition_variable none_left_;
  std::set<SessionPtr> sessions_;  ///< guarded by mutex_
  std::size_t serving_ = 0;        ///< those not refused; guarded by mutex_
  bool stopping_ = false;          ///< guarded by mutex_

  asio::io_context io_;
  tcp::acceptor acceptor_;
  std::uint16_t port_ = 0;
  std::vector<std::thread> threads_;
};

HttpServer::HttpServer(const std::string& listen, HttpHandler handler,
                       HttpOptions options)
    : impl_(std::make_unique<Impl>(listen, std::move(handler),
                                   std::move(options))) {}

HttpServer::~HttpServer() = default;

std::uint16_t HttpServer::port() const { return impl_->port(); }

void HttpServer::Stop() { impl_->Stop(); }

}  // namespace tidemill
