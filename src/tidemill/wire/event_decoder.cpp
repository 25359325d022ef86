#include "tidemill/wire/event_decoder.h"

#include <simdjson.h>

#include <algorithm>
#include <cmath>
#include <compare>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tidemill/wire/field_values.h"

namespace tidemill {
namespace {

namespace ondemand = simdjson::ondemand;

/// White space that JSON allows around a value.
std::string_view TrimToken(std::string_view token) {
  const std::size_t last = token.find_last_not_of(" \t\r\n");
  return token.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

/// RFC 8259's number, to tell a number too large from no number at all.
bool IsJsonNumber(std::string_view text) {
  std::size_t at = 0;
  const auto digits = [&] {
    const std::size_t from = at;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
    return at - from;
  };
  if (at < text.size() && text[at] == '-') ++at;
  const bool zero = at < text.size() && text[at] == '0';
  const std::size_t whole = digits();
  if (whole == 0 || (zero && whole > 1)) return false;
  if (at < text.size() && text[at] == '.') {
    ++at;
    if (digits() == 0) return false;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    if (digits() == 0) return false;
  }
  return at == text.size();
}

EventError Failure(Stage stage, Reason reason, std::string detail) {
  return {.stage = stage, .reason = reason, .detail = std::move(detail)};
}

EventError JsonFailure(simdjson::error_code error) {
  if (error == simdjson::UTF8_ERROR) {
    return Failure(Stage::kParse, Reason::kInvalidUtf8,
                   "expected UTF-8, got other bytes");
  }
  return Failure(Stage::kParse, Reason::kInvalidJson,
                 std::string("expected a JSON object, got text that is not "
                             "JSON: ") +
                     simdjson::error_message(error));
}

EventError FieldFailure(const Field& field, Reason reason) {
  std::string detail = "field '" + field.name + "': expected " +
                       std::string(Wanted(field.type)) + ", got ";
  switch (reason) {
    case Reason::kNotAnInteger:
      detail += "a fraction or a number beyond 2^53";
      break;
    case Reason::kNonFiniteNumber:
      detail += "a number that no float64 holds";
      break;
    case Reason::kInvalidTimestamp:
      detail += "text of another form";
      break;
    default:
      detail += "a value of another type";
  }
  return Failure(Stage::kSchema, reason, std::move(detail));
}

}  // namespace

class EventDecoder::Impl {
 public:
  explicit Impl(DecodeLimits limits) : limits_(limits) {}

  std::optional<EventError> Decode(const Schema& schema, std::string_view json,
                                   EventBatch& batch) {
    if (IsBlank(json)) {
      return Failure(Stage::kParse, Reason::kEmpty,
                     "expected a JSON object, got nothing");
    }
    if (json.size() > limits_.max_bytes) {
      return Failure(Stage::kSize, Reason::kTooLarge,
                     "expected at most " + std::to_string(limits_.max_bytes) +
                         " bytes, got " + std::to_string(json.size()));
    }
    schema_ = &schema;
    batch_ = &batch;
    row_ = batch.AppendRow();
    error_.reset();
    ignored_ = 0;
    seen_.assign(schema.size(), 0);
    missing_.clear();
    nested_.clear();
    unknown_.clear();
    met_ = 0;
    guess_ = 0;
    if (!ReadEvent(json) || error_) {
      batch.DropLastRow();
      return std::move(error_);
    }
    ignored_total_ += ignored_;
    return std::nullopt;
  }

  std::uint64_t ignored_fields() const { return ignored_total_; }

 private:
  /// An error of the JSON itself: nothing more can be read.
  bool Stop(simdjson::error_code error) {
    error_ = JsonFailure(error);
    return false;
  }

  /// An error of the schema: the rest is still read, the first one stays.
  void Note(EventError error) {
    if (error_) return;
    error_ = std::move(error);
    error_at_ = met_;
  }

  bool ReadEvent(std::string_view json) {
    buffer_.resize(
        std::max(buffer_.size(), json.size() + simdjson::SIMDJSON_PADDING));
    std::memcpy(buffer_.data(), json.data(), json.size());
    // Not the end of a longer event before this one.
    std::memset(buffer_.data() + json.size(), 0, simdjson::SIMDJSON_PADDING);
    ondemand::document document;
    const simdjson::padded_string_view text(buffer_.data(), json.size(),
                                            buffer_.size());
    if (auto error = parser_.iterate(text).get(document)) return Stop(error);
    ondemand::object object;
    if (auto error = document.get_object().get(object)) {
      if (error != simdjson::INCORRECT_TYPE) return Stop(error);
      return NotAnObject(json);
    }
    for (auto item : object) {
      ondemand::field field;
      if (auto error = std::move(item).get(field)) return Stop(error);
      if (!ReadField(field)) return false;
    }
    const char* rest = nullptr;
    if (document.current_location().get(rest) == simdjson::SUCCESS) {
      return Stop(simdjson::TRAILING_CONTENT);
    }
    CheckUnknown();
    CheckRequired();
    if (!error_ && schema_->id_field()) StoreId();
    return true;
  }

