// How near a canary's share of one million keys comes to its percent, and
// whether a growing share keeps its keys: with the code that serves.
//
// Prints one JSON object. Each kind of key is drawn with one salt and then with
// 20 more, whose errors scatter as those of a fair draw: "fair_deviation", in
// percentage points, is 100 sqrt(p (1 - p) / keys).
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tidemill/rollout/canary_share.h"

namespace tidemill {
namespace {

constexpr std::size_t kKeys = 1'000'000;
constexpr int kMoreSalts = 20;
constexpr double kGoal = 0.1;  ///< percentage points
constexpr std::array<double, 4> kPercents{1.0, 10.0, 30.0, 50.0};
constexpr std::string_view kSalt = "churn@8";

using Keys = std::vector<std::string>;

Keys MakeKeys(const std::function<std::string(std::uint64_t)>& make) {
  Keys keys;
  keys.reserve(kKeys);
  for (std::size_t i = 0; i < kKeys; ++i) keys.push_back(make(i));
  return keys;
}

/// Numbers as text, what customers' ids look like, and what UUIDs look like.
Keys Numbers() {
  return MakeKeys([](std::uint64_t i) { return std::to_string(i); });
}

Keys CustomerIds() {
  return MakeKeys([](std::uint64_t i) {
    std::string letters(5, 'A');
    for (std::uint64_t rest = i * 7919; char& letter : letters) {
      letter = static_cast<char>('A' + rest % 26);
      rest /= 26;
    }
    return fmt::format("{:04}-{}", i % 10'000, letters) + std::to_string(i);
  });
}

Keys Uuids() {
  return MakeKeys([](std::uint64_t i) {
    // Odd multipliers: one to one, so no key comes twice.
    const std::uint64_t high = i * 0x9E3779B97F4A7C15ULL;
    const std::uint64_t low = i * 0xC2B2AE3D27D4EB4FULL;
    return fmt::format("{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}", high >> 32U,
                       (high >> 16U) & 0xFFFFU, high & 0xFFFU, low >> 52U,
                       low & 0xFFFFFFFFFFFFU);
  });
}

/// Off by so many percentage points.
double SplitError(const Keys& keys, double percent, const std::string& salt) {
  const CanaryShare share(percent, salt);
  const auto in = std::count_if(
      keys.begin(), keys.end(),
      [&](const std::string& key) { return share.Includes(key); });
  return 100.0 * static_cast<double>(in) / static_cast<double>(keys.size()) -
         percent;
}

nlohmann::json Figures(std::string_view kind, const Keys& keys,
                       double percent) {
  double largest = 0.0;
  double squares = 0.0;
  int within = 0;
  for (int i = 0; i < kMoreSalts; ++i) {
    const double error = SplitError(keys, percent, "salt-" + std::to_string(i));
    largest = std::max(largest, std::abs(error));
    squares += error * error;
    if (std::abs(error) <= kGoal) ++within;
  }
  const double share = percent / 100.0;
  return {
      {"keys", kind},
      {"percent", percent},
      {"error_points", SplitError(keys, percent, std::string(kSalt))},
      {"salts", kMoreSalts},
      {"salts_within_goal", within},
      {"rms_error_points", std::sqrt(squares / kMoreSalts)},
      {"max_error_points", largest},
      {"fair_deviation", 100.0 * std::sqrt(share * (1.0 - share) /
                                           static_cast<double>(keys.size()))}};
}

/// Keys of the smaller share that are not in the larger one.
std::size_t Left(const Keys& keys, double smaller, double larger) {
  const CanaryShare before(smaller, std::string(kSalt));
  const CanaryShare after(larger, std::string(kSalt));
  return static_cast<std::size_t>(
      std::count_if(keys.begin(), keys.end(), [&](const std::string& key) {
        return before.Includes(key) && !after.Includes(key);
      }));
}

nlohmann::json Report() {
  nlohmann::json splits = nlohmann::json::array();
  std::size_t left = 0;
  const auto add = [&](std::string_view kind, const Keys& keys) {
    for (const double percent : kPercents) {
      splits.push_back(Figures(kind, keys, percent));
    }
    for (std::size_t i = 1; i < kPercents.size(); ++i) {
      left += Left(keys, kPercents[i - 1], kPercents[i]);
    }
  };
  add("numbers", Numbers());
  add("customer ids", CustomerIds());
  add("UUIDs", Uuids());
  double largest = 0.0;
  for (const nlohmann::json& split : splits) {
    largest =
        std::max(largest, std::abs(split.at("error_points").get<double>()));
  }
  return {{"keys", kKeys},
          {"salt", kSalt},
          {"splits", splits},
          {"max_error_points", largest},
          {"keys_that_left_a_growing_share", left}};
}

}  // namespace
}  // namespace tidemill

int main() {
  std::puts(tidemill::Report().dump(2).c_str());
  return 0;
}
