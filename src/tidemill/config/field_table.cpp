#include "tidemill/config/field_table.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "tidemill/config/drift_fields.h"
#include "tidemill/config/secrets.h"
#include "tidemill/config/units.h"
#include "tidemill/config/yaml_file.h"
#include "tidemill/core/config_problems.h"
#include "tidemill/core/errors.h"
#include "tidemill/core/number_text.h"

namespace tidemill {
namespace {

// Kafka's limit is 249. A service's name grows by ".dead-letters", an
// instance's by "-<worker>", the registry's topic by ".status", the topic of
// predictions by ".shadow".
constexpr std::string_view kMaxTopic = "249";
constexpr std::string_view kMaxGrowingTopic = "242";
constexpr std::string_view kMaxName = "200";

std::vector<ConfigField> MakeServiceFields() {
  using C = ServiceConfig;
  using T = ConfigTarget;
  return {
      {.name = "service",
       .type = ConfigType::kName,
       .maximum = kMaxName,
       .help = "Name of this use of Tidemill: it labels metrics, is the key of "
               "the registry's messages and starts the default names of the "
               "topics and the group.",
       .required = true,
       .target = [](C& c) -> T { return &c.service; }},
      {.name = "model",
       .type = ConfigType::kPath,
       .computed = "none: the registry says which model scores",
       .help = "A fixed artifact, version 0. With it the registry is not used.",
       .target = [](C& c) -> T { return &c.model; }},
      {.name = "delivery",
       .type = ConfigType::kChoice,
       .fallback = "at_least_once",
       .choices = {"at_least_once", "exactly_once"},
       .help = "What a crash may do: at_least_once may repeat predictions with "
               "the same id, exactly_once writes predictions and offsets in "
               "one transaction.",
       .target = [](C& c) -> T { return &c.delivery; }},
      {.name = "commit_interval",
       .type = ConfigType::kDuration,
       .computed = "1s; with exactly_once 100ms",
       .minimum = "1ms",
       .maximum = "1m",
       .help = "With exactly_once a transaction lasts at most this long, so it "
               "is also how long a prediction may wait to be seen; else how "
               "often offsets are committed.",
       .target = [](C& c) -> T { return &c.commit_interval; }},
      {.name = "workers",
       .type = ConfigType::kInteger,
       .fallback = "1",
       .minimum = "1",
       .maximum = "256",
       .help = "Threads that score, each with its own consumer and producer. "
               "More than the events topic has partitions stand idle.",
       .target = [](C& c) -> T { return &c.workers; }},
      {.name = "instance",
       .type = ConfigType::kName,
       .computed = "the host's name",
       .maximum = kMaxName,
       .help = "Stable name of this process, unlike any other's of the group.",
       .target = [](C& c) -> T { return &c.instance; }},

      {.name = "kafka.bootstrap",
       .type = ConfigType::kAddresses,
       .fallback = "127.0.0.1:9092",
       .help = "Brokers to ask first, separated by commas.",
       .target = [](C& c) -> T { return &c.kafka.bootstrap; }},
      {.name = "kafka.group",
       .type = ConfigType::kText,
       .fallback = "<service>-scorer",
       .maximum = "249",
       .help = "The consumer group. A new one starts at the earliest offset.",
       .target = [](C& c) -> T { return &c.kafka.group; }},
      {.name = "kafka.static_membership",
       .type = ConfigType::kBoolean,
       .computed = "true with exactly_once and an explicit instance, else "
                   "false",
       .help = "Workers keep their partitions through a short restart "
               "(group.instance.id is INSTANCE-WORKER).",
       .target = [](C& c) -> T { return &c.kafka.static_membership; }},
      {.name = "kafka.properties",
       .type = ConfigType::kProperties,
       .fallback = "{}",
       .help = "librdkafka properties by their dotted names, passed on "
               "untouched to consumers and producers. NAME_file names a file "
               "that holds the value of NAME.",
       .target = [](C& c) -> T { return &c.kafka.properties; }},
      {.name = "kafka.consumer",
       .type = ConfigType::kProperties,
       .fallback = "{}",
       .help = "The same for consumers only; wins over kafka.properties.",
       .target = [](C& c) -> T { return &c.kafka.consumer; }},
      {.name = "kafka.producer",
       .type = ConfigType::kProperties,
       .fallback = "{}",
       .help = "The same for producers only; wins over kafka.properties.",
       .target = [](C& c) -> T { return &c.kafka.producer; }},

      {.name = "topics.events",
       .type = ConfigType::kName,
       .fallback = "<service>.events",
       .maximum = kMaxTopic,
       .help = "Raw events to score: JSON objects in UTF-8.",
       .target = [](C& c) -> T { return &c.topics.events; }},
      {.name = "topics.predictions",
       .type = ConfigType::kName,
       .fallback = "<service>.predictions",
       .maximum = kMaxGrowingTopic,
       .help = "Predictions. Shadow scores go to this name with .shadow added.",
       .target = [](C& c) -> T { return &c.topics.predictions; }},
      {.name = "topics.dead_letters",
       .type = ConfigType::kName,
       .fallback = "<service>.dead-letters",
       .maximum = kMaxTopic,
       .help = "Events that could not be scored, each with its reason.",
       .target = [](C& c) -> T { return &c.topics.dead_letters; }},
      {.name = "topics.outcomes",
       .type = ConfigType::kName,
       .fallback = "<service>.outcomes",
       .maximum = kMaxTopic,
       .help = "The truth that arrives later, for evaluate.",
       .target = [](C& c) -> T { return &c.topics.outcomes; }},
      {.name = "topics.create",
       .type = ConfigType::kBoolean,
       .fallback = "false",
       .help = "Create the service's topics that are missing; else serve names "
               "the missing one and stays not ready.",
       .target = [](C& c) -> T { return &c.topics.create; }},

      {.name = "registry.topic",
       .type = ConfigType::kName,
       .fallback = "tidemill.registry",
       .maximum = kMaxGrowingTopic,
       .help = "Compacted topic that says which models score. Its status and "
               "audit topics have .status and .audit added.",
       .target = [](C& c) -> T { return &c.registry.topic; }},
      {.name = "registry.store",
       .type = ConfigType::kPathOrUrl,
       .fallback = "artifacts/",
       .help = "Where artifacts lie by their digests: a folder, or an http(s) "
               "URL to read from.",
       .target = [](C& c) -> T { return &c.registry.store; }},
      {.name = "registry.allowed",
       .type = ConfigType::kUrlPrefixes,
       .fallback = "[]",
       .help = "Where else a registry message may fetch artifacts from.",
       .target = [](C& c) -> T { return &c.registry.allowed; }},
      {.name = "registry.last_good",
       .type = ConfigType::kPath,
       .fallback = "last-good/",
       .help = "Folder in which this instance remembers the last state it "
               "served, champion included, to start from while the registry "
               "or the store is away.",
       .target = [](C& c) -> T { return &c.registry.last_good; }},

      {.name = "metrics.listen",
       .type = ConfigType::kAddress,
       .fallback = "127.0.0.1:9464",
       .help = "Answers GET /metrics for Prometheus. Port 0 takes a free one.",
       .target = [](C& c) -> T { return &c.metrics.listen; }},
      {.name = "http.listen",
       .type = ConfigType::kAddress,
       .fallback = "127.0.0.1:8080",
       .help = "Answers health checks and scoring requests. Port 0 takes a "
               "free one.",
       .target = [](C& c) -> T { return &c.http.listen; }},

      {.name = "limits.max_event_bytes",
       .type = ConfigType::kBytes,
       .fallback = "1MiB",
       .minimum = "1B",
       .maximum = "256MiB",
       .help = "A larger event becomes a dead letter.",
       .target = [](C& c) -> T { return &c.limits.max_event_bytes; }},
      {.name = "limits.max_depth",
       .type = ConfigType::kInteger,
       .fallback = "64",
       .minimum = "1",
       .maximum = "1024",
       .help = "An event nested deeper becomes a dead letter.",
       .target = [](C& c) -> T { return &c.limits.max_depth; }},
      {.name = "limits.max_batch",
       .type = ConfigType::kInteger,
       .fallback = "512",
       .minimum = "1",
       .maximum = "8192",
       .help = "Most events that a worker scores in one go. A lone event is "
               "never held back to fill a batch.",
       .target = [](C& c) -> T { return &c.limits.max_batch; }},

      {.name = "log.level",
       .type = ConfigType::kChoice,
       .fallback = "info",
       .choices = {"trace", "debug", "info", "warn", "error"},
       .help = "The least severe line that is written to standard error.",
       .target = [](C& c) -> T { return &c.log.level; }},
      {.name = "log.format",
       .type = ConfigType::kChoice,
       .fallback = "text",
       .choices = {"text", "json"},
       .help = "One line each, for people or for machines.",
       .target = [](C& c) -> T { return &c.log.format; }},
  };
}

[[noreturn]] void Refuse(const ParameterValue& value, std::string expected,
                         std::string got) {
  throw ConfigError({.where = value.where,
                     .expected = std::move(expected),
                     .got = std::move(got)});
}

/// Masked before it is cut: what is cut off may be the end of a password.
std::string DescribeMasked(ParameterValue value) {
  auto* const text = std::get_if<std::string>(&value.value);
  if (text != nullptr) *text = MaskUrls(*text);
  return Describe(value);
}

[[noreturn]] void Refuse(const ConfigField& field,
                         const ParameterValue& value) {
  const bool hidden = field.secret || field.type == ConfigType::kProperties;
  Refuse(value, ExpectedText(field),
         hidden ? DescribeKind(value) : DescribeMasked(value));
}

std::string Join(const std::vector<std::string_view>& texts) {
  std::string joined;
  for (const std::string_view text : texts) {
    if (!joined.empty()) joined += ", ";
    joined += text;
  }
  return joined;
}

/// Text as written, of text and of numbers.
std::string TextOf(const ConfigField& field, const ParameterValue& value) {
  if (const auto* text = std::get_if<std::string>(&value.value)) return *text;
  if (const auto* number = std::get_if<ParameterValue::Number>(&value.value)) {
    return number->text;
  }
  Refuse(field, value);
}

std::string CheckedText(const ConfigField& field, const ParameterValue& value) {
  std::string text = TextOf(field, value);
  const std::uint64_t most = std::stoull(std::string(field.maximum));
  bool good = !text.empty() && text.size() <= most;
  if (field.type == ConfigType::kName) {
    good = good && text.find_first_not_of(kNameCharacters) == text.npos &&
           text != "." && text != "..";
  } else {
    good = good && std::none_of(text.begin(), text.end(), [](char c) {
             return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
           });
  }
  if (!good) Refuse(field, value);
  return text;
}

std::string CheckedPath(const ConfigField& field, const ParameterValue& value) {
  std::string text = TextOf(field, value);
  if (text.empty()) Refuse(field, value);
  return text;
}

std::string CheckedAddresses(const ConfigField& field,
                             const ParameterValue& value) {
  std::string text = TextOf(field, value);
  std::string_view rest = text;
  for (std::size_t comma = 0; comma != std::string_view::npos;) {
    comma = rest.find(',');
    const auto address = ParseHostPort(rest.substr(0, comma));
    if (!address || address->port == 0) Refuse(field, value);
    if (comma != std::string_view::npos) rest.remove_prefix(comma + 1);
  }
  return text;
}

bool IsHttpUrl(std::string_view text) {
  return text.starts_with("http://") || text.starts_with("https://");
}

/// Needs the slash behind the host: the prefix https://models.example would
/// also allow https://models.example.evil.org.
bool IsUrlPrefix(std::string_view text) {
  if (text.starts_with("file:///")) return true;
  if (!IsHttpUrl(text)) return false;
  const std::size_t host = text.find("//") + 2;
  const std::size_t slash = text.find('/', host);
  return slash != std::string_view::npos && slash > host;
}

std::vector<std::string> CheckedPrefixes(const ConfigField& field,
                                         const ParameterValue& value) {
  std::vector<std::string> prefixes;
  const auto add = [&](const ParameterValue& item) {
    const auto* text = std::get_if<std::string>(&item.value);
    if (text == nullptr || !IsUrlPrefix(*text)) Refuse(field, item);
    prefixes.push_back(*text);
  };
  if (const ParameterValue::List* list = value.list()) {
    for (const ParameterValue& item : *list) add(item);
  } else {
    add(value);
  }
  return prefixes;
}

void CheckPropertyName(const std::string& name, const ParameterValue& entry) {
  if (name.empty() || name.find_first_not_of(kNameCharacters) != name.npos) {
    Refuse(entry, "the name of a librdkafka property",
           "'" + ShownKey(name) + "'");
  }
}

/// NAME_file gives the path of a file that holds the value of NAME.
KafkaProperty CheckedProperty(const std::string& name,
                              const ParameterValue& entry) {
  constexpr std::string_view kSuffix = "_file";
  if (entry.map() != nullptr || entry.list() != nullptr) {
    Refuse(entry, "text, a number, true or false for '" + name + "'",
           Describe(entry));
  }
  const bool* b = std::get_if<bool>(&entry.value);
  std::string text = b == nullptr ? AsText(entry) : (*b ? "true" : "false");
  KafkaProperty property{
      .name = name, .value = {}, .where = entry.where, .file = {}};
  if (name.size() > kSuffix.size() && name.ends_with(kSuffix)) {
    if (text.empty()) Refuse(entry, "a path for '" + name + "'", "none");
    property.name.resize(name.size() - kSuffix.size());
    property.file = std::move(text);
  } else {
    property.value = std::move(text);
  }
  return property;
}

PropertyList CheckedProperties(const ConfigField& field,
                               const ParameterValue& value) {
  const ParameterValue::Map* map = value.map();
  if (map == nullptr) Refuse(field, value);
  PropertyList properties;
  ConfigProblems problems;
  std::map<std::string, const ParameterValue*> known;
  for (const auto& [name, entry] : *map) {
    problems.Try([&, &name = name, &entry = entry] {
      CheckPropertyName(name, entry);
      if (entry.is_null()) return;
      KafkaProperty property = CheckedProperty(name, entry);
      const auto [other, is_new] = known.emplace(property.name, &entry);
      if (!is_new) {
        Refuse(entry, "either '" + other->first + "' or the file that holds it",
               "both (" + other->second->where + " has the other)");
      }
      properties.push_back(std::move(property));
    });
  }
  problems.Throw();
  return properties;
}

template <typename Value>
Value InRange(const ConfigField& field, const ParameterValue& value,
              std::optional<Value> parsed, std::optional<Value> minimum,
              std::optional<Value> maximum) {
  if (!parsed || *parsed < *minimum || *parsed > *maximum) {
    Refuse(field, value);
  }
  return *parsed;
}

std::optional<std::int64_t> WholeNumber(const ParameterValue& value) {
  if (!std::holds_alternative<ParameterValue::Number>(value.value)) {
    return std::nullopt;
  }
  return AsInteger(value);
}

/// A number without a unit has no meaning here, so only text is looked at.
std::string_view WithUnit(const ParameterValue& value) {
  const auto* text = std::get_if<std::string>(&value.value);
  return text == nullptr ? std::string_view{} : std::string_view(*text);
}

int CheckedInteger(const ConfigField& field, const ParameterValue& value) {
  const auto bound = [](std::string_view text) {
    return std::optional<std::int64_t>(std::stoll(std::string(text)));
  };
  return static_cast<int>(InRange(field, value, WholeNumber(value),
                                  bound(field.minimum), bound(field.maximum)));
}

double CheckedNumber(const ConfigField& field, const ParameterValue& value) {
  const auto* number = std::get_if<ParameterValue::Number>(&value.value);
  const auto bound = [](std::string_view text) {
    return std::stod(std::string(text));
  };
  const bool good =
      number != nullptr && number->value <= bound(field.maximum) &&
      (field.above_minimum ? number->value > bound(field.minimum)
                           : number->value >= bound(field.minimum));
  if (!good) Refuse(field, value);
  return number->value;
}

std::size_t CheckedChoice(const ConfigField& field,
                          const ParameterValue& value) {
  const auto* text = std::get_if<std::string>(&value.value);
  const auto found = text == nullptr ? field.choices.end()
                                     : std::find(field.choices.begin(),
                                                 field.choices.end(), *text);
  if (found == field.choices.end()) Refuse(field, value);
  return static_cast<std::size_t>(found - field.choices.begin());
}

void AssignChoice(const ConfigField& field, const ParameterValue& value,
                  const ConfigTarget& target) {
  const std::size_t choice = CheckedChoice(field, value);
  if (auto* const* delivery = std::get_if<DeliveryMode*>(&target)) {
    **delivery = static_cast<DeliveryMode>(choice);
  } else {
    *std::get<std::string*>(target) = field.choices[choice];
  }
}

/// Text in double quotes unless YAML reads the plain text back as the same.
std::string Scalar(const std::string& text) {
  const bool plain =
      !text.empty() &&
      text.find_first_not_of(
          "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWX"
          "YZ0123456789._-/:+") == std::string::npos &&
      text.find_first_of(":-") != 0 && text.back() != ':' &&
      std::holds_alternative<std::string>(ParseOverlayValue(text, "").value);
  if (plain) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    if (c == '\n') {
      quoted += "\\n";
    } else if (c == '\t') {
      quoted += "\\t";
    } else if (c == '\r') {
      quoted += "\\r";
    } else {
      quoted += c;
    }
  }
  return quoted + '"';
}

std::string PrintList(const std::vector<std::string>& items) {
  std::string text;
  for (const std::string& item : items) {
    if (!text.empty()) text += ", ";
    text += Scalar(MaskUrls(item));
  }
  return "[" + text + "]";
}

std::string Joined(std::string_view section, std::string_view key) {
  std::string path(section);
  if (!section.empty()) path += '.';
  return path.append(key);
}

/// The names of the keys right below `section` ("" is the root).
std::vector<std::string> KeysBelow(std::string_view section) {
  const std::string prefix = Joined(section, "");
  std::vector<std::string> keys;
  for (const ConfigField& field : ServiceFields()) {
    if (!field.name.starts_with(prefix)) continue;
    const std::string_view below = field.name.substr(prefix.size());
    const std::string_view key = below.substr(0, below.find('.'));
    if (keys.empty() || keys.back() != key) keys.emplace_back(key);
  }
  return keys;
}

/// "bootstrp" below "kafka" is near kafka.bootstrap; so is "bootstrap" at the
/// root, where the key exists, but elsewhere.
std::string NearestKey(std::string_view section, const std::string& key) {
  const std::string sibling = NearestName(key, KeysBelow(section));
  for (const ConfigField& field : ServiceFields()) {
    const std::string_view leaf =
        field.name.substr(field.name.rfind('.') + 1);  // npos + 1 is 0
    if (leaf == key) return std::string(field.name);
  }
  return sibling.empty() ? "" : Joined(section, sibling);
}

[[noreturn]] void RefuseKey(std::string_view section, const std::string& key,
                            const ParameterValue& value) {
  const std::string nearest = NearestKey(section, key);
  std::string expected("a known key");
  if (!nearest.empty()) {
    expected.append(" (did you mean '").append(nearest).append("'?)");
  }
  Refuse(value, std::move(expected),
         "'" + Joined(section, ShownKey(key)) + "'");
}

void CheckKeysOf(const ParameterValue& tree, std::string_view section,
                 ConfigProblems& problems) {
  if (tree.is_null()) return;
  if (tree.map() == nullptr) Refuse(tree, "a map of keys", DescribeKind(tree));
  const std::vector<std::string> known = KeysBelow(section);
  for (const auto& [key, value] : *tree.map()) {
    problems.Try([&, &key = key, &value = value] {
      if (std::find(known.begin(), known.end(), key) == known.end()) {
        RefuseKey(section, key, value);
      }
      const std::string path = Joined(section, key);
      if (!KeysBelow(path).empty()) CheckKeysOf(value, path, problems);
    });
  }
}

}  // namespace