  bool NotAnObject(std::string_view json) {
    // nlohmann skips a byte-order mark and takes a NUL for the end.
    if (json.starts_with("\xEF\xBB\xBF") ||
        json.find('\0') != std::string_view::npos ||
        !nlohmann::json::accept(json)) {
      return Stop(simdjson::TAPE_ERROR);
    }
    Note(Failure(Stage::kParse, Reason::kNotAnObject,
                 "expected a JSON object, got another JSON value"));
    return false;
  }

  static constexpr std::size_t kUnknown = static_cast<std::size_t>(-1);

  bool ReadField(ondemand::field& field) {
    std::string_view key;
    const char* raw = field.key().raw();
    const auto* quote = static_cast<const char*>(std::memchr(
        raw, '"',
        static_cast<std::size_t>(buffer_.data() + buffer_.size() - raw)));
    key = {raw, static_cast<std::size_t>(quote - raw)};
    if (key.find('\\') != std::string_view::npos) {
      if (auto error = field.unescaped_key().get(key)) return Stop(error);
    }
    ++met_;
    const std::size_t index = IndexOf(key);
    if (index == kUnknown) {
      ++ignored_;
      unknown_.push_back({.key = key, .at = met_});
      return Skip(field.value(), 1);
    }
    if (seen_[index] != 0) Note(Duplicate(key));
    seen_[index] = 1;
    return ReadValue(field.value(), index);
  }

  std::size_t IndexOf(std::string_view key) {
    // Producers keep an order: try the field after the last one first.
    if (guess_ < schema_->size() && schema_->field(guess_).name == key) {
      return guess_++;
    }
    const auto index = schema_->Find(key);
    if (!index) return kUnknown;
    guess_ = *index + 1;
    return *index;
  }

  static EventError Duplicate(std::string_view key) {
    return Failure(Stage::kSchema, Reason::kDuplicateKey,
                   "expected every key once, got '" +
                       std::string(key.substr(0, 64)) + "' twice");
  }

  /// Unknown keys are compared at the end, by sorting: a hash table would
  /// allocate per key, and keys can be chosen to collide in it.
  void CheckUnknown() {
    std::sort(unknown_.begin(), unknown_.end());
    const UnknownKey* first = nullptr;
    for (std::size_t i = 1; i < unknown_.size(); ++i) {
      const UnknownKey& key = unknown_[i];
      if (key.key == unknown_[i - 1].key && (!first || key.at < first->at)) {
        first = &key;
      }
    }
    if (first == nullptr || (error_ && error_at_ < first->at)) return;
    error_ = Duplicate(first->key);
  }

  bool ReadValue(ondemand::value value, std::size_t index) {
    const Field& field = schema_->field(index);
    ondemand::json_type type{};
    if (auto error = value.type().get(type)) return Stop(error);
    std::optional<Reason> wrong;
    switch (type) {
      case ondemand::json_type::null: {
        bool is_null = false;
        if (auto error = value.is_null().get(is_null)) return Stop(error);
        if (!is_null) return Stop(simdjson::N_ATOM_ERROR);
        missing_.push_back(index);
        return true;
      }
      case ondemand::json_type::boolean: {
        bool flag = false;
        if (auto error = value.get_bool().get(flag)) return Stop(error);
        wrong = StoreBoolean(field, index, flag, row_, *batch_);
        break;
      }
      case ondemand::json_type::number: {
        double number = 0.0;
        if (!ReadNumber(value, number)) return false;
        wrong = StoreNumber(field, index, number, row_, *batch_);
        break;
      }
      case ondemand::json_type::string: {
        std::string_view text;
        if (auto error = value.get_string().get(text)) return Stop(error);
        wrong = StoreText(field, index, text, row_, *batch_);
        if (schema_->id_field() == index) id_text_ = text;
        break;
      }
      case ondemand::json_type::object:
      case ondemand::json_type::array:
        if (!Skip(value, 1)) return false;
        wrong = Reason::kWrongType;
        break;
    }
    if (wrong) Note(FieldFailure(field, *wrong));
    return true;
  }

  /// Infinity for a number beyond float64; false after Stop().
  bool ReadNumber(ondemand::value& value, double& number) {
    const std::string_view token = TrimToken(value.raw_json_token());
    const auto error = value.get_double().get(number);
    if (!error) return true;
    if (!IsJsonNumber(token)) return Stop(simdjson::NUMBER_ERROR);
    number = std::numeric_limits<double>::infinity();
    return true;
  }

  /// Reads a value nobody wants, to be sure that it is JSON.
  bool Skip(ondemand::value value, std::size_t depth) {
    if (depth >= limits_.max_depth) return SkipDeep(value);
    ondemand::json_type type{};
    if (auto error = value.type().get(type)) return Stop(error);
    switch (type) {
      case ondemand::json_type::object:
        return SkipObject(value, depth);
      case ondemand::json_type::array:
        return SkipArray(value, depth);
      default:
        return SkipScalar(value, type);
    }
  }

