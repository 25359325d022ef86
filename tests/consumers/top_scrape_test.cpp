#include <stdlib.h>

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "consumers/top/scrape.h"
#include "core/thrown_message.h"
#include "rollout/scripted_server.h"
#include "tidemill/core/errors.h"

namespace tidemill {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(ParseTargetsTest, TakesAddressesAndUrls) {
  const auto targets =
      ParseTargets({"127.0.0.1:9464", "http://h:1", "http://i:1/",
                    "https://j/metrics", "http://k:1/churn/metrics/",
                    "http://l:1/churn", "[::1]:5", "m:7/metrics"});
  std::vector<std::string> urls;
  std::vector<std::string> names;
  for (const TopTarget& target : targets) {
    urls.push_back(target.url);
    names.push_back(target.name);
  }
  EXPECT_THAT(urls, testing::ElementsAre(
                        "http://127.0.0.1:9464/metrics", "http://h:1/metrics",
                        "http://i:1/metrics", "https://j/metrics",
                        "http://k:1/churn/metrics", "http://l:1/churn/metrics",
                        "http://[::1]:5/metrics", "http://m:7/metrics"));
  EXPECT_THAT(names,
              testing::ElementsAre("127.0.0.1:9464", "h:1", "i:1", "j",
                                   "k:1/churn/metrics", "l:1/churn/metrics",
                                   "[::1]:5", "m:7"));
}

TEST(ParseTargetsTest, RefusesEverythingElse) {
  for (const char* text :
       {"localhost", "h:0", "h:99999", "ftp://h:1", "http://u:p@h:1", "http://",
        "http://h:1/metrics?x=1", "http://h:1/#x", "file:///etc",
        "http://h:1/\x1b[31m"}) {
    EXPECT_THAT(
        ThrownMessage<UsageError>([&] { ParseTargets({text}); }),
        HasSubstr("expected HOST:PORT or http(s)://HOST[:PORT][/metrics]"))
        << text;
  }
  EXPECT_THAT(ThrownMessage<UsageError>([] {
                ParseTargets({"h:1", "http://h:1/metrics"});
              }),
              HasSubstr("expected every instance once"));
}

class ScrapeInstanceTest : public testing::Test {
 protected:
  // A proxy of the machine that runs the tests knows nothing of its loopback.
  ScrapeInstanceTest() { ::setenv("no_proxy", "127.0.0.1", 1); }

  static Scrape Ask(const ScriptedServer& server) {
    const SystemClock clock;
    return ScrapeInstance(ParseTargets({server.Url("")}).front(), clock,
                          nullptr);
  }
  static Scrape Answer(const std::string& status, const std::string& body,
                       const std::string& headers = "") {
    const ScriptedServer server([&](const std::string&) {
      return ScriptedServer::Reply(status, body, headers);
    });
    return Ask(server);
  }
};

TEST_F(ScrapeInstanceTest, ReadsMetricsAndCountsBadLines) {
  const Scrape scrape =
      Answer("200 OK", "tidemill_ready{service=\"s\"} 1\nrubbish\n");
  ASSERT_TRUE(scrape.reading.has_value());
  EXPECT_EQ(scrape.reading->ready, 1.0);
  EXPECT_EQ(scrape.bad_lines, 1U);
}

TEST_F(ScrapeInstanceTest, AsksForPlainTextOnce) {
  const ScriptedServer server([](const std::string&) {
    return ScriptedServer::Reply("200 OK", "tidemill_ready 1\n");
  });
  Ask(server);
  ASSERT_EQ(server.requests().size(), 1U);
  EXPECT_THAT(server.requests()[0], HasSubstr("GET /metrics HTTP/1.1"));
  EXPECT_THAT(server.requests()[0], Not(HasSubstr("Accept-Encoding")));
}

TEST_F(ScrapeInstanceTest, FollowsNoRedirect) {
  const Scrape scrape =
      Answer("302 Found", "", "Location: http://127.0.0.1:1/\r\n");
  EXPECT_FALSE(scrape.reading.has_value());
  EXPECT_EQ(scrape.error, "expected status 200, got 302");
}

TEST_F(ScrapeInstanceTest, SaysWhatElseAnswers) {
  EXPECT_EQ(Answer("200 OK", "go_threads 1\n<html>\n").error,
            "expected Tidemill's metrics, got 1 other series and 1 bad lines");
}

TEST_F(ScrapeInstanceTest, TakesSixteenMebibytesAndNoMore) {
  const std::string comment = "#" + std::string(1022, 'x') + "\n";
  std::string body = "tidemill_ready 1\n";
  while (body.size() + comment.size() <= (16U << 20U)) body += comment;
  EXPECT_EQ(Answer("200 OK", body).error, "");
  body += comment;
  EXPECT_EQ(Answer("200 OK", body).error,
            "expected at most 16777216 bytes, got more");
}

}  // namespace
}  // namespace tidemill
