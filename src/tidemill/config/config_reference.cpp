#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "tidemill/config/field_table.h"
#include "tidemill/config/overlay.h"

namespace tidemill {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kIntroduction =
    R"(<!-- Written by ServiceConfigReference(); see the end of this page. -->
# Configuration of a service

`tidemill serve CONFIG` and its neighbours read one YAML file (JSON is YAML
too). [config/churn.yaml](../config/churn.yaml) explains each key where it
stands; only `service` is required. Training configs are explained in
[config/churn.train.yaml](../config/churn.train.yaml).

## Where a value comes from

Later ones win:

1. the default,
2. the file,
3. the environment: `TIDEMILL_TOPICS__EVENTS=clicks` is `topics.events`,
4. flags: `--set topics.events=clicks`.

An empty value or `null` means the default. Nothing is substituted inside the
file.

- **Values in flags and the environment** are one YAML scalar, taken whole;
  one that starts with `[`, `{`, `"` or `'` is a list, a map or quoted text.
- **`--set` paths** are dotted; a number picks an item of a list. All that
  follows `kafka.properties.`, `kafka.consumer.` or `kafka.producer.` is one
  key: `--set kafka.properties.linger.ms=5`.
- **Environment names** are the key's in capitals behind `TIDEMILL_`, `__` for
  a dot. For librdkafka properties `_` is a dot too:
  `TIDEMILL_KAFKA__PROPERTIES__LINGER_MS=5`. A name that starts with
  `TIDEMILL_` and is no key is an error, but for `TIDEMILL_HOME`,
  `TIDEMILL_DATA_DIR`, `TIDEMILL_BIN`, `TIDEMILL_USER`, `TIDEMILL_TEST_*`, and
  what Kubernetes and Docker set for a service called tidemill
  (`TIDEMILL_SERVICE_HOST`, `TIDEMILL_PORT_*` and the like).
- **Relative paths** are against the folder of the config file, also when a
  flag or the environment gives them.
- **Durations and sizes** carry their unit: `100ms`, `2s`, `1m`, `1h`; `100B`,
  `64KiB`, `16MiB` (powers of 1024), `1MB` (powers of 1000).
- **`yes`, `no`, `on` and `off`** are text, as in YAML 1.2; booleans are `true`
  and `false`.
- A file has at most 1 MiB, one document, 64 levels, each key once, and no
  anchors, aliases or tags. An unknown key is an error that names the nearest.

## Secrets

A property's name with `_file` behind it names a file that holds its value:
`sasl.password_file: /run/secrets/kafka` is `sasl.password`, and so is
`TIDEMILL_KAFKA__PROPERTIES__SASL_PASSWORD_FILE=/run/secrets/kafka`. The file is
a regular one of at most 64 KiB, read once, at the start; one line's end at its
end is left out. Every property of `kafka.properties`, `kafka.consumer` and
`kafka.producer` takes it; a property and its file together are an error.

`tidemill config show` masks properties with `password`, `secret`, `.pem`,
`jaas` or `oauthbearer.config` in their names, and user, password and query of
every URL. Errors name the place and the key of what may be a secret, and quote
nothing of it; a key ends with `~` where a value may begin that was written into
it (`sasl.password:...`).

## Before a start

- `tidemill check CONFIG` says all that is wrong, each with its place;
  `--connect` asks the brokers for the topics too ([check.md](check.md)).
- `tidemill config show CONFIG` prints every value and where it came from.
- `tidemill config schema [service|training]` prints the JSON Schema.

Exit codes: 78 for a config that is wrong, 74 for a file that cannot be read,
64 for a `--set` that is not `PATH=VALUE`.

Editors complete and check the keys with
[service.schema.json](../config/schemas/service.schema.json), and those of
training configs with
[training.schema.json](../config/schemas/training.schema.json).
)";

constexpr std::string_view kEnding = R"(
---
This page and the schema are written from the table in
`src/tidemill/config/field_table.cpp`, which parses the file too; a test
compares them. After a change, build `config_test` and let it write them:

```sh
TIDEMILL_TEST_WRITE=1 DIR/tests/config/config_test --gtest_filter='ConfigReferenceTest.*'
```
)";

std::string Code(std::string_view text) {
  return std::string(1, '`').append(text).append(1, '`');
}

std::string_view SectionOf(const ConfigField& field) {
  const std::size_t dot = field.name.find('.');
  return dot == std::string_view::npos ? std::string_view{}
                                       : field.name.substr(0, dot);
}

std::string DefaultText(const ConfigField& field) {
  if (field.required) return "required";
  if (!field.computed.empty()) return std::string(field.computed);
  return Code(field.fallback);
}

