#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

namespace tidemill {

/// What became of a message of the registry topic. Label of
/// tidemill_registry_messages_total.
enum class RegistryMessage : std::uint8_t {
  kApplied,        ///< its state answers now
  kStale,          ///< its sequence is not above ours
  kTooLarge,       ///< over the size limit
  kNotJson,        ///< no JSON object in UTF-8, or a key twice
  kUnknownSchema,  ///< of another schema number
  kInvalid,        ///< a key is missing, of a wrong type or out of range
  kRefused,        ///< well-formed, but its models cannot be served
};
inline constexpr int kNumRegistryMessages = 7;
std::string_view ToText(RegistryMessage result);

/// What the scorer tells of the registry that it follows.
/// Threads: any.
class RegistryMetrics {
 public:
  RegistryMetrics(prometheus::Registry& registry, const std::string& service);

  void CountMessage(RegistryMessage result);
  /// Keys that schema 1 does not know.
  void CountUnknownKeys(std::size_t keys);
  /// Of the state that is served; 0: none yet, or a fixed file.
  void SetSequence(std::uint64_t sequence);
  /// The registry has been read to its end and is being followed.
  void SetConnected(bool connected);
  /// Serving what was remembered on disk, not what the registry says.
  void SetLastGood(bool serving);
  /// `rule` is the limit's key in "guardrails", a closed set.
  void CountBreach(std::string_view rule);

 private:
  std::string service_;
  std::vector<prometheus::Counter*> messages_;  ///< by RegistryMessage
  prometheus::Counter* unknown_keys_;
  prometheus::Gauge* sequence_;
  prometheus::Gauge* connected_;
  prometheus::Gauge* last_good_;
  prometheus::Family<prometheus::Counter>* breaches_;
};

}  // namespace tidemill
