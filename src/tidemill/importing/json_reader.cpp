#include "tidemill/importing/json_reader.h"

#include <simdjson.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "tidemill/core/errors.h"
#include "tidemill/core/number_text.h"

namespace tidemill {
namespace {

namespace dom = simdjson::dom;

constexpr std::string_view kNumber = "number";
constexpr std::string_view kInteger = "integer";
constexpr std::string_view kCount = "integer of at least 0";

template <typename T>
std::optional<T> As(const dom::element& value) {
  T made{};
  if (value.get(made) != simdjson::SUCCESS) return std::nullopt;
  return made;
}

/// What a value is, in a few words that may stand in an error.
std::string Found(const dom::element& value) {
  constexpr std::size_t kShown = 60;
  if (value.is_array()) return "a list";
  if (value.is_object()) return "an object";
  if (value.is_null()) return "null";
  if (const auto text = As<std::string_view>(value)) {
    return "'" + std::string(text->substr(0, kShown)) + "'";
  }
  if (const auto truth = As<bool>(value)) return *truth ? "true" : "false";
  return NumberText(*As<double>(value));
}

/// null is NaN; a text may be one of the infinities.
std::optional<double> AsNumber(const dom::element& value) {
  if (value.is_null()) return std::numeric_limits<double>::quiet_NaN();
  if (const auto text = As<std::string_view>(value)) {
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    if (*text == "Infinity") return kInfinity;
    if (*text == "-Infinity") return -kInfinity;
    return std::nullopt;
  }
  return As<double>(value);
}

/// A number of float32; one that float32 cannot hold is none.
std::optional<float> AsFloat(const dom::element& value) {
  const std::optional<double> number = AsNumber(value);
  if (!number) return std::nullopt;
  const auto made = static_cast<float>(*number);
  const bool same = static_cast<double>(made) == *number || *number != *number;
  return same ? std::optional(made) : std::nullopt;
}

template <typename Integer>
std::optional<Integer> AsInteger(const dom::element& value) {
  if constexpr (std::is_same_v<Integer, std::uint64_t>) {
    return As<std::uint64_t>(value);
  } else {
    const auto wide = As<std::int64_t>(value);
    if (!wide || *wide < std::numeric_limits<Integer>::min() ||
        *wide > std::numeric_limits<Integer>::max()) {
      return std::nullopt;
    }
    return static_cast<Integer>(*wide);
  }
}

std::optional<std::string> AsText(const dom::element& value) {
  const auto text = As<std::string_view>(value);
  return text ? std::optional(std::string(*text)) : std::nullopt;
}

}  // namespace

struct JsonDocument::State {
  dom::parser parser{kMaxBytes};
  dom::element root;
};

JsonDocument::JsonDocument(std::string_view bytes, std::string where)
    : where_(std::move(where)), state_(std::make_unique<State>()) {
  const auto refuse = [&](std::string expected, std::string got) {
    throw ArtifactError({.where = where_,
                         .expected = std::move(expected),
                         .got = std::move(got)});
  };
  if (bytes.size() > kMaxBytes) {
    refuse("at most " + std::to_string(kMaxBytes) + " bytes",
           std::to_string(bytes.size()));
  }
  simdjson::error_code error = state_->parser.allocate(
      std::max<std::size_t>(bytes.size(), 1), kMaxDepth);
  if (error == simdjson::SUCCESS) {
    error = state_->parser.parse(bytes.data(), bytes.size()).get(state_->root);
  }
  if (error != simdjson::SUCCESS) {
    refuse("JSON", simdjson::error_message(error));
  }
  if (!state_->root.is_object()) refuse("a JSON object", Found(state_->root));
}

JsonDocument::~JsonDocument() = default;

bool JsonDocument::Has(std::string_view key) const {
  return state_->root.at_key(key).error() == simdjson::SUCCESS;
}

/// An object that is being read: the document's, or an item of a list.
struct JsonScope {
  explicit JsonScope(dom::object read) : object(read) {}

  dom::object object;
  std::vector<std::string_view> asked;  ///< of its keys
  dom::array list;                      ///< the list that is being read in it
  dom::array::iterator next;            ///< in that list
  std::size_t item = 0;                 ///< how many of the list were begun
};

struct JsonReader::State {
  /// `below` stands between `where` and the keys of the object.
  State(std::string where, std::string_view below, dom::object object)
      : path(std::move(where)), separator(below) {
    scopes.emplace_back(object);
  }

  std::string path;
  std::string_view separator;
  std::vector<JsonScope> scopes;  ///< from the outermost in
  std::vector<std::string_view> lists;
  std::string_view key;  ///< that was last asked for, or empty

  JsonScope& scope() { return scopes.back(); }

  dom::element Find(const ArtifactReader& in, std::string_view name) {
    key = name;
    dom::element value;
    if (scope().object.at_key(name).get(value) != simdjson::SUCCESS) {
      in.Refuse("a value", "none");
    }
    scope().asked.push_back(name);
    return value;
  }

  /// Refuses a key that nobody asked for, or that stands twice.
  void EndObject(const ArtifactReader& in) {
    key = {};
    std::vector<std::string_view>& asked = scope().asked;
    if (scope().object.size() == asked.size()) return;
    for (const dom::key_value_pair field : scope().object) {
      const auto place = std::find(asked.begin(), asked.end(), field.key);
      if (place == asked.end()) {
        constexpr std::size_t kShown = 60;
        in.Refuse("known keys, each once",
                  "'" + std::string(field.key.substr(0, kShown)) + "'");
      }
      asked.erase(place);
    }
  }