  bool SkipDeep(ondemand::value value) {
    ondemand::json_type type{};
    if (auto error = value.type().get(type)) return Stop(error);
    if (type != ondemand::json_type::object &&
        type != ondemand::json_type::array) {
      return SkipScalar(value, type);
    }
    error_ = Failure(Stage::kParse, Reason::kTooDeep,
                     "expected at most " + std::to_string(limits_.max_depth) +
                         " levels, got more");
    return false;
  }

  bool SkipObject(ondemand::value value, std::size_t depth) {
    ondemand::object object;
    if (auto error = value.get_object().get(object)) return Stop(error);
    const std::size_t first = nested_.size();
    for (auto item : object) {
      ondemand::field field;
      if (auto error = std::move(item).get(field)) return Stop(error);
      std::string_view key;
      if (auto error = field.unescaped_key().get(key)) return Stop(error);
      nested_.push_back(key);
      if (!Skip(field.value(), depth + 1)) return false;
    }
    CheckNested(first);
    return true;
  }

  /// The keys of one object stand from `first` on, those around it before.
  void CheckNested(std::size_t first) {
    const auto begin = nested_.begin() + static_cast<std::ptrdiff_t>(first);
    std::sort(begin, nested_.end());
    const auto twice = std::adjacent_find(begin, nested_.end());
    if (twice != nested_.end()) Note(Duplicate(*twice));
    nested_.resize(first);
  }

  bool SkipArray(ondemand::value value, std::size_t depth) {
    ondemand::array array;
    if (auto error = value.get_array().get(array)) return Stop(error);
    for (auto item : array) {
      ondemand::value element;
      if (auto error = std::move(item).get(element)) return Stop(error);
      if (!Skip(element, depth + 1)) return false;
    }
    return true;
  }

  bool SkipScalar(ondemand::value& value, ondemand::json_type type) {
    switch (type) {
      case ondemand::json_type::null: {
        bool is_null = false;
        if (auto error = value.is_null().get(is_null)) return Stop(error);
        return is_null || Stop(simdjson::N_ATOM_ERROR);
      }
      case ondemand::json_type::boolean: {
        bool flag = false;
        if (auto error = value.get_bool().get(flag)) return Stop(error);
        return true;
      }
      case ondemand::json_type::string: {
        std::string_view text;
        if (auto error = value.get_string().get(text)) return Stop(error);
        return true;
      }
      default: {
        double number = 0.0;
        if (!ReadNumber(value, number)) return false;
        if (std::isinf(number)) {
          Note(Failure(Stage::kSchema, Reason::kNonFiniteNumber,
                       "expected numbers that a float64 holds, got a greater "
                       "one in a field outside the schema"));
        }
        return true;
      }
    }
  }

  void CheckRequired() {
    for (const std::size_t index : missing_) seen_[index] = 0;
    for (std::size_t i = 0; i < seen_.size(); ++i) {
      if (seen_[i] != 0 || !schema_->field(i).required) continue;
      Note(Failure(
          Stage::kSchema, Reason::kMissingField,
          "expected the field '" + schema_->field(i).name + "', got none"));
    }
  }

  void StoreId() {
    const std::size_t index = *schema_->id_field();
    if (seen_[index] != 0) StoreEventId(*schema_, id_text_, row_, *batch_);
  }

  DecodeLimits limits_;
  ondemand::parser parser_;
  std::vector<char> buffer_;

  // Of the event at hand.
  const Schema* schema_ = nullptr;
  EventBatch* batch_ = nullptr;
  std::size_t row_ = 0;
  std::optional<EventError> error_;
  std::uint64_t ignored_ = 0;
  std::size_t guess_ = 0;
  std::vector<char> seen_;            ///< per field: its key was met
  std::vector<std::size_t> missing_;  ///< present but null
  struct UnknownKey {
    std::string_view key;  ///< in buffer_ or the parser's memory
    std::size_t at = 0;    ///< which of the event's fields, from 1
    friend auto operator<=>(const UnknownKey&, const UnknownKey&) = default;
  };
  std::vector<UnknownKey> unknown_;
  std::size_t met_ = 0;                   ///< fields so far
  std::size_t error_at_ = 0;              ///< the field that error_ is about
  std::vector<std::string_view> nested_;  ///< keys of the objects being read
  std::string_view id_text_;

  std::uint64_t ignored_total_ = 0;
};

EventDecoder::EventDecoder(DecodeLimits limits)
    : impl_(std::make_unique<Impl>(limits)) {}
EventDecoder::~EventDecoder() = default;
EventDecoder::EventDecoder(EventDecoder&&) noexcept = default;
EventDecoder& EventDecoder::operator=(EventDecoder&&) noexcept = default;

std::optional<EventError> EventDecoder::Decode(const Schema& schema,
                                               std::string_view json,
                                               EventBatch& batch) {
  return impl_->Decode(schema, json, batch);
}

std::uint64_t EventDecoder::ignored_fields() const {
  return impl_->ignored_fields();
}

}  // namespace tidemill
