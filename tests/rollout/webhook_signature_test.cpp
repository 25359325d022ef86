#include "tidemill/rollout/webhook_signature.h"

#include <chrono>
#include <string>

#include <gtest/gtest.h>

namespace tidemill {
namespace {

constexpr std::string_view kSecret = "s3cret";
constexpr std::string_view kBody = R"({"a":1})";
/// From Python: base64(hmac("s3cret", "d-1.1795270505." + body, sha256)).
constexpr std::string_view kSignature =
    "v1,mdBZqxwbnHt1bajGDl/U43Qvc+NwFJUYbzrm+FCAMXE=";
constexpr WallTime kSent{std::chrono::seconds(1'795'270'505)};
constexpr WebhookHeaders kHeaders{
    .signature = kSignature, .delivery_id = "d-1", .timestamp = "1795270505"};

WebhookVerdict Check(const WebhookHeaders& headers, WallTime now = kSent,
                     std::string_view body = kBody,
                     std::string_view secret = kSecret) {
  return CheckWebhook(secret, headers, body, now);
}

TEST(Base64Test, IsRfc4648s) {
  EXPECT_EQ(Base64(""), "");
  EXPECT_EQ(Base64("f"), "Zg==");
  EXPECT_EQ(Base64("fo"), "Zm8=");
  EXPECT_EQ(Base64("foo"), "Zm9v");
  EXPECT_EQ(Base64(std::string("\0\xff\xfe", 3)), "AP/+");
}

TEST(WebhookSignatureTest, IsPythonsOfTheSameText) {
  EXPECT_EQ(WebhookSignature(kSecret, "d-1", "1795270505", kBody), kSignature);
}

TEST(WebhookSignatureTest, AGenuineDeliveryPasses) {
  EXPECT_EQ(Check(kHeaders), WebhookVerdict::kGenuine);
}

TEST(WebhookSignatureTest, EveryPartIsSigned) {
  WebhookHeaders other_id = kHeaders;
  other_id.delivery_id = "d-2";
  WebhookHeaders other_time = kHeaders;
  other_time.timestamp = "1795270506";
  EXPECT_EQ(Check(other_id), WebhookVerdict::kWrongSignature);
  EXPECT_EQ(Check(other_time), WebhookVerdict::kWrongSignature);
  EXPECT_EQ(Check(kHeaders, kSent, R"({"a":2})"),
            WebhookVerdict::kWrongSignature);
  EXPECT_EQ(Check(kHeaders, kSent, kBody, "other"),
            WebhookVerdict::kWrongSignature);
}

TEST(WebhookSignatureTest, ACutOrUnknownSignatureIsWrong) {
  for (const std::string& signature :
       {std::string(kSignature.substr(0, kSignature.size() - 1)),
        std::string(kSignature) + "=", std::string(kSignature.substr(3)),
        "v2," + std::string(kSignature.substr(3)), std::string("v1,")}) {
    WebhookHeaders headers = kHeaders;
    headers.signature = signature;
    EXPECT_EQ(Check(headers), WebhookVerdict::kWrongSignature) << signature;
  }
}

TEST(WebhookSignatureTest, AMissingHeaderIsSaid) {
  for (std::string_view WebhookHeaders::*header :
       {&WebhookHeaders::signature, &WebhookHeaders::delivery_id,
        &WebhookHeaders::timestamp}) {
    WebhookHeaders headers = kHeaders;
    headers.*header = "";
    EXPECT_EQ(Check(headers), WebhookVerdict::kNoHeaders);
  }
}

TEST(WebhookSignatureTest, FiveMinutesAreTheLimitBothWays) {
  using std::chrono::seconds;
  EXPECT_EQ(Check(kHeaders, kSent + seconds(300)), WebhookVerdict::kGenuine);
  EXPECT_EQ(Check(kHeaders, kSent - seconds(300)), WebhookVerdict::kGenuine);
  EXPECT_EQ(Check(kHeaders, kSent + seconds(301)), WebhookVerdict::kWrongTime);
  EXPECT_EQ(Check(kHeaders, kSent - seconds(301)), WebhookVerdict::kWrongTime);
}

TEST(WebhookSignatureTest, ASignedTimestampThatIsNoTimeIsRefused) {
  for (const std::string timestamp :
       {"-1", "1e9", "1795270505 ", "99999999999999999999", "now"}) {
    const std::string signature =
        WebhookSignature(kSecret, "d-1", timestamp, kBody);
    EXPECT_EQ(Check({.signature = signature,
                     .delivery_id = "d-1",
                     .timestamp = timestamp}),
              WebhookVerdict::kWrongTime)
        << timestamp;
  }
}

}  // namespace
}  // namespace tidemill
