#include "tidemill/http/http_server.h"

#include <atomic>
#include <chrono>
#include <future>
#include <list>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "telemetry/test_connection.h"
#include "tidemill/core/errors.h"

namespace tidemill {
namespace {

using std::chrono::milliseconds;
using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr const char* kAnyPort = "127.0.0.1:0";
constexpr const char* kGet = "GET /a HTTP/1.1\r\nHost: a\r\n\r\n";

/// Says what it was asked.
HttpResponse Echo(const HttpRequest& request) {
  return {.status = 200,
          .content_type = "text/plain",
          .body = std::string(request.method) + " " +
                  std::string(request.path) + " ?" +
                  std::string(request.query) + " " + std::string(request.body)};
}

std::string Ask(const HttpServer& server, std::string_view bytes) {
  TestConnection connection(server.port());
  connection.Send(bytes);
  connection.FinishSending();
  return connection.ReadToEnd();
}

TEST(HttpServerTest, PassesMethodPathQueryAndBody) {
  const HttpServer server(kAnyPort, Echo);
  EXPECT_THAT(Ask(server,
                  "POST /v1/score?model=churn HTTP/1.1\r\nHost: a\r\n"
                  "Content-Length: 4\r\n\r\nbody"),
              AllOf(StartsWith("HTTP/1.1 200 OK\r\n"),
                    EndsWith("\r\n\r\nPOST /v1/score ?model=churn body")));
}

TEST(HttpServerTest, JoinsChunks) {
  const HttpServer server(kAnyPort, Echo);
  EXPECT_THAT(Ask(server,
                  "POST / HTTP/1.1\r\nHost: a\r\n"
                  "Transfer-Encoding: chunked\r\n\r\n"
                  "3\r\nbod\r\n1\r\ny\r\n0\r\n\r\n"),
              EndsWith("\r\n\r\nPOST / ? body"));
}

TEST(HttpServerTest, TakesSeveralRequestsOnOneConnection) {
  const HttpServer server(kAnyPort, Echo);
  TestConnection connection(server.port());
  for (int i = 0; i < 3; ++i) {
    connection.Send(kGet);
    EXPECT_THAT(connection.ReadAnswer(), EndsWith("GET /a ? "));
  }
}

TEST(HttpServerTest, AnswersRequestsSentAheadInOrder) {
  const HttpServer server(kAnyPort, Echo);
  TestConnection connection(server.port());
  connection.Send(
      "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nPOST /2 HTTP/1.1\r\nHost: a\r\n"
      "Content-Length: 1\r\n\r\nxGET /3 HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_THAT(connection.ReadAnswer(), EndsWith("GET /1 ? "));
  EXPECT_THAT(connection.ReadAnswer(), EndsWith("POST /2 ? x"));
  EXPECT_THAT(connection.ReadAnswer(), EndsWith("GET /3 ? "));
}

TEST(HttpServerTest, ClosesAfterAnHttp10Request) {
  const HttpServer server(kAnyPort, Echo);
  TestConnection connection(server.port());
  connection.Send("GET /a HTTP/1.0\r\n\r\n");
  EXPECT_THAT(connection.ReadToEnd(),
              AllOf(StartsWith("HTTP/1.0 200"), EndsWith("GET /a ? ")));
}

TEST(HttpServerTest, ClosesWhenTheAnswerSaysSo) {
  const HttpServer server(kAnyPort, [](const HttpRequest&) {
    return HttpResponse{.body = "bye", .close = true};
  });
  TestConnection connection(server.port());
  connection.Send(kGet);
  EXPECT_THAT(connection.ReadToEnd(),
              AllOf(HasSubstr("Connection: close"), EndsWith("bye")));
}

TEST(HttpServerTest, TakesTheFormThatProxiesSend) {
  const HttpServer server(kAnyPort, Echo);
  EXPECT_THAT(Ask(server, "GET http://host:80/a?b HTTP/1.1\r\nHost: a\r\n\r\n"),
              EndsWith("GET /a ?b "));
}

TEST(HttpServerTest, AsksForABodyThatWaitsForIt) {
  const HttpServer server(kAnyPort, Echo);
  TestConnection connection(server.port());
  connection.Send(
      "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n"
      "Expect: 100-continue\r\n\r\n");
  EXPECT_EQ(connection.ReadAnswer(), "HTTP/1.1 100 Continue\r\n\r\n");
  connection.Send("body");
  EXPECT_THAT(connection.ReadAnswer(), EndsWith("POST /a ? body"));
}

TEST(HttpServerTest, SendsDateAndTheHandlersHeaders) {
  const HttpServer server(kAnyPort, [](const HttpRequest&) {
    return HttpResponse{.body = "{}", .headers = {{"Cache-Control", "none"}}};
  });
  EXPECT_THAT(Ask(server, kGet), AllOf(HasSubstr("\r\nCache-Control: none\r\n"),
                                       HasSubstr(" GMT\r\n")));
}

TEST(HttpServerTest, TurnsAHandlersExceptionIntoA500) {
  std::promise<std::string> error;
  HttpOptions options;
  options.on_handler_error = [&error](std::string_view text) {
    error.set_value(std::string(text));
  };
  const HttpServer server(
      kAnyPort,
      [](const HttpRequest&) -> HttpResponse {
        throw std::runtime_error("a secret");
      },
      options);
  EXPECT_THAT(Ask(server, kGet),
              AllOf(StartsWith("HTTP/1.1 500 "), Not(HasSubstr("secret"))));
  EXPECT_EQ(error.get_future().get(), "a secret");
}

TEST(HttpServerTest, RefusesAHeaderThatIsTooLarge) {
  const HttpServer server(kAnyPort, Echo);
  for (const std::size_t size : {9'000, 200'000}) {
    const std::string answer = Ask(
        server, "GET /a HTTP/1.1\r\nHost: a\r\nX: " + std::string(size, 'x') +
                    "\r\n\r\n");
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 431 ")) << size;
  }
}

TEST(HttpServerTest, TakesAHeaderOfAlmostTheLimit) {
  const HttpServer server(kAnyPort, Echo);
  EXPECT_THAT(Ask(server, "GET /a HTTP/1.1\r\nHost: a\r\nX: " +
                              std::string(8'000, 'x') + "\r\n\r\n"),
              StartsWith("HTTP/1.1 200 "));
}

TEST(HttpServerTest, RefusesABodyThatIsTooLargeByItsLength) {
  const HttpServer server(kAnyPort, Echo);
  // All of it is sent, and the answer must not be lost with it.
  const std::string answer =
      Ask(server,
          "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 10485760\r\n\r\n" +
              std::string(10'485'760, 'x'));
  EXPECT_THAT(answer,
              AllOf(StartsWith("HTTP/1.1 413 "),
                    HasSubstr("Content-Type: application/problem+json\r\n"),
                    HasSubstr("1048576 bytes")));
}

TEST(HttpServerTest, RefusesABodyThatIsTooLargeInChunks) {
  const HttpServer server(kAnyPort, Echo);
  std::string request =
      "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 17; ++i) {
    request += "10000\r\n" + std::string(0x10000, 'x') + "\r\n";
  }
  EXPECT_THAT(Ask(server, request + "0\r\n\r\n"), StartsWith("HTTP/1.1 413 "));
}

TEST(HttpServerTest, TakesABodyOfExactlyTheLimit) {
  const HttpServer server(kAnyPort, Echo);
  EXPECT_THAT(Ask(server,
                  "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: "
                  "1048576\r\n\r\n" +
                      std::string(1'048'576, 'x')),
              StartsWith("HTTP/1.1 200 "));
}

TEST(HttpServerTest, RefusesWhatIsNoRequest) {
  const HttpServer server(kAnyPort, Echo);
  for (const char* bytes : {
           "\x16\x03\x01\x02 garbage\r\n\r\n",
           "GET\r\n\r\n",
           "GET /a\r\n\r\n",
           "GET /a HTTP/9.9\r\n\r\n",
           "GET /a HTTP/1.1\r\n\r\n",  // no Host
           "GET /a HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
           "GET a HTTP/1.1\r\nHost: a\r\n\r\n",
           "GET /a HTTP/1.1\r\nHost: a\r\nX : 1\r\n\r\n",
           "GET /a HTTP/1.1\r\nHost: a\r\nX: \x01\r\n\r\n",
           "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
           "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 1x\r\n\r\n",
           "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n"
           "Content-Length: 2\r\n\r\nxx",
           "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nshort",
           // Two readings of one request: what smuggling lives on.
           "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n"
           "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
           "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
           "Content-Length: 5\r\n\r\n0\r\n\r\n",
           "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
           "zz\r\n\r\n",
           "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
           "1\r\nxy\r\n0\r\n\r\n",
           "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
           "fffffffffffffffff\r\n\r\n",
       }) {
    EXPECT_THAT(Ask(server, bytes), AllOf(StartsWith("HTTP/1.1 400 "),
                                          HasSubstr("Connection: close\r\n")))
        << bytes;
  }
}

TEST(HttpServerTest, RefusesAPostWithoutALength) {
  const HttpServer server(kAnyPort, Echo);
  EXPECT_THAT(Ask(server, "POST /a HTTP/1.1\r\nHost: a\r\n\r\n"),
              StartsWith("HTTP/1.1 411 "));
}

TEST(HttpServerTest, RefusesEncodingsAndExpectationsItDoesNotKnow) {
  const HttpServer server(kAnyPort, Echo);
  EXPECT_THAT(Ask(server,
                  "POST /a HTTP/1.1\r\nHost: a\r\n"
                  "Transfer-Encoding: gzip\r\n\r\n"),
              StartsWith("HTTP/1.1 501 "));
  EXPECT_THAT(
      Ask(server, "GET /a HTTP/1.1\r\nHost: a\r\nExpect: a pony\r\n\r\n"),
      StartsWith("HTTP/1.1 417 "));
}

TEST(HttpServerTest, LivesThroughRandomBytes) {
  const HttpServer server(kAnyPort, Echo);
  std::mt19937 random(7);
  std::uniform_int_distribution<int> byte(0, 255);
  std::uniform_int_distribution<std::size_t> size(0, 300);
  for (int i = 0; i < 300; ++i) {
    std::string bytes = i % 3 == 0   ? "POST /a HTTP/1.1\r\nHost: a\r\n"
                        : i % 3 == 1 ? "GET "
                                     : "";
    for (std::size_t left = size(random); left > 0; --left) {
      bytes += static_cast<char>(byte(random));
    }
    const std::string answer = Ask(server, bytes + "\r\n\r\n");
    EXPECT_TRUE(answer.empty() || answer.starts_with("HTTP/1.")) << answer;
  }
  EXPECT_THAT(Ask(server, kGet), StartsWith("HTTP/1.1 200 "));
}

TEST(HttpServerTest, SlowSendersDoNotHoldUpAnother) {
  const HttpServer server(kAnyPort, Echo);
  std::list<TestConnection> slow;
  for (int i = 0; i < 30; ++i) {
    slow.emplace_back(server.port());
    slow.back().Send(i % 2 == 0 ? "GET /a HT"
                                : "POST /a HTTP/1.1\r\nHost: a\r\n"
                                  "Content-Length: 9\r\n\r\nsl");
  }
  EXPECT_THAT(Ask(server, kGet), StartsWith("HTTP/1.1 200 "));
}

TEST(HttpServerTest, TellsASlowHeaderThatTimeIsUp) {
  HttpOptions options;
  options.header_timeout = milliseconds(50);
  const HttpServer server(kAnyPort, Echo, options);
  TestConnection connection(server.port());
  connection.Send("GET /a HT");
  EXPECT_THAT(connection.ReadToEnd(), StartsWith("HTTP/1.1 408 "));
}

TEST(HttpServerTest, TellsASlowBodyThatTimeIsUp) {
  HttpOptions options;
  options.body_timeout = milliseconds(50);
  const HttpServer server(kAnyPort, Echo, options);
  TestConnection connection(server.port());
  connection.Send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nsl");
  EXPECT_THAT(connection.ReadToEnd(), StartsWith("HTTP/1.1 408 "));
}

TEST(HttpServerTest, ClosesAConnectionThatNeverSpeaks) {
  HttpOptions options;
  options.header_timeout = milliseconds(50);
  const HttpServer server(kAnyPort, Echo, options);
  TestConnection connection(server.port());
  EXPECT_EQ(connection.ReadToEnd(), "");
}

TEST(HttpServerTest, ClosesAnIdleConnection) {
  HttpOptions options;
  options.idle_timeout = milliseconds(50);
  const HttpServer server(kAnyPort, Echo, options);
  TestConnection connection(server.port());
  connection.Send(kGet);
  EXPECT_THAT(connection.ReadAnswer(), StartsWith("HTTP/1.1 200 "));
  EXPECT_EQ(connection.ReadToEnd(), "");
}

TEST(HttpServerTest, ClosesAConnectionThatDoesNotTakeItsAnswer) {
  HttpOptions options;
  options.write_timeout = milliseconds(50);
  options.max_connections = 1;
  const HttpServer server(
      kAnyPort,
      [](const HttpRequest&) {
        return HttpResponse{.body = std::string(50'000'000, 'x')};
      },
      options);
  TestConnection deaf(server.port());
  deaf.Send(kGet);
  // The only place becomes free again.
  while (!Ask(server, "GET").starts_with("HTTP/1.1 400")) {
  }
}

TEST(HttpServerTest, TellsConnectionsBeyondTheLimitToComeBack) {
  HttpOptions options;
  options.max_connections = 4;
  const HttpServer server(kAnyPort, Echo, options);
  {
    std::list<TestConnection> open;
    for (int i = 0; i < 4; ++i) {
      open.emplace_back(server.port());
      open.back().Send(kGet);
      EXPECT_THAT(open.back().ReadAnswer(), StartsWith("HTTP/1.1 200 "));
    }
    EXPECT_THAT(Ask(server, kGet), AllOf(StartsWith("HTTP/1.1 503 "),
                                         HasSubstr("Retry-After: 1\r\n")));
  }
  // Those that are open are not harmed, and places become free again.
  while (!Ask(server, kGet).starts_with("HTTP/1.1 200 ")) {
  }
}

TEST(HttpServerTest, AnswersManyClientsAtOnce) {
  const HttpServer server(kAnyPort, Echo);
  std::atomic<int> answered = 0;
  {
    std::vector<std::jthread> clients;
    for (int i = 0; i < 16; ++i) {
      clients.emplace_back([&server, &answered] {
        for (int round = 0; round < 5; ++round) {
          TestConnection connection(server.port());
          for (int request = 0; request < 10; ++request) {
            connection.Send(kGet);
            answered += connection.ReadAnswer().ends_with("GET /a ? ") ? 1 : 0;
          }
        }
      });
    }
  }
  EXPECT_EQ(answered, 800);
}

TEST(HttpServerTest, NamesAPortThatIsInUse) {
  const HttpServer first(kAnyPort, Echo);
  const std::string address = "127.0.0.1:" + std::to_string(first.port());
  try {
    const HttpServer second(address, Echo);
    FAIL() << "no exception";
  } catch (const UnavailableError& error) {
    EXPECT_EQ(error.exit_code(), ExitCode::kUnavailable);
    EXPECT_THAT(error.what(),
                AllOf(HasSubstr(address), HasSubstr("Address already in use")));
  }
}

TEST(HttpServerTest, NamesAnAddressThatIsNotOurs) {
  try {
    const HttpServer server("203.0.113.1:8080", Echo);
    FAIL() << "no exception";
  } catch (const UnavailableError& error) {
    EXPECT_THAT(error.what(), HasSubstr("203.0.113.1:8080"));
  }
}

TEST(HttpServerTest, StopsAtOnceWhenClientsAreOnlyConnected) {
  HttpServer server(kAnyPort, Echo);
  TestConnection silent(server.port());
  TestConnection idle(server.port());
  idle.Send(kGet);
  idle.ReadAnswer();
  const auto begin = std::chrono::steady_clock::now();
  server.Stop();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, milliseconds(900));
  EXPECT_EQ(idle.ReadToEnd(), "");
}

TEST(HttpServerTest, StopLetsAnAnswerUnderWayFinish) {
  std::promise<void> entered;
  std::promise<void> leave;
  HttpServer server(kAnyPort, [&](const HttpRequest&) {
    entered.set_value();
    leave.get_future().wait();
    return HttpResponse{.body = "late"};
  });
  TestConnection connection(server.port());
  connection.Send(kGet);
  entered.get_future().wait();
  std::jthread stopping([&server] { server.Stop(); });
  leave.set_value();
  EXPECT_THAT(connection.ReadToEnd(),
              AllOf(StartsWith("HTTP/1.1 200 "), EndsWith("late")));
}

TEST(HttpServerTest, StopIsBoundedWhateverClientsDo) {
  std::promise<void> entered;
  HttpServer server(kAnyPort, [&entered](const HttpRequest&) {
    entered.set_value();
    return HttpResponse{.body = std::string(50'000'000, 'x')};
  });
  TestConnection slow(server.port());
  slow.Send("GET /a HT");
  TestConnection deaf(server.port());
  deaf.Send(kGet);
  entered.get_future().wait();
  const auto begin = std::chrono::steady_clock::now();
  server.Stop();
  server.Stop();
  // 1 s by itself; the machine may be busy.
  EXPECT_LT(std::chrono::steady_clock::now() - begin, milliseconds(5'000));
}

}  // namespace
}  // namespace tidemill
