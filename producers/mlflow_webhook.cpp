#include "producers/mlflow_webhook.h"

#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>

#include <spdlog/spdlog.h>

#include "tidemill/core/errors.h"
#include "tidemill/http/router.h"
#include "tidemill/model/artifact.h"
#include "tidemill/rollout/webhook_signature.h"

namespace tidemill {
namespace {

constexpr std::size_t kMaxSecretBytes = 4096;

/// Judges deliveries; of refused ones in a row only the first is logged.
class Doorkeeper {
 public:
  Doorkeeper(std::string secret, const Clock& clock,
             std::function<void()> genuine)
      : secret_(std::move(secret)),
        clock_(clock),
        genuine_(std::move(genuine)) {}

  HttpResponse Answer(const HttpRequest& request) {
    const WebhookHeaders headers = {
        .signature = request.Header("X-MLflow-Signature").value_or(""),
        .delivery_id = request.Header("X-MLflow-Delivery-Id").value_or(""),
        .timestamp = request.Header("X-MLflow-Timestamp").value_or("")};
    const WebhookVerdict verdict =
        CheckWebhook(secret_, headers, request.body, clock_.Now());
    if (verdict != WebhookVerdict::kGenuine) return Refuse(verdict);
    refusing_ = false;
    genuine_();
    return {.status = 202, .body = R"({"status":"accepted"})"};
  }

 private:
  HttpResponse Refuse(WebhookVerdict verdict) {
    if (!refusing_.exchange(true)) {
      spdlog::warn("a webhook was refused: {}", ToText(verdict));
    }
    return Problem(401, ToText(verdict));
  }

  std::string secret_;
  const Clock& clock_;
  std::function<void()> genuine_;
  std::atomic<bool> refusing_ = false;
};

}  // namespace

HttpHandler MakeWebhookHandler(std::string secret, const Clock& clock,
                               std::function<void()> genuine) {
  const auto doorkeeper = std::make_shared<Doorkeeper>(std::move(secret), clock,
                                                       std::move(genuine));
  Router router;
  router.Add("POST", kWebhookPath, [doorkeeper](const HttpRequest& request) {
    return doorkeeper->Answer(request);
  });
  return router;
}

std::string ReadWebhookSecret(const std::string& path) {
  std::string secret = ReadFile(path, kMaxSecretBytes);
  if (secret.ends_with('\n')) secret.pop_back();
  if (secret.ends_with('\r')) secret.pop_back();
  if (secret.empty()) {
    throw ConfigError({.where = path,
                       .expected = "the secret that MLflow's webhook has",
                       .got = "nothing"});
  }
  return secret;
}

}  // namespace tidemill