Json TypeSchema(const ConfigField& field) {
  const Json text = {{"type", "string"}, {"minLength", 1}};
  Json schema = text;
  switch (field.type) {
    case ConfigType::kText:
      schema["maxLength"] = std::stoi(std::string(field.maximum));
      schema["pattern"] = R"(^[^\x00-\x1f\x7f]+$)";
      return schema;
    case ConfigType::kName:
      schema["maxLength"] = std::stoi(std::string(field.maximum));
      schema["pattern"] = "^[a-zA-Z0-9._-]+$";
      return schema;
    case ConfigType::kBoolean:
      return {{"type", "boolean"}};
    case ConfigType::kInteger:
      return {{"type", "integer"},
              {"minimum", std::stoi(std::string(field.minimum))},
              {"maximum", std::stoi(std::string(field.maximum))}};
    case ConfigType::kNumber:
      return {{"type", "number"},
              {field.above_minimum ? "exclusiveMinimum" : "minimum",
               std::stod(std::string(field.minimum))},
              {"maximum", std::stod(std::string(field.maximum))}};
    case ConfigType::kDuration:
      return {{"type", "string"}, {"pattern", "^[0-9]+(ms|s|m|h)$"}};
    case ConfigType::kBytes:
      return {{"type", "string"},
              {"pattern", "^[0-9]+(B|KB|kB|MB|GB|KiB|MiB|GiB)$"}};
    case ConfigType::kChoice:
      return {{"enum", field.choices}};
    case ConfigType::kPath:
    case ConfigType::kPathOrUrl:
      return schema;
    case ConfigType::kAddress:
      return {{"type", "string"}, {"pattern", "^[^,]+:[0-9]{1,5}$"}};
    case ConfigType::kAddresses:
      return {{"type", "string"},
              {"pattern", "^[^,]+:[0-9]{1,5}(,[^,]+:[0-9]{1,5})*$"}};
    case ConfigType::kUrlPrefixes:
      schema["pattern"] = "^(https?://[^/]+/|file:///)";
      return {{"type", {"array", "string"}}, {"items", schema}};
    case ConfigType::kProperties:
      return {{"type", {"object", "null"}},
              {"additionalProperties",
               {{"type", {"string", "number", "boolean", "null"}}}}};
  }
  return schema;
}

Json FieldSchema(const ConfigField& field) {
  Json schema = TypeSchema(field);
  std::string description(field.help);
  const bool fixed = !field.fallback.empty() &&
                     field.fallback.find('<') == std::string_view::npos;
  if (!fixed && !field.required) {
    description += " Default: " + DefaultText(field) + ".";
  }
  schema["description"] = description;
  if (fixed) {
    // Numbers, booleans, lists and maps are written alike in YAML and JSON.
    const Json parsed = Json::parse(field.fallback, nullptr, false);
    schema["default"] = parsed.is_discarded() ? Json(field.fallback) : parsed;
  }
  if (field.secret) schema["writeOnly"] = true;
  return schema;
}

Json ClosedObject() {
  return {{"type", "object"},
          {"additionalProperties", false},
          {"properties", Json::object()}};
}

std::string TableRow(const ConfigField& field) {
  std::string row;
  for (const std::string& cell :
       {Code(field.name), ExpectedText(field), DefaultText(field),
        std::string(field.help), Code(EnvironmentName(field.name))}) {
    row.append("| ").append(cell).append(1, ' ');
  }
  return row + "|\n";
}

}  // namespace

std::string ServiceConfigSchema() {
  Json schema = {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                 {"title", "Tidemill: config of a service"}};
  schema.update(ClosedObject());
  schema["required"] = Json::array();
  for (const ConfigField& field : ServiceFields()) {
    std::string_view name = field.name;
    Json* parent = &schema["properties"];
    for (auto dot = name.find('.'); dot != name.npos; dot = name.find('.')) {
      Json& object = (*parent)[std::string(name.substr(0, dot))];
      if (object.is_null()) object = ClosedObject();
      parent = &object["properties"];
      name.remove_prefix(dot + 1);
    }
    (*parent)[std::string(name)] = FieldSchema(field);
    if (field.required) schema["required"].push_back(std::string(field.name));
  }
  return schema.dump(2) + "\n";
}

std::string ServiceConfigReference() {
  std::string page(kIntroduction);
  std::string_view section = "none yet";
  for (const ConfigField& field : ServiceFields()) {
    if (SectionOf(field) != section) {
      section = SectionOf(field);
      page += "\n## ";
      page += section.empty() ? "Top level" : Code(section);
      page +=
          "\n\n| Key | Value | Default | Meaning | Environment |\n"
          "|---|---|---|---|---|\n";
    }
    page += TableRow(field);
  }
  return page.append(kEnding);
}

}  // namespace tidemill
