#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

#include "tidemill/core/registry_state.h"

namespace tidemill {

/// Why a message cannot be used. Label of tidemill_registry_messages_total.
enum class MessageFault : std::uint8_t {
  kTooLarge,       ///< over kMaxRegistryMessageBytes
  kNotJson,        ///< no JSON object in UTF-8, or a key twice
  kUnknownSchema,  ///< "schema" is not 1
  kInvalid,        ///< a key is missing, of a wrong type or out of its range
};
std::string_view ToText(MessageFault fault);

/// Names the key, what was expected and what was found.
class MessageError : public std::runtime_error {
 public:
  MessageError(MessageFault fault, const std::string& message)
      : std::runtime_error(message), fault_(fault) {}
  MessageFault fault() const { return fault_; }

 private:
  MessageFault fault_;
};

inline constexpr std::size_t kMaxRegistryMessageBytes = 64U << 10U;
/// Above it a reader in JavaScript would round.
inline constexpr std::uint64_t kMaxSequence = 1ULL << 53U;
inline constexpr std::size_t kMaxChallengers = 16;

/// A message and how many keys it had that schema 1 does not know.
template <typename T>
struct ParsedMessage {
  T message;
  std::size_t unknown_keys = 0;
};

/// Read bytes as hostile. All throw MessageError. A state of a service other
/// than `service` is kInvalid.
ParsedMessage<RegistryState> ParseRegistryState(std::string_view bytes,
                                                std::string_view service);
ParsedMessage<VersionRecord> ParseVersionRecord(std::string_view bytes);
ParsedMessage<InstanceStatus> ParseInstanceStatus(std::string_view bytes);
ParsedMessage<AuditRecord> ParseAuditRecord(std::string_view bytes);

/// One line of JSON each, keys in the order of docs/rollout.md. Bytes that are
/// not UTF-8 become U+FFFD; a status's detail is cut to 1,024 bytes.
std::string ToJson(const RegistryState& state);
std::string ToJson(const VersionRecord& record);
std::string ToJson(const InstanceStatus& status);
std::string ToJson(const AuditRecord& record);

}  // namespace tidemill
