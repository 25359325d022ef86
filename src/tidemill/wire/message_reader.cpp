#include "tidemill/wire/message_reader.h"

#include <cmath>
#include <set>
#include <utility>
#include <vector>

#include "tidemill/core/errors.h"
#include "tidemill/wire/json_text.h"

namespace tidemill {
namespace {

constexpr std::size_t kMaxDepth = 16;
// A message has a few dozen; looking a key up takes as many comparisons.
constexpr std::size_t kMaxKeys = 256;
constexpr std::size_t kMaxQuotedBytes = 48;

[[noreturn]] void RefuseJson(const std::string& expected,
                             const std::string& got) {
  throw MessageError(
      MessageFault::kNotJson,
      ToText({.where = "message", .expected = expected, .got = got}));
}

/// Refuses, while a message is being parsed, what nlohmann would take.
class StructureCheck {
 public:
  bool operator()(int depth, MessageJson::parse_event_t event,
                  const MessageJson& parsed) {
    using Event = MessageJson::parse_event_t;
    if (event == Event::object_start || event == Event::array_start) {
      if (static_cast<std::size_t>(depth) >= kMaxDepth) {
        RefuseJson("at most " + std::to_string(kMaxDepth) + " levels", "more");
      }
    }
    if (event == Event::object_start) keys_.emplace_back();
    if (event == Event::object_end) keys_.pop_back();
    if (event == Event::key) CheckKey(parsed.get_ref<const std::string&>());
    return true;
  }

 private:
  void CheckKey(const std::string& key) {
    std::set<std::string>& keys = keys_.back();
    if (!keys.insert(key).second) {
      RefuseJson("every key once", QuotedText(key) + " twice");
    }
    if (keys.size() > kMaxKeys) {
      RefuseJson("at most " + std::to_string(kMaxKeys) + " keys in an object",
                 "more");
    }
  }

  std::vector<std::set<std::string>> keys_;
};

MessageJson ParseJson(std::string_view bytes) {
  try {
    return MessageJson::parse(bytes, StructureCheck());
  } catch (const MessageJson::parse_error& error) {
    RefuseJson("JSON in UTF-8",
               "something else at byte " + std::to_string(error.byte));
  } catch (const MessageJson::exception&) {
    RefuseJson("numbers that a float64 holds", "a larger one");
  }
}

std::string NumberText(double value) {
  std::string text;
  AppendJsonNumber(value, text);
  return text;
}

std::string NumberRange(double min, double max) {
  if (std::isinf(min) && std::isinf(max)) return "a number";
  if (std::isinf(max)) return "a number from " + NumberText(min);
  return "a number from " + NumberText(min) + " to " + NumberText(max);
}

}  // namespace

MessageJson ParseMessageObject(std::string_view bytes) {
  if (bytes.size() > kMaxRegistryMessageBytes) {
    throw MessageError(
        MessageFault::kTooLarge,
        ToText({.where = "message",
                .expected = "at most " +
                            std::to_string(kMaxRegistryMessageBytes) + " bytes",
                .got = std::to_string(bytes.size())}));
  }
  // nlohmann skips a byte-order mark and takes a NUL for the end.
  if (bytes.starts_with("\xEF\xBB\xBF") ||
      bytes.find('\0') != std::string_view::npos) {
    RefuseJson("JSON in UTF-8", "a byte-order mark or a NUL byte");
  }
  MessageJson object = ParseJson(bytes);
  if (!object.is_object()) RefuseJson("a JSON object", FoundValue(object));
  return object;
}

void RefuseMessage(const std::string& where, const std::string& expected,
                   const std::string& got) {
  throw MessageError(
      MessageFault::kInvalid,
      ToText({.where = where, .expected = expected, .got = got}));
}

std::string FoundValue(const MessageJson& value) {
  switch (value.type()) {
    case MessageJson::value_t::object:
      return "an object";
    case MessageJson::value_t::array:
      return "a list";
    case MessageJson::value_t::string:
      return "text";
    default:
      return value.dump();  // null, true, false or a number's digits
  }
}

std::string QuotedText(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text.substr(0, kMaxQuotedBytes)) {
    quoted += c >= 0x20 && c < 0x7f ? c : '?';
  }
  quoted += text.size() > kMaxQuotedBytes ? "\"..." : "\"";
  return quoted;
}

bool IsPrintableText(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 || byte == 0x7f) return false;
    // U+0080 to U+009F, in UTF-8.
    if (byte == 0xc2 && i + 1 < text.size() &&
        static_cast<unsigned char>(text[i + 1]) < 0xa0) {
      return false;
    }
  }
  return true;
}

