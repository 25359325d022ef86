#include "tidemill/http/service_status.h"

#include <cassert>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>
#include <utility>

#include "tidemill/http/status_page.h"
#include "tidemill/model/digest.h"

namespace tidemill {
namespace {

constexpr std::chrono::seconds kShared{1};

std::string Base64(const Sha256Digest& bytes) {
  static constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  std::uint32_t bits = 0;
  int held = 0;
  for (const std::uint8_t byte : bytes) {
    bits = (bits << 8U) | byte;
    for (held += 8; held >= 6; held -= 6) {
      text += kDigits[(bits >> static_cast<unsigned>(held - 6)) & 63U];
    }
  }
  text += kDigits[(bits << static_cast<unsigned>(6 - held)) & 63U];
  text.append((4 - text.size() % 4) % 4, '=');
  return text;
}

/// What stands between <tag> and </tag>; the page has one of each.
std::string_view InlinePart(std::string_view page, const std::string& tag) {
  const std::size_t open = page.find("<" + tag + ">");
  const std::size_t close = page.find("</" + tag + ">");
  assert(open != std::string_view::npos && close != std::string_view::npos);
  const std::size_t begin = open + tag.size() + 2;
  return page.substr(begin, close - begin);
}

/// Lets the page's own style and script run, and nothing else: should a text
/// ever become markup, it can neither run nor load anything.
std::string ContentSecurityPolicy(std::string_view page) {
  const auto hash = [&](const char* tag) {
    return "'sha256-" + Base64(Sha256(InlinePart(page, tag))) + "'";
  };
  return "default-src 'none'; script-src " + hash("script") + "; style-src " +
         hash("style") +
         "; img-src data:; connect-src 'self'; base-uri 'none'; "
         "form-action 'none'; frame-ancestors 'none'";
}

HttpResponse Page() {
  const std::string_view page = StatusPage();
  return {.status = 200,
          .content_type = "text/html; charset=utf-8",
          .body = std::string(page),
          .headers = {{"Content-Security-Policy", ContentSecurityPolicy(page)},
                      {"Cache-Control", "no-cache"},
                      {"Referrer-Policy", "no-referrer"},
                      {"X-Content-Type-Options", "nosniff"}},
          .close = true};
}

/// One answer for all who ask within a second: many open pages cost no more
/// than one.
class SharedAnswer {
 public:
  explicit SharedAnswer(std::function<ServiceStatus()> read)
      : read_(std::move(read)) {}

  std::string Get() {
    const std::lock_guard lock(mutex_);
    const SteadyTime now = std::chrono::steady_clock::now();
    if (text_.empty() || now - taken_ >= kShared) {
      text_ = ToJson(read_());
      taken_ = now;
    }
    return text_;
  }

 private:
  std::function<ServiceStatus()> read_;
  std::mutex mutex_;
  std::string text_;  ///< guarded by mutex_
  SteadyTime taken_;  ///< guarded by mutex_
};

}  // namespace

// An open page keeps no connection that a probe may want.
void AddStatusRoutes(Router& router, std::function<ServiceStatus()> read) {
  const auto page = [response = Page()](const HttpRequest&) {
    return response;
  };
  router.Add("GET", "/", page);
  router.Add("GET", "/status", page);
  const auto answer = std::make_shared<SharedAnswer>(std::move(read));
  router.Add("GET", "/v1/status", [answer](const HttpRequest&) {
    return HttpResponse{
        .status = 200,
        .content_type = "application/json",
        .body = answer->Get(),
        .headers = {{"Cache-Control", "no-store"},
                    {"Cross-Origin-Resource-Policy", "same-origin"},
                    {"X-Content-Type-Options", "nosniff"}},
        .close = true};
  });
}

}  // namespace tidemill