const std::vector<ConfigField>& ServiceFields() {
  static const std::vector<ConfigField> kFields = [] {
    std::vector<ConfigField> fields = MakeServiceFields();
    for (const ConfigField& field : DriftFields()) fields.push_back(field);
    return fields;
  }();
  return kFields;
}

std::vector<OverlayKey> ServiceOverlayKeys() {
  std::vector<OverlayKey> keys;
  for (const ConfigField& field : ServiceFields()) {
    keys.push_back({.path = std::string(field.name),
                    .open = field.type == ConfigType::kProperties});
  }
  return keys;
}

std::string ExpectedText(const ConfigField& field) {
  const std::string range = "; from " + std::string(field.minimum) + " to " +
                            std::string(field.maximum);
  switch (field.type) {
    case ConfigType::kText:
      return "text of 1 to " + std::string(field.maximum) +
             " bytes, no control characters";
    case ConfigType::kName:
      return "a name of 1 to " + std::string(field.maximum) +
             " letters, digits, '.', '_' or '-'";
    case ConfigType::kBoolean:
      return "true or false";
    case ConfigType::kInteger:
      return "a whole number" + range;
    case ConfigType::kNumber:
      if (!field.above_minimum) return "a number" + range;
      return "a number; above " + std::string(field.minimum) + ", up to " +
             std::string(field.maximum);
    case ConfigType::kDuration:
      return "a duration with its unit, such as 100ms, 2s or 1m" + range;
    case ConfigType::kBytes:
      return "a size with its unit, such as 64KiB, 16MiB or 1MB" + range;
    case ConfigType::kChoice:
      return "one of " + Join(field.choices);
    case ConfigType::kPath:
      return "the path of a file";
    case ConfigType::kPathOrUrl:
      return "the path of a folder, or an http(s) URL";
    case ConfigType::kAddress:
      return "an address HOST:PORT; port from 0 to 65535";
    case ConfigType::kAddresses:
      return "one or more addresses HOST:PORT, separated by commas; port from "
             "1 to 65535";
    case ConfigType::kUrlPrefixes:
      return "a list of URL prefixes, such as https://models.example/churn/ "
             "or file:///srv/models/";
    case ConfigType::kProperties:
      return "a map of librdkafka properties";
  }
  return {};
}

