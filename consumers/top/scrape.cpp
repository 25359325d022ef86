#include "consumers/top/scrape.h"

#include <algorithm>
#include <chrono>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "consumers/top/text.h"
#include "tidemill/config/host_port.h"
#include "tidemill/core/errors.h"
#include "tidemill/rollout/http_client.h"

namespace tidemill {
namespace {

constexpr std::chrono::milliseconds kTimeout{3000};
constexpr std::size_t kMaxBytes = 16U << 20U;
constexpr std::size_t kMaxTargets = 100;
constexpr std::string_view kPath = "/metrics";

UsageError BadTarget(const std::string& text) {
  return UsageError(
      {.where = "URL",
       .expected = "HOST:PORT or http(s)://HOST[:PORT][/metrics], without user "
                   "and password",
       .got = "'" + text + "'"});
}

/// The canonical form of an address that begins with http:// or https://.
std::string MetricsUrl(const std::string& text) {
  std::string base = text;
  while (base.ends_with('/')) base.pop_back();
  if (base.ends_with(kPath)) base.resize(base.size() - kPath.size());
  if (base.find_first_of("?#") != std::string::npos) throw BadTarget(text);
  try {
    return JoinUrl(base, "metrics");
  } catch (const ConfigError&) {
    throw BadTarget(text);
  }
}

TopTarget ParseTarget(const std::string& text) {
  TopTarget target;
  if (text.find("://") != std::string::npos) {
    target.url = MetricsUrl(text);
  } else {
    std::string_view address = text;
    if (address.ends_with(kPath)) address.remove_suffix(kPath.size());
    const auto parsed = ParseHostPort(address);
    if (!parsed || parsed->port == 0) throw BadTarget(text);
    target.url = MetricsUrl("http://" + ToText(*parsed));
  }
  target.name = target.url.substr(target.url.find("://") + 3);
  const std::size_t path = target.name.find('/');
  if (target.name.substr(path) == kPath) target.name.resize(path);
  return target;
}

Scrape Failed(std::string why) {
  Scrape scrape;
  scrape.error = std::move(why);
  return scrape;
}

/// What stands behind "URL: " in the client's message: the URL is shown anyway.
std::string WithoutUrl(const std::string& message, const std::string& url) {
  return message.starts_with(url + ": ") ? message.substr(url.size() + 2)
                                         : message;
}

Scrape ReadAnswer(const HttpAnswer& answer, SteadyTime time) {
  if (answer.status != 200) {
    return Failed(fmt::format("expected status 200, got {}", answer.status));
  }
  MetricsText text = ParseMetricsText(answer.body);
  Scrape scrape;
  scrape.bad_lines = text.bad_lines;
  scrape.left_out = text.left_out;
  scrape.complaints = std::move(text.complaints);
  InstanceReading reading = ReadInstance(text.samples, time);
  if (reading.series > 0) {
    scrape.reading = std::move(reading);
  } else {
    scrape.error = fmt::format(
        "expected Tidemill's metrics, got {} other series and {} bad lines",
        text.others + text.samples.size(), text.bad_lines);
  }
  return scrape;
}

}  // namespace

std::vector<TopTarget> ParseTargets(const std::vector<std::string>& texts) {
  if (texts.size() > kMaxTargets) {
    throw UsageError(
        {.where = "URL",
         .expected = fmt::format("at most {} instances", kMaxTargets),
         .got = std::to_string(texts.size())});
  }
  std::vector<TopTarget> targets;
  for (const std::string& text : texts) {
    TopTarget target = ParseTarget(text);
    if (std::any_of(
            targets.begin(), targets.end(),
            [&](const TopTarget& other) { return other.url == target.url; })) {
      throw UsageError({.where = "URL",
                        .expected = "every instance once",
                        .got = target.url + " twice"});
    }
    targets.push_back(std::move(target));
  }
  return targets;
}

Scrape ScrapeInstance(const TopTarget& target, const Clock& clock,
                      const std::atomic<bool>* cancel) {
  FetchRequest request;
  request.url = target.url;
  request.headers = {"Accept: text/plain;version=0.0.4"};
  request.connect_timeout = kTimeout;
  request.timeout = kTimeout;
  request.max_bytes = kMaxBytes;
  request.cancel = cancel;
  try {
    const HttpAnswer answer = HttpGet(request);
    return ReadAnswer(answer, clock.Steady());
  } catch (const std::runtime_error& error) {
    return Failed(WithoutUrl(error.what(), target.url));
  }
}

ScrapeRound::ScrapeRound(const std::vector<TopTarget>& targets,
                         const Clock& clock, const std::atomic<bool>& cancel) {
  for (const TopTarget& target : targets) {
    answers_.push_back(
        std::async(std::launch::async, [&target, &clock, &cancel] {
          return ScrapeInstance(target, clock, &cancel);
        }));
  }
}

bool ScrapeRound::Done() const {
  return std::all_of(answers_.begin(), answers_.end(), [](const auto& answer) {
    return answer.wait_for(std::chrono::seconds(0)) ==
           std::future_status::ready;
  });
}

std::vector<Scrape> ScrapeRound::Take() {
  std::vector<Scrape> scrapes;
  scrapes.reserve(answers_.size());
  for (auto& answer : answers_) scrapes.push_back(answer.get());
  return scrapes;
}

}  // namespace tidemill
