#include "tidemill/config/yaml_file.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <limits>
#include <optional>
#include <set>
#include <sstream>
#include <system_error>
#include <utility>
#include <vector>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include "tidemill/config/secrets.h"
#include "tidemill/core/errors.h"

namespace tidemill {
namespace {

using Number = ParameterValue::Number;

constexpr std::string_view kStrTag = "tag:yaml.org,2002:str";
constexpr double kNotFinite = std::numeric_limits<double>::infinity();

bool OneOf(std::string_view text,
           std::initializer_list<std::string_view> allowed) {
  return std::find(allowed.begin(), allowed.end(), text) != allowed.end();
}

std::size_t CountDigits(std::string_view text) {
  const std::size_t end = text.find_first_not_of("0123456789");
  return end == std::string_view::npos ? text.size() : end;
}

/// [-+]? ( \.[0-9]+ | [0-9]+ ( \.[0-9]* )? ) ( [eE] [-+]? [0-9]+ )?
bool LooksDecimal(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  const std::size_t whole = CountDigits(text);
  text.remove_prefix(whole);
  std::size_t fraction = 0;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    fraction = CountDigits(text);
    text.remove_prefix(fraction);
  }
  if (whole + fraction == 0) return false;
  if (text.empty()) return true;
  if (text[0] != 'e' && text[0] != 'E') return false;
  text.remove_prefix(1);
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  return !text.empty() && CountDigits(text) == text.size();
}

/// A number too large for its type counts as not finite, and no key takes it.
template <typename Value, typename... Format>
double ParseWhole(std::string_view digits, Format... format) {
  Value value{};
  const char* end = digits.data() + digits.size();
  const auto [stop, error] =
      std::from_chars(digits.data(), end, value, format...);
  return error == std::errc{} && stop == end ? static_cast<double>(value)
                                             : kNotFinite;
}

std::optional<double> ParseNumber(std::string_view text) {
  if (text.starts_with("0x") && text.size() > 2 &&
      text.find_first_not_of("0123456789abcdefABCDEF", 2) ==
          std::string_view::npos) {
    return ParseWhole<std::uint64_t>(text.substr(2), 16);
  }
  if (text.starts_with("0o") && text.size() > 2 &&
      text.find_first_not_of("01234567", 2) == std::string_view::npos) {
    return ParseWhole<std::uint64_t>(text.substr(2), 8);
  }
  if (LooksDecimal(text)) {
    // from_chars knows no leading plus.
    return ParseWhole<double>(text.substr(text[0] == '+' ? 1 : 0));
  }
  std::string_view unsigned_text = text;
  if (text.starts_with('-') || text.starts_with('+')) {
    unsigned_text.remove_prefix(1);
  }
  if (OneOf(unsigned_text, {".inf", ".Inf", ".INF"}) ||
      OneOf(text, {".nan", ".NaN", ".NAN"})) {
    return kNotFinite;
  }
  return std::nullopt;
}

/// The YAML 1.2 core schema.
decltype(ParameterValue::value) ResolvePlain(std::string_view text) {
  if (OneOf(text, {"", "~", "null", "Null", "NULL"})) return std::monostate{};
  if (OneOf(text, {"true", "True", "TRUE"})) return true;
  if (OneOf(text, {"false", "False", "FALSE"})) return false;
  if (const auto number = ParseNumber(text)) {
    return Number{*number, std::string(text)};
  }
  return std::string(text);
}

/// Builds the tree from the parser's events. YAML::Node would forget repeated
/// keys and would follow aliases before anyone can count them.
class TreeBuilder : public YAML::EventHandler {
 public:
  /// With `positions`, places carry line, column and path.
  TreeBuilder(std::string source, bool positions)
      : source_(std::move(source)), positions_(positions) {
    root_.where = source_;
  }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (documents_++ > 0) Refuse(mark, "one document", "a second one");
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    CheckAnchor(mark, anchor);
    if (ExpectsKey()) Refuse(mark, "a key", "nothing");
    Add(mark, std::monostate{}, true);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    Refuse(mark, "the value itself", "an alias (*name)");
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag,
                YAML::anchor_t anchor, const std::string& text) override {
    CheckAnchor(mark, anchor);
    if (tag != "?" && tag != "!" && tag != kStrTag) RefuseTag(mark);
    if (ExpectsKey()) return AddKey(mark, text);
    if (tag == "?") return Add(mark, ResolvePlain(text), false);
    Add(mark, text, false);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag,
                       YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    Open(mark, tag, anchor, ParameterValue::List{});
  }
  void OnSequenceEnd() override { Close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag,
                  YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    Open(mark, tag, anchor, ParameterValue::Map{});
  }
  void OnMapEnd() override { Close(); }