void Assign(const ConfigField& field, const ParameterValue& value,
            ServiceConfig& config) {
  const ConfigTarget target = field.target(config);
  switch (field.type) {
    case ConfigType::kText:
    case ConfigType::kName:
      *std::get<std::string*>(target) = CheckedText(field, value);
      return;
    case ConfigType::kBoolean:
      if (!std::holds_alternative<bool>(value.value)) Refuse(field, value);
      *std::get<bool*>(target) = AsBool(value);
      return;
    case ConfigType::kInteger:
      *std::get<int*>(target) = CheckedInteger(field, value);
      return;
    case ConfigType::kNumber:
      *std::get<double*>(target) = CheckedNumber(field, value);
      return;
    case ConfigType::kDuration:
      *std::get<std::chrono::milliseconds*>(target) =
          InRange(field, value, ParseDuration(WithUnit(value)),
                  ParseDuration(field.minimum), ParseDuration(field.maximum));
      return;
    case ConfigType::kBytes:
      *std::get<std::size_t*>(target) =
          InRange(field, value, ParseBytes(WithUnit(value)),
                  ParseBytes(field.minimum), ParseBytes(field.maximum));
      return;
    case ConfigType::kChoice:
      AssignChoice(field, value, target);
      return;
    case ConfigType::kPath:
      *std::get<std::filesystem::path*>(target) = CheckedPath(field, value);
      return;
    case ConfigType::kPathOrUrl:
      *std::get<std::string*>(target) = CheckedPath(field, value);
      return;
    case ConfigType::kAddress: {
      const auto address = ParseHostPort(TextOf(field, value));
      if (!address) Refuse(field, value);
      *std::get<HostPort*>(target) = *address;
      return;
    }
    case ConfigType::kAddresses:
      *std::get<std::string*>(target) = CheckedAddresses(field, value);
      return;
    case ConfigType::kUrlPrefixes:
      *std::get<std::vector<std::string>*>(target) =
          CheckedPrefixes(field, value);
      return;
    case ConfigType::kProperties:
      *std::get<PropertyList*>(target) = CheckedProperties(field, value);
      return;
  }
}

