#include "tidemill/config/overlay.h"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <utility>

#include "tidemill/config/secrets.h"
#include "tidemill/config/yaml_file.h"
#include "tidemill/core/config_problems.h"
#include "tidemill/core/errors.h"
#include "tidemill/core/number_text.h"

namespace tidemill {
namespace {

constexpr std::string_view kPrefix = "TIDEMILL_";

std::vector<std::string> SplitPath(std::string_view path,
                                   const std::vector<OverlayKey>& keys) {
  std::optional<std::string_view> one_key;
  for (const OverlayKey& key : keys) {
    if (!key.open || !path.starts_with(key.path + ".")) continue;
    one_key = path.substr(key.path.size() + 1);
    path = std::string_view(key.path);
    break;
  }
  std::vector<std::string> parts;
  while (true) {
    const std::size_t dot = path.find('.');
    parts.emplace_back(path.substr(0, dot));
    if (dot == std::string_view::npos) break;
    path.remove_prefix(dot + 1);
  }
  if (one_key) parts.emplace_back(*one_key);
  return parts;
}

[[noreturn]] void Refuse(const std::string& where, std::string expected,
                         std::string got) {
  throw ConfigError(
      {.where = where, .expected = std::move(expected), .got = std::move(got)});
}

ParameterValue& ItemOf(ParameterValue::List& list, const std::string& part,
                       const std::string& where) {
  const auto index = ParseNumber<std::size_t>(part);
  if (!index || *index >= list.size()) {
    Refuse(where,
           "an index below " + std::to_string(list.size()) + " for the list",
           "'" + ShownKey(part) + "'");
  }
  return list[*index];
}

ParameterValue& ChildOf(ParameterValue& parent, const std::string& part,
                        const std::string& where) {
  if (auto* list = std::get_if<ParameterValue::List>(&parent.value)) {
    return ItemOf(*list, part, where);
  }
  const auto* text = std::get_if<std::string>(&parent.value);
  const bool bare_name = text != nullptr && *text == part;
  if (parent.is_null() || bare_name) {
    parent.value = ParameterValue::Map{};
    parent.where = where;
  }
  auto* map = std::get_if<ParameterValue::Map>(&parent.value);
  if (map == nullptr) {
    Refuse(where, "a map or list above '" + ShownKey(part) + "'",
           DescribeKind(parent));
  }
  for (auto& [key, child] : *map) {
    if (key == part) return child;
  }
  map->emplace_back(part, ParameterValue{});
  map->back().second.where = where;
  return map->back().second;
}

void Put(ParameterValue& root, const std::vector<std::string>& parts,
         std::string_view value, const std::string& where) {
  if (parts.size() > kMaxConfigDepth) {
    Refuse(where,
           "at most " + std::to_string(kMaxConfigDepth) + " nested values",
           std::to_string(parts.size()));
  }
  ParameterValue* target = &root;
  for (const std::string& part : parts) target = &ChildOf(*target, part, where);
  *target = ParseOverlayValue(value, where);
}

/// A Kubernetes service (or Docker link) called tidemill puts its address into
/// the environment of every container beside it.
bool BelongsToOthers(std::string_view name) {
  for (std::string_view other :
       {"TIDEMILL_HOME", "TIDEMILL_DATA_DIR", "TIDEMILL_BIN", "TIDEMILL_USER",
        "TIDEMILL_PORT", "TIDEMILL_NAME", "TIDEMILL_SERVICE_HOST",
        "TIDEMILL_SERVICE_PORT"}) {
    if (name == other) return true;
  }
  for (std::string_view prefix : {"TIDEMILL_TEST_", "TIDEMILL_SERVICE_PORT_",
                                  "TIDEMILL_PORT_", "TIDEMILL_ENV_"}) {
    if (name.starts_with(prefix)) return true;
  }
  // The same for services called tidemill-NAME. A key of ours within another
  // has two underscores.
  if (name.find("__") != std::string_view::npos) return false;
  for (std::string_view part : {"_SERVICE_HOST", "_SERVICE_PORT", "_PORT"}) {
    if (name.ends_with(part)) return true;
  }
  for (std::string_view part : {"_SERVICE_PORT_", "_PORT_"}) {
    if (name.find(part) != std::string_view::npos) return true;
  }
  return false;
}

/// "LINGER_MS" -> "linger.ms", "SASL_PASSWORD_FILE" -> "sasl.password_file"; no
/// librdkafka property that takes text has an underscore or a capital in its
/// name, nor ends in ".file".
std::string PropertyName(std::string_view name) {
  constexpr std::string_view kFile = "_FILE";
  if (name.size() > kFile.size() && name.ends_with(kFile)) {
    name.remove_suffix(kFile.size());
    return PropertyName(name) + "_file";
  }
  std::string property(name);
  for (char& c : property) {
    c = c == '_' ? '.'
                 : static_cast<char>(std::tolower(
                       static_cast<int>(static_cast<unsigned char>(c))));
  }
  return property;
}

std::vector<std::string> PathOfVariable(const std::string& name,
                                        const std::vector<OverlayKey>& keys) {
  std::vector<std::string> names;
  for (const OverlayKey& key : keys) {
    const std::string known = EnvironmentName(key.path);
    if (name == known) return SplitPath(key.path, {});
    const std::string prefix = known + "__";
    if (key.open && name.starts_with(prefix) && name.size() > prefix.size()) {
      std::vector<std::string> parts = SplitPath(key.path, {});
      parts.push_back(
          PropertyName(std::string_view(name).substr(prefix.size())));
      return parts;
    }
    names.push_back(known);
  }
  const std::string nearest = NearestName(name, names);
  Refuse("environment " + name,
         nearest.empty()
             ? "a variable that names a config key"
             : "a variable that names a config key (did you mean '" + nearest +
                   "'?)",
         "'" + name + "'");
}

}  // namespace

Environment ProcessEnvironment() {
  Environment found;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const std::size_t equals = text.find('=');
    if (!text.starts_with(kPrefix) || equals == std::string_view::npos) {
      continue;
    }
    found.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return found;
}

std::string EnvironmentName(std::string_view path) {
  std::string name(kPrefix);
  for (const char c : path) {
    if (c == '.') {
      name += "__";
    } else {
      name += static_cast<char>(
          std::toupper(static_cast<int>(static_cast<unsigned char>(c))));
    }
  }
  return name;
}

void ApplySets(ParameterValue& root, const std::vector<std::string>& sets,
               const std::vector<OverlayKey>& keys) {
  for (const std::string& set : sets) {
    const std::size_t equals = set.find('=');
    const std::string path = set.substr(0, equals);
    const std::vector<std::string> parts = SplitPath(path, keys);
    const bool gap =
        std::any_of(parts.begin(), parts.end(),
                    [](const std::string& part) { return part.empty(); });
    if (equals == std::string::npos || gap) {
      throw UsageError({.where = "--set",
                        .expected = "PATH=VALUE, e.g. topics.events=clicks",
                        .got = "'" + ShownKey(path) + "'"});
    }
    Put(root, parts, std::string_view(set).substr(equals + 1),
        "--set " + ShownKey(path));
  }
}

void ApplyEnvironment(ParameterValue& root, const Environment& environment,
                      const std::vector<OverlayKey>& keys) {
  ConfigProblems problems;
  for (const auto& [name, value] : environment) {
    if (!name.starts_with(kPrefix) || BelongsToOthers(name)) continue;
    problems.Try([&, &name = name, &value = value] {
      Put(root, PathOfVariable(name, keys), value, "environment " + name);
    });
  }
  problems.Throw();
}

}  // namespace tidemill