MessageReader::MessageReader(const MessageJson& object, std::string path,
                             std::size_t& unknown_keys)
    : object_(object), path_(std::move(path)), unknown_keys_(unknown_keys) {}

std::string MessageReader::Path(std::string_view key) const {
  return path_.empty() ? std::string(key) : path_ + '.' + std::string(key);
}

const MessageJson* MessageReader::Find(std::string_view key) {
  const auto found = object_.find(std::string(key));
  if (found == object_.end()) return nullptr;
  ++met_;
  return found->is_null() ? nullptr : &*found;
}

const MessageJson* MessageReader::FindObject(std::string_view key) {
  const MessageJson* value = Find(key);
  if (value != nullptr && !value->is_object()) {
    RefuseMessage(Path(key), "an object", FoundValue(*value));
  }
  return value;
}

const MessageJson* MessageReader::FindArray(std::string_view key,
                                            std::size_t max_items) {
  const MessageJson* value = Find(key);
  if (value == nullptr) return nullptr;
  if (!value->is_array())
    RefuseMessage(Path(key), "a list", FoundValue(*value));
  if (value->size() > max_items) {
    RefuseMessage(Path(key), "at most " + std::to_string(max_items) + " items",
                  std::to_string(value->size()));
  }
  return value;
}

std::optional<std::int64_t> MessageReader::FindInteger(std::string_view key,
                                                       std::int64_t min,
                                                       std::int64_t max) {
  const MessageJson* value = Find(key);
  if (value == nullptr) return std::nullopt;
  if (value->is_number_unsigned()
          ? std::cmp_less_equal(min, value->get<std::uint64_t>()) &&
                std::cmp_less_equal(value->get<std::uint64_t>(), max)
          : value->is_number_integer() && min <= value->get<std::int64_t>() &&
                value->get<std::int64_t>() <= max) {
    return value->get<std::int64_t>();
  }
  RefuseMessage(
      Path(key),
      "an integer from " + std::to_string(min) + " to " + std::to_string(max),
      FoundValue(*value));
}

std::optional<double> MessageReader::FindNumber(std::string_view key,
                                                double min, double max) {
  const MessageJson* value = Find(key);
  if (value == nullptr) return std::nullopt;
  // The parser takes no number that is not finite.
  if (!value->is_number() || value->get<double>() < min ||
      value->get<double>() > max) {
    RefuseMessage(Path(key), NumberRange(min, max), FoundValue(*value));
  }
  return value->get<double>();
}

std::optional<std::string> MessageReader::FindText(std::string_view key,
                                                   std::size_t max_bytes,
                                                   Characters characters) {
  const MessageJson* value = Find(key);
  if (value == nullptr) return std::nullopt;
  if (!value->is_string()) RefuseMessage(Path(key), "text", FoundValue(*value));
  const auto& text = value->get_ref<const std::string&>();
  if (text.size() > max_bytes) {
    RefuseMessage(Path(key),
                  "text of at most " + std::to_string(max_bytes) + " bytes",
                  std::to_string(text.size()));
  }
  if (characters == Characters::kPrintable && !IsPrintableText(text)) {
    RefuseMessage(Path(key), "text without control characters",
                  QuotedText(text));
  }
  return text;
}

const MessageJson& MessageReader::Object(std::string_view key) {
  const MessageJson* value = FindObject(key);
  if (value == nullptr) RefuseMessage(Path(key), "an object", "nothing");
  return *value;
}

std::int64_t MessageReader::Integer(std::string_view key, std::int64_t min,
                                    std::int64_t max) {
  const auto value = FindInteger(key, min, max);
  if (!value) RefuseMessage(Path(key), "an integer", "nothing");
  return *value;
}

double MessageReader::Number(std::string_view key, double min, double max) {
  const auto value = FindNumber(key, min, max);
  if (!value) RefuseMessage(Path(key), NumberRange(min, max), "nothing");
  return *value;
}

std::string MessageReader::Text(std::string_view key, std::size_t max_bytes) {
  auto value = FindText(key, max_bytes);
  if (!value || value->empty()) {
    RefuseMessage(Path(key), "text", value ? "an empty one" : "nothing");
  }
  return *std::move(value);
}

std::string MessageReader::Name(std::string_view key) {
  const MessageJson* value = Find(key);
  static constexpr const char* kExpected =
      "a name of 1 to 200 letters, digits, '.', '_' or '-'";
  if (value == nullptr) RefuseMessage(Path(key), kExpected, "nothing");
  if (!value->is_string()) {
    RefuseMessage(Path(key), kExpected, FoundValue(*value));
  }
  const auto& text = value->get_ref<const std::string&>();
  if (!IsRegistryName(text)) {
    RefuseMessage(Path(key), kExpected, QuotedText(text));
  }
  return text;
}

}  // namespace tidemill
