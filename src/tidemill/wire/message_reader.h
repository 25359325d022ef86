#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "tidemill/wire/registry_messages.h"

namespace tidemill {

/// Keeps the order of the keys.
using MessageJson = nlohmann::ordered_json;

/// Reads one JSON object of UTF-8, as hostile bytes: bounded in size, depth and
/// keys, no key twice. Throws MessageError.
MessageJson ParseMessageObject(std::string_view bytes);

/// Throws kInvalid, "WHERE: expected EXPECTED, got GOT".
[[noreturn]] void RefuseMessage(const std::string& where,
                                const std::string& expected,
                                const std::string& got);

/// What a value is, in a few words that may stand in a log: "text", "-3".
std::string FoundValue(const MessageJson& value);
/// The beginning of a text between quotes, all but printable ASCII as '?'.
std::string QuotedText(std::string_view text);

/// Asks an object for its keys, each once. null counts as missing. Throws
/// MessageError (kInvalid) that names the key by its whole path.
class MessageReader {
 public:
  /// `path` stands before the keys in errors, e.g. "champion"; keys that were
  /// not asked for are added to `unknown_keys` at the end.
  MessageReader(const MessageJson& object, std::string path,
                std::size_t& unknown_keys);
  ~MessageReader() { unknown_keys_ += object_.size() - met_; }
  MessageReader(const MessageReader&) = delete;
  MessageReader& operator=(const MessageReader&) = delete;

  /// nullptr when it is missing or null.
  const MessageJson* Find(std::string_view key);
  const MessageJson* FindObject(std::string_view key);
  const MessageJson* FindArray(std::string_view key, std::size_t max_items);

  std::optional<std::int64_t> FindInteger(std::string_view key,
                                          std::int64_t min, std::int64_t max);
  std::optional<double> FindNumber(std::string_view key, double min,
                                   double max);
  /// kAny: with control characters.
  enum class Characters : std::uint8_t { kPrintable, kAny };
  std::optional<std::string> FindText(
      std::string_view key, std::size_t max_bytes,
      Characters characters = Characters::kPrintable);

  /// The same, refused when missing.
  const MessageJson& Object(std::string_view key);
  std::int64_t Integer(std::string_view key, std::int64_t min,
                       std::int64_t max);
  double Number(std::string_view key, double min, double max);
  /// Not empty either.
  std::string Text(std::string_view key, std::size_t max_bytes);
  /// IsRegistryName() (core/registry_state.h).
  std::string Name(std::string_view key);

  /// The path of a key, for errors and readers below this one.
  std::string Path(std::string_view key) const;
  std::size_t& unknown_keys() { return unknown_keys_; }

 private:
  const MessageJson& object_;
  std::string path_;
  std::size_t& unknown_keys_;
  std::size_t met_ = 0;
};

/// True when a text has no control characters.
bool IsPrintableText(std::string_view text);

}  // namespace tidemill
