#include "tidemill/cli/option_checks.h"

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "tidemill/config/host_port.h"
#include "tidemill/config/secrets.h"
#include "tidemill/config/units.h"
#include "tidemill/core/number_text.h"

namespace tidemill {
namespace {

template <typename Value>
bool IsBetween(std::string_view text, Value minimum, Value maximum) {
  const auto value = ParseNumber<Value>(text);
  return value && *value >= minimum && *value <= maximum;
}

bool AreAddresses(std::string_view text) {
  while (true) {
    const std::size_t comma = text.find(',');
    const auto address = ParseHostPort(text.substr(0, comma));
    if (!address || address->port == 0) return false;
    if (comma == std::string_view::npos) return true;
    text.remove_prefix(comma + 1);
  }
}

bool IsTopicName(std::string_view text) {
  constexpr std::size_t kMaxBytes = 249;
  constexpr std::string_view kCharacters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  return !text.empty() && text.size() <= kMaxBytes && text != "." &&
         text != ".." &&
         text.find_first_not_of(kCharacters) == std::string_view::npos;
}

CLI::Validator Expect(std::string expected,
                      std::function<bool(std::string_view)> fits) {
  return CLI::Validator(
      [expected = std::move(expected),
       fits = std::move(fits)](const std::string& text) {
        return fits(text) ? std::string()
                          : fmt::format("expected {}, got '{}'", expected,
                                        MaskUrls(text));
      },
      "");
}

}  // namespace

CLI::Validator NumberBetween(double minimum, double maximum) {
  return Expect(
      fmt::format("a number from {} to {}", minimum, maximum),
      [=](std::string_view text) { return IsBetween(text, minimum, maximum); });
}

CLI::Validator WholeNumberUpTo(std::uint64_t maximum) {
  return Expect(fmt::format("a whole number from 0 to {}", maximum),
                [=](std::string_view text) {
                  return IsBetween(text, std::uint64_t{0}, maximum);
                });
}

CLI::Validator BrokerAddresses() {
  return Expect(
      "HOST:PORT, or several separated by commas; port from 1 to 65535",
      AreAddresses);
}

CLI::Validator TopicName() {
  return Expect("a name of 1 to 249 letters, digits, '.', '_' or '-'",
                IsTopicName);
}

CLI::Validator TimeWithUnit() {
  return Expect("a time with its unit such as 500ms or 5s, from 1ms to 1h",
                [](std::string_view text) {
                  const auto time = ParseDuration(text);
                  return time && time->count() >= 1 &&
                         *time <= std::chrono::hours(1);
                });
}

void AddSetOption(CLI::App& command, std::vector<std::string>& sets,
                  const std::string& example) {
  command
      .add_option("--set", sets,
                  fmt::format("PATH=VALUE over the config, e.g. {}", example))
      ->allow_extra_args(false)
      ->check(CLI::Validator(
          [example](const std::string& text) {
            if (text.find('=') != std::string::npos) return std::string();
            return fmt::format("expected PATH=VALUE, e.g. {}, got '{}'",
                               example, ShownKey(text));
          },
          ""));
}

void AddOverlayOptions(CLI::App& command, std::vector<std::string>& sets,
                       std::string& bootstrap) {
  AddSetOption(command, sets, "workers=4");
  command
      .add_option("--bootstrap", bootstrap,
                  "HOST:PORT of the broker, over the config's")
      ->check(BrokerAddresses());
}

}  // namespace tidemill