  std::string Where() const {
    std::string text = path;
    std::string_view before = separator;
    const auto append = [&](std::string_view name) {
      text += before;
      text += name;
      before = ".";
    };
    for (std::size_t i = 0; i < lists.size(); ++i) {
      append(lists[i]);
      if (scopes[i].item > 0) {
        text += "[" + std::to_string(scopes[i].item - 1) + "]";
      }
    }
    if (!key.empty()) append(key);
    return text;
  }
};

JsonReader::JsonReader(const JsonDocument& document)
    : JsonReader(std::make_unique<State>(
          document.where_, ": ", *As<dom::object>(document.state_->root))) {}

JsonReader::JsonReader(std::unique_ptr<State> state)
    : state_(std::move(state)) {}

JsonReader::~JsonReader() = default;

JsonReader JsonReader::Object(std::string_view key) {
  const dom::element value = state_->Find(*this, key);
  if (!value.is_object()) Refuse("an object", Found(value));
  return JsonReader(
      std::make_unique<State>(state_->Where(), ".", *As<dom::object>(value)));
}

void JsonReader::Finish() { state_->EndObject(*this); }

std::string JsonReader::Where() const { return state_->Where(); }

template <typename T, typename Convert>
T JsonReader::Get(std::string_view name, std::string_view expected,
                  Convert convert) {
  const dom::element value = state_->Find(*this, name);
  std::optional<T> made = convert(value);
  if (!made) Refuse(std::string(expected), Found(value));
  return *std::move(made);
}

template <typename T, typename Convert>
std::vector<T> JsonReader::GetMany(std::string_view name,
                                   std::string_view expected, Convert convert) {
  const dom::element value = state_->Find(*this, name);
  if (!value.is_array()) Refuse("a list", Found(value));
  std::vector<T> made;
  const dom::array list = *As<dom::array>(value);
  for (const dom::element item : list) {
    std::optional<T> one = convert(item);
    if (!one) {
      Refuse("a list of " + std::string(expected) + "s",
             Found(item) + " at " + std::to_string(made.size()));
    }
    made.push_back(*std::move(one));
  }
  return made;
}

bool JsonReader::Bool(std::string_view name) {
  return Get<bool>(name, "true or false", As<bool>);
}
std::int32_t JsonReader::I32(std::string_view name) {
  return Get<std::int32_t>(name, kInteger, AsInteger<std::int32_t>);
}
std::uint32_t JsonReader::U32(std::string_view name) {
  return Get<std::uint32_t>(name, kCount, AsInteger<std::uint32_t>);
}
std::uint64_t JsonReader::U64(std::string_view name) {
  return Get<std::uint64_t>(name, kCount, AsInteger<std::uint64_t>);
}
double JsonReader::Double(std::string_view name) {
  return Get<double>(name, kNumber, AsNumber);
}

std::string JsonReader::Text(std::string_view name, std::size_t max_bytes) {
  std::string text = Get<std::string>(name, "text", AsText);
  if (text.size() > max_bytes) {
    Refuse("at most " + std::to_string(max_bytes) + " bytes",
           std::to_string(text.size()));
  }
  return text;
}

std::vector<double> JsonReader::Doubles(std::string_view name) {
  return GetMany<double>(name, kNumber, AsNumber);
}
std::vector<float> JsonReader::Floats(std::string_view name) {
  return GetMany<float>(name, "number of float32", AsFloat);
}
std::vector<std::int32_t> JsonReader::I32s(std::string_view name) {
  return GetMany<std::int32_t>(name, kInteger, AsInteger<std::int32_t>);
}
std::vector<std::uint8_t> JsonReader::U8s(std::string_view name) {
  return GetMany<std::uint8_t>(name, kCount, AsInteger<std::uint8_t>);
}
std::vector<std::uint64_t> JsonReader::U64s(std::string_view name) {
  return GetMany<std::uint64_t>(name, kCount, AsInteger<std::uint64_t>);
}
std::vector<std::string> JsonReader::Texts(std::string_view name) {
  return GetMany<std::string>(name, "text", AsText);
}

std::uint8_t JsonReader::ReadChoice(std::string_view name, ChoiceNames names) {
  const std::string text = Get<std::string>(name, "text", AsText);
  const auto place = std::find(names.begin(), names.end(), text);
  if (place != names.end()) {
    return static_cast<std::uint8_t>(place - names.begin());
  }
  std::string expected = "one of";
  for (const std::string_view one : names) expected += " " + std::string(one);
  Refuse(std::move(expected), "'" + text.substr(0, 60) + "'");
}

std::size_t JsonReader::BeginList(std::string_view name, std::size_t max,
                                  std::size_t /*bytes_each*/) {
  const dom::element value = state_->Find(*this, name);
  if (!value.is_array()) Refuse("a list", Found(value));
  JsonScope& scope = state_->scope();
  scope.list = *As<dom::array>(value);
  scope.next = scope.list.begin();
  scope.item = 0;
  // simdjson's own size() stops counting at 2^24 - 1.
  std::size_t count = 0;
  for ([[maybe_unused]] const dom::element item : scope.list) ++count;
  if (count > max) {
    Refuse("at most " + std::to_string(max) + " entries",
           std::to_string(count));
  }
  state_->lists.push_back(name);
  state_->key = {};
  return count;
}

void JsonReader::BeginItem() {
  JsonScope& scope = state_->scope();
  const dom::element value = *scope.next;
  ++scope.next;
  ++scope.item;
  if (!value.is_object()) Refuse("an object", Found(value));
  state_->scopes.emplace_back(*As<dom::object>(value));
}

void JsonReader::EndItem() {
  state_->EndObject(*this);
  state_->scopes.pop_back();
}

void JsonReader::EndList() {
  state_->lists.pop_back();
  state_->scope().item = 0;
}

}  // namespace tidemill
