#include "producers/mlflow_webhook.h"

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "telemetry/test_connection.h"
#include "tidemill/core/errors.h"
#include "tidemill/http/http_server.h"
#include "tidemill/rollout/webhook_signature.h"

namespace tidemill {
namespace {

class FixedClock final : public Clock {
 public:
  WallTime Now() const override {
    return WallTime(std::chrono::seconds(1'795'270'505));
  }
  SteadyTime Steady() const override { return {}; }
};

constexpr const char* kNow = "1795270505";

class MlflowWebhookTest : public testing::Test {
 protected:
  std::string Post(const std::string& path, const std::string& signature,
                   const std::string& timestamp, const std::string& body) {
    TestConnection connection(server_.port());
    connection.Send(
        "POST " + path + " HTTP/1.1\r\nHost: h\r\n" +
        "Connection: close\r\nContent-Length: " + std::to_string(body.size()) +
        "\r\nX-MLflow-Signature: " + signature +
        "\r\nX-MLflow-Delivery-ID: d\r\nX-MLflow-Timestamp: " + timestamp +
        "\r\n\r\n" + body);
    return connection.ReadToEnd().substr(9, 3);
  }

  std::string PostSigned(const std::string& timestamp = kNow,
                         const std::string& secret = "s3cret") {
    return Post("/webhook", WebhookSignature(secret, "d", timestamp, "{}"),
                timestamp, "{}");
  }

  FixedClock clock_;
  std::atomic<int> rounds_ = 0;
  HttpServer server_{
      "127.0.0.1:0",
      MakeWebhookHandler("s3cret", clock_, [this] { ++rounds_; }),
      {.max_body_bytes = 1000, .on_handler_error = {}}};
};

TEST_F(MlflowWebhookTest, AGenuineOneStartsARound) {
  EXPECT_EQ(PostSigned(), "202");
  EXPECT_EQ(rounds_, 1);
}

TEST_F(MlflowWebhookTest, AWrongSecretIsRefused) {
  EXPECT_EQ(PostSigned(kNow, "other"), "401");
  EXPECT_EQ(Post("/webhook", "", kNow, "{}"), "401");
  EXPECT_EQ(rounds_, 0);
}

TEST_F(MlflowWebhookTest, AReplayIsRefused) {
  EXPECT_EQ(PostSigned("1795270204"), "401");
  EXPECT_EQ(PostSigned("1795270205"), "202");
}

TEST_F(MlflowWebhookTest, OnlyItsPathAndPostAreKnown) {
  const std::string signature = WebhookSignature("s3cret", "d", kNow, "{}");
  EXPECT_EQ(Post("/", signature, kNow, "{}"), "404");
  EXPECT_EQ(Get(server_.port(), "/webhook").substr(9, 3), "405");
  EXPECT_EQ(rounds_, 0);
}

TEST_F(MlflowWebhookTest, ATooLargeBodyIsRefused) {
  const std::string body(1001, ' ');
  EXPECT_EQ(
      Post("/webhook", WebhookSignature("s3cret", "d", kNow, body), kNow, body),
      "413");
  EXPECT_EQ(rounds_, 0);
}

TEST(ReadWebhookSecretTest, LeavesOutTheLastLineEndOnly) {
  const auto path = std::filesystem::path(testing::TempDir()) /
                    ("webhook-secret-" + std::to_string(::getpid()));
  const auto read = [&](const std::string& text) {
    std::ofstream(path, std::ios::binary) << text;
    return ReadWebhookSecret(path.string());
  };
  EXPECT_EQ(read("s3cret\n"), "s3cret");
  EXPECT_EQ(read("a\nb"), "a\nb");
  EXPECT_THROW(read("\n"), ConfigError);
  EXPECT_THROW(read(std::string(4097, 'x')), ArtifactError);
  std::filesystem::remove(path);
  EXPECT_THROW(ReadWebhookSecret(path.string()), IoError);
}

}  // namespace
}  // namespace tidemill
