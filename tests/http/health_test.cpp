#include "tidemill/http/health.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "telemetry/test_connection.h"
#include "tidemill/http/http_server.h"

namespace tidemill {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

Router HealthOf(std::vector<std::string> reasons) {
  Router router;
  AddHealthRoutes(router, [reasons = std::move(reasons)] { return reasons; });
  return router;
}

TEST(HealthTest, IsLiveEvenWhenNotReady) {
  const HttpServer server("127.0.0.1:0", HealthOf({"no model yet"}));
  const std::string answer = Get(server.port(), "/v2/health/live");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answer, HasSubstr("Content-Type: application/json\r\n"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\n{\"live\":true}"));
}

TEST(HealthTest, IsReadyWithoutReasonsAgainstIt) {
  const HttpServer server("127.0.0.1:0", HealthOf({}));
  const std::string answer = Get(server.port(), "/v2/health/ready");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\n{\"ready\":true}"));
}

TEST(HealthTest, SaysWhyItIsNotReady) {
  const HttpServer server("127.0.0.1:0",
                          HealthOf({"no model yet", "topic \"a\" missing"}));
  const std::string answer = Get(server.port(), "/v2/health/ready");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 503 "));
  EXPECT_THAT(answer, HasSubstr("Cache-Control: no-store\r\n"));
  EXPECT_THAT(answer, EndsWith("{\"ready\":false,\"reasons\":[\"no model yet\","
                               "\"topic \\\"a\\\" missing\"]}"));
}

TEST(HealthTest, AnswersHeadWithTheLengthAndNoBody) {
  const HttpServer server("127.0.0.1:0", HealthOf({}));
  TestConnection connection(server.port());
  connection.Send(
      "HEAD /v2/health/live HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  const std::string answer = connection.ReadToEnd();
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answer, HasSubstr("Content-Length: 13\r\n"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\n"));
}

TEST(HealthTest, TakesNoOtherMethod) {
  const HttpServer server("127.0.0.1:0", HealthOf({}));
  TestConnection connection(server.port());
  connection.Send(
      "POST /v2/health/live HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
  const std::string answer = connection.ReadAnswer();
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 405 "));
  EXPECT_THAT(answer, HasSubstr("Allow: GET, HEAD\r\n"));
  EXPECT_THAT(answer, HasSubstr("Content-Type: application/problem+json\r\n"));
}

}  // namespace
}  // namespace tidemill
