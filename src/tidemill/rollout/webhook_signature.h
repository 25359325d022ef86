#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "tidemill/core/clock.h"

namespace tidemill {

/// Standard base64 with padding.
std::string Base64(std::string_view bytes);

/// What a sender of webhooks puts beside its body. Read as hostile.
struct WebhookHeaders {
  std::string_view signature;    ///< "v1,<base64>"
  std::string_view delivery_id;  ///< of one delivery; the same when repeated
  std::string_view timestamp;    ///< whole seconds since 1970
};

/// "v1," and the base64 of HMAC-SHA256(secret, "ID.TIMESTAMP.BODY").
/// Source: MLflow's webhooks (mlflow/webhooks/delivery.py, 3.17).
std::string WebhookSignature(std::string_view secret,
                             std::string_view delivery_id,
                             std::string_view timestamp, std::string_view body);

enum class WebhookVerdict : std::uint8_t {
  kGenuine,
  kNoHeaders,  ///< one of the three is missing
  kWrongSignature,
  kWrongTime,  ///< no number, or further from `now` than kMaxWebhookAge
};
/// For people; names the header.
std::string_view ToText(WebhookVerdict verdict);

/// Beyond it a delivery counts as a replay.
inline constexpr std::chrono::seconds kMaxWebhookAge{300};

/// Compares in constant time, and judges the time only of what is signed.
/// Threads: any.
WebhookVerdict CheckWebhook(std::string_view secret,
                            const WebhookHeaders& headers,
                            std::string_view body, WallTime now);

}  // namespace tidemill
