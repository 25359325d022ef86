#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "tidemill/config/overlay.h"
#include "tidemill/config/service_config.h"
#include "tidemill/core/parameters.h"

namespace tidemill {

enum class ConfigType : std::uint8_t {
  kText,
  kName,  ///< what Kafka takes in names: letters, digits, '.', '_', '-'
  kBoolean,
  kInteger,
  kNumber,
  kDuration,
  kBytes,
  kChoice,
  kPath,
  kPathOrUrl,
  kAddress,      ///< host:port to listen at
  kAddresses,    ///< host:port to connect to, several with commas
  kUrlPrefixes,  ///< a list
  kProperties,   ///< a map of any scalars
};

/// Where a field's value goes.
using ConfigTarget =
    std::variant<std::string*, bool*, int*, double*, std::size_t*,
                 std::chrono::milliseconds*, std::filesystem::path*, HostPort*,
                 std::vector<std::string>*, PropertyList*, DeliveryMode*>;

/// One key of a service's config.
struct ConfigField {
  std::string_view name;  ///< dotted; fields of a section stand together
  ConfigType type;
  /// The default as a file would write it; "<service>" stands for the
  /// service's name. Empty: none, or one that is computed.
  std::string_view fallback = {};
  std::string_view computed = {};  ///< what a computed default is, for people
  /// Written like values: "1", "1ms", "1B". For text, its most bytes.
  std::string_view minimum = {};
  std::string_view maximum = {};
  bool above_minimum = false;  ///< of a number: the minimum is too low
  std::vector<std::string_view> choices = {};
  std::string_view help;
  bool required = false;
  bool secret = false;  ///< never printed
  ConfigTarget (*target)(ServiceConfig&);
};

/// Every key, section by section, in the order of the reference page.
const std::vector<ConfigField>& ServiceFields();

/// The same as overlays see them.
std::vector<OverlayKey> ServiceOverlayKeys();

/// What a value of this field looks like: "a duration with its unit, such as
/// 100ms, 2s or 1m; from 1ms to 1m". Used in errors and on the page.
std::string ExpectedText(const ConfigField& field);

/// Checks the value and stores it in `config`. Throws ConfigError.
void Assign(const ConfigField& field, const ParameterValue& value,
            ServiceConfig& config);

/// The value as a file would write it; secrets, and what may be one in a URL,
/// are masked.
std::string Print(const ConfigField& field, ServiceConfig config);

/// The same for one property: its key, with _file where it names one, and its
/// value, a secret one masked.
std::pair<std::string, std::string> Print(const KafkaProperty& property);

/// Throws ConfigErrors on the keys that no field has; names the nearest ones.
void CheckKeys(const ParameterValue& tree);

/// JSON Schema, draft 2020-12, as in config/schemas/service.schema.json.
std::string ServiceConfigSchema();

/// The reference page, as in docs/configuration.md.
std::string ServiceConfigReference();

}  // namespace tidemill