  ParameterValue TakeRoot() { return std::move(root_); }

  [[noreturn]] void Refuse(const YAML::Mark& mark, std::string expected,
                           std::string got) const {
    throw ConfigError({.where = Place(mark),
                       .expected = std::move(expected),
                       .got = std::move(got)});
  }

 private:
  /// A map or list whose end has not been seen.
  struct OpenValue {
    ParameterValue value;
    std::optional<std::string> key;  ///< of a map, once read
    YAML::Mark key_mark;
    std::set<std::string> keys;
  };

  bool ExpectsKey() const {
    return !open_.empty() && open_.back().value.map() != nullptr &&
           !open_.back().key;
  }

  void CheckAnchor(const YAML::Mark& mark, YAML::anchor_t anchor) const {
    if (anchor != YAML::NullAnchor) {
      Refuse(mark, "a value without an anchor", "an anchor (&name)");
    }
  }

  /// Not what it says: a secret may begin with its exclamation mark.
  [[noreturn]] void RefuseTag(const YAML::Mark& mark) const {
    Refuse(mark, "a value without a tag", "a tag (!name)");
  }

  void AddKey(const YAML::Mark& mark, const std::string& key) {
    OpenValue& parent = open_.back();
    parent.key = key;
    parent.key_mark = mark;
    if (!parent.keys.insert(key).second) {
      Refuse(mark, "each key once", "'" + ShownKey(key) + "' again");
    }
  }

  void Open(const YAML::Mark& mark, const std::string& tag,
            YAML::anchor_t anchor, decltype(ParameterValue::value) empty) {
    CheckAnchor(mark, anchor);
    if (tag != "?" && !tag.empty()) RefuseTag(mark);
    if (ExpectsKey()) {
      // yaml-cpp also takes a bracket that is never closed for a key.
      Refuse(mark, "a key of text",
             "a map or list as key, or a bracket without its end");
    }
    if (open_.size() == kMaxConfigDepth) {
      Refuse(mark,
             "at most " + std::to_string(kMaxConfigDepth) + " nested values",
             "more");
    }
    ParameterValue value;
    value.value = std::move(empty);
    value.where = PlaceOfNext(mark, true);
    open_.push_back(
        {.value = std::move(value), .key = {}, .key_mark = {}, .keys = {}});
  }

  void Close() {
    ParameterValue value = std::move(open_.back().value);
    open_.pop_back();
    Attach(std::move(value));
  }

  void Add(const YAML::Mark& mark, decltype(ParameterValue::value) scalar,
           bool at_key) {
    ParameterValue value;
    value.value = std::move(scalar);
    value.where = PlaceOfNext(mark, at_key);
    Attach(std::move(value));
  }

  void Attach(ParameterValue value) {
    if (++values_ > kMaxConfigValues) {
      throw ConfigError(
          {.where = source_,
           .expected =
               "at most " + std::to_string(kMaxConfigValues) + " values",
           .got = "more"});
    }
    if (open_.empty()) {
      value.where = source_;
      root_ = std::move(value);
      return;
    }
    OpenValue& parent = open_.back();
    if (auto* list = std::get_if<ParameterValue::List>(&parent.value.value)) {
      list->push_back(std::move(value));
      return;
    }
    std::get<ParameterValue::Map>(parent.value.value)
        .emplace_back(std::move(*parent.key), std::move(value));
    parent.key.reset();
  }

  /// A block map starts on the line below its key; the key is where an
  /// operator looks.
  std::string PlaceOfNext(const YAML::Mark& mark, bool at_key) const {
    const bool keyed = !open_.empty() && open_.back().key.has_value();
    return Place(at_key && keyed ? open_.back().key_mark : mark);
  }

  std::string Place(const YAML::Mark& mark) const {
    if (!positions_) return source_;
    std::string place = source_;
    if (!mark.is_null()) {
      place += ':' + std::to_string(mark.line + 1) + ':' +
               std::to_string(mark.column + 1);
    }
    const std::string path = Path();
    return path.empty() ? place : place + " (" + path + ")";
  }

