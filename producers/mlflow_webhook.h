#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "tidemill/core/clock.h"
#include "tidemill/http/http_message.h"

namespace tidemill {

/// Where webhooks are sent to.
inline constexpr std::string_view kWebhookPath = "/webhook";

/// Takes MLflow's webhooks at kWebhookPath (POST): 202 and a call of `genuine`
/// for one whose signature and time are right (rollout/webhook_signature.h),
/// else 401; what it says is not believed, only that something has changed.
/// `clock` must outlive it.
///
/// Threads: any number at a time; so must `genuine`.
HttpHandler MakeWebhookHandler(std::string secret, const Clock& clock,
                               std::function<void()> genuine);

/// The secret that the webhook was made with: the file's text without the line
/// end behind it. Throws ConfigError when it is empty, and what ReadFile()
/// (model/artifact.h) throws; at most 4 KiB.
std::string ReadWebhookSecret(const std::string& path);

}  // namespace tidemill