std::string Print(const ConfigField& field, ServiceConfig config) {
  struct Visitor {
    std::string operator()(const std::string* text) const {
      return Scalar(MaskUrls(*text));
    }
    std::string operator()(const bool* b) const {
      return *b ? "true" : "false";
    }
    std::string operator()(const int* number) const {
      return std::to_string(*number);
    }
    std::string operator()(const double* number) const {
      return NumberText(*number);
    }
    std::string operator()(const std::size_t* bytes) const {
      return BytesText(*bytes);
    }
    std::string operator()(const std::chrono::milliseconds* duration) const {
      return DurationText(*duration);
    }
    std::string operator()(const std::filesystem::path* path) const {
      return path->empty() ? "null" : Scalar(path->string());
    }
    std::string operator()(const HostPort* address) const {
      return Scalar(ToText(*address));
    }
    std::string operator()(const std::vector<std::string>* items) const {
      return PrintList(*items);
    }
    std::string operator()(const PropertyList* properties) const {
      std::string text;
      for (const KafkaProperty& property : *properties) {
        const auto [name, value] = Print(property);
        text.append(text.empty() ? "" : ", ").append(name).append(": ") +=
            value;
      }
      return "{" + text + "}";
    }
    std::string operator()(const DeliveryMode* delivery) const {
      return std::string(ToText(*delivery));
    }
  };
  if (field.secret) return Scalar(std::string(kMask));
  return std::visit(Visitor{}, field.target(config));
}

std::pair<std::string, std::string> Print(const KafkaProperty& property) {
  const bool in_file = !property.file.empty();
  const bool secret = !in_file && IsSecretProperty(property.name);
  return {Scalar(property.name + (in_file ? "_file" : "")),
          Scalar(in_file  ? property.file.string()
                 : secret ? std::string(kMask)
                          : MaskUrls(property.value))};
}

void CheckKeys(const ParameterValue& tree) {
  ConfigProblems problems;
  problems.Try([&] { CheckKeysOf(tree, "", problems); });
  problems.Throw();
}

}  // namespace tidemill
