#include "tidemill/rollout/webhook_signature.h"

#include <array>
#include <optional>
#include <system_error>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "tidemill/core/errors.h"
#include "tidemill/core/number_text.h"

namespace tidemill {
namespace {

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string HmacSha256(std::string_view key, std::string_view message) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
           Bytes(message), message.size(), digest.data(), &size) == nullptr) {
    throw Error(ExitCode::kOurBug, "OpenSSL refused HMAC-SHA256");
  }
  return {reinterpret_cast<const char*>(digest.data()), size};
}

bool SameText(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::optional<WallTime> ReadSeconds(std::string_view text) {
  // To the year 2106; no overflow in the sums below.
  const auto seconds = ParseNumber<std::uint32_t>(text);
  if (!seconds) return std::nullopt;
  return WallTime(std::chrono::seconds(*seconds));
}

}  // namespace

std::string Base64(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const int size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                      Bytes(bytes), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

std::string WebhookSignature(std::string_view secret,
                             std::string_view delivery_id,
                             std::string_view timestamp,
                             std::string_view body) {
  std::string message;
  message.reserve(delivery_id.size() + timestamp.size() + body.size() + 2);
  message.append(delivery_id).append(1, '.');
  message.append(timestamp).append(1, '.').append(body);
  return "v1," + Base64(HmacSha256(secret, message));
}

std::string_view ToText(WebhookVerdict verdict) {
  switch (verdict) {
    case WebhookVerdict::kGenuine:
      return "genuine";
    case WebhookVerdict::kNoHeaders:
      return "expected the headers X-MLflow-Signature, X-MLflow-Delivery-Id "
             "and X-MLflow-Timestamp";
    case WebhookVerdict::kWrongSignature:
      return "X-MLflow-Signature does not fit the body and the secret";
    case WebhookVerdict::kWrongTime:
      return "X-MLflow-Timestamp is more than 5 minutes from now";
  }
  return "";
}

WebhookVerdict CheckWebhook(std::string_view secret,
                            const WebhookHeaders& headers,
                            std::string_view body, WallTime now) {
  if (headers.signature.empty() || headers.delivery_id.empty() ||
      headers.timestamp.empty()) {
    return WebhookVerdict::kNoHeaders;
  }
  const std::string expected =
      WebhookSignature(secret, headers.delivery_id, headers.timestamp, body);
  if (!SameText(headers.signature, expected)) {
    return WebhookVerdict::kWrongSignature;
  }
  const auto sent = ReadSeconds(headers.timestamp);
  if (!sent || *sent < now - kMaxWebhookAge || *sent > now + kMaxWebhookAge) {
    return WebhookVerdict::kWrongTime;
  }
  return WebhookVerdict::kGenuine;
}

}  // namespace tidemill