  std::string Path() const {
    // Long enough for any honest key, short enough to keep with every value.
    constexpr std::size_t kMaxPathBytes = 200;
    std::string path;
    for (const OpenValue& open : open_) {
      const ParameterValue::List* list = open.value.list();
      if (list == nullptr && !open.key) break;
      if (!path.empty()) path += '.';
      path +=
          list != nullptr ? std::to_string(list->size()) : ShownKey(*open.key);
    }
    if (path.size() > kMaxPathBytes) path = path.substr(0, kMaxPathBytes) + "~";
    return path;
  }

  std::string source_;
  bool positions_;
  int documents_ = 0;
  std::size_t values_ = 0;
  std::vector<OpenValue> open_;
  ParameterValue root_;
};

/// yaml-cpp takes 0x04 for the end of its input and passes broken UTF-8 on.
void CheckBytes(std::string_view text, const std::string& source) {
  std::size_t line = 1;
  std::size_t column = 0;
  const auto refuse = [&](std::string got) {
    throw ConfigError({.where = source + ':' + std::to_string(line) + ':' +
                                std::to_string(column),
                       .expected = "UTF-8 text",
                       .got = std::move(got)});
  };
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    ++column;
    if ((byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r') ||
        byte == 0x7f) {
      refuse("control character " + std::to_string(byte));
    }
    const std::size_t length = byte < 0x80                    ? 1
                               : byte >= 0xc2 && byte <= 0xdf ? 2
                               : byte >= 0xe0 && byte <= 0xef ? 3
                               : byte >= 0xf0 && byte <= 0xf4 ? 4
                                                              : 0;
    bool whole = length > 0 && i + length <= text.size();
    for (std::size_t k = 1; whole && k < length; ++k) {
      whole = (static_cast<unsigned char>(text[i + k]) & 0xc0U) == 0x80U;
    }
    if (!whole) refuse("byte " + std::to_string(byte));
    i += length;
    if (byte == '\n') {
      ++line;
      column = 0;
    }
  }
}

void CheckSize(std::size_t bytes, const std::string& source) {
  if (bytes <= kMaxConfigBytes) return;
  throw ConfigError(
      {.where = source, .expected = "at most 1 MiB", .got = "more"});
}

ParameterValue Parse(std::string_view text, const std::string& source,
                     bool positions) {
  CheckSize(text.size(), source);
  CheckBytes(text, source);
  std::istringstream stream{std::string(text)};
  TreeBuilder builder(source, positions);
  try {
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const YAML::Exception& error) {
    // Some quote behind a colon what they stumbled over.
    builder.Refuse(
        error.mark, "YAML",
        "a syntax error (" + error.msg.substr(0, error.msg.find(": ")) + ")");
  }
  return builder.TakeRoot();
}

}  // namespace

ParameterValue ReadYamlFile(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(kMaxConfigBytes + 1, '\0');
  if (file) file.read(text.data(), static_cast<std::streamsize>(text.size()));
  // A folder opens, but does not read.
  if (!file.is_open() || file.bad() || (file.fail() && !file.eof())) {
    throw IoError({.where = path.string(),
                   .expected = "a readable config file",
                   .got = std::strerror(errno)});
  }
  text.resize(static_cast<std::size_t>(file.gcount()));
  return ParseYaml(text, path.string());
}

ParameterValue ParseYaml(std::string_view text, const std::string& source) {
  return Parse(text, source, true);
}

ParameterValue ParseOverlayValue(std::string_view text,
                                 const std::string& where) {
  const std::size_t start = text.find_first_not_of(" \t\r\n");
  const std::size_t stop = text.find_last_not_of(" \t\r\n");
  const std::string_view trimmed = start == std::string_view::npos
                                       ? std::string_view{}
                                       : text.substr(start, stop - start + 1);
  const bool flow =
      !trimmed.empty() &&
      std::string_view("[{\"'").find(trimmed[0]) != std::string_view::npos;
  if (flow) return Parse(trimmed, where, false);
  CheckSize(trimmed.size(), where);
  CheckBytes(trimmed, where);
  ParameterValue value;
  value.value = ResolvePlain(trimmed);
  value.where = where;
  return value;
}

}  // namespace tidemill
