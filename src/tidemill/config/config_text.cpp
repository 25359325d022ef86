// What `tidemill config show` prints of a service's config.
#include <utility>
#include <variant>

#include "tidemill/config/field_table.h"
#include "tidemill/config/service_config.h"

namespace tidemill {
namespace {

/// The key of `name`, indented, below the names of the sections that it is the
/// first in; `above` is the name before it.
void BeginLine(std::string_view above, std::string_view name,
               std::string& text) {
  std::string indent;
  std::size_t begin = 0;
  for (std::size_t dot = name.find('.'); dot != std::string_view::npos;
       dot = name.find('.', begin)) {
    if (!above.starts_with(name.substr(0, dot + 1))) {
      text.append(indent).append(name.substr(begin, dot - begin)) += ":\n";
    }
    indent += "  ";
    begin = dot + 1;
  }
  text.append(indent).append(name.substr(begin));
}

/// The field's map of properties, or nullptr when it is another field or has
/// none.
const PropertyList* PropertiesOf(const ConfigField& field,
                                 ServiceConfig& config) {
  const ConfigTarget target = field.target(config);
  PropertyList* const* list = std::get_if<PropertyList*>(&target);
  return list == nullptr || (*list)->empty() ? nullptr : *list;
}

std::string PlaceOf(const ServiceConfig& config, std::string_view name) {
  const auto place = config.places.find(std::string(name));
  return place == config.places.end() ? "" : place->second;
}

/// A file's name may hold a line's end, which would end the comment too.
std::string Comment(const std::string& where) {
  std::string comment = "  # " + (where.empty() ? "default" : where);
  for (char& c : comment) {
    if (static_cast<unsigned char>(c) < 0x20) c = '?';
  }
  return comment + "\n";
}

}  // namespace

std::vector<ConfigValue> ValuesOf(const ServiceConfig& config) {
  ServiceConfig copy = config;
  std::vector<ConfigValue> values;
  for (const ConfigField& field : ServiceFields()) {
    const std::string key(field.name);
    if (const PropertyList* properties = PropertiesOf(field, copy)) {
      for (const KafkaProperty& property : *properties) {
        const auto [name, value] = Print(property);
        std::string path = key;
        path.append(1, '.').append(name);
        values.push_back({std::move(path), value, property.where});
      }
    } else {
      values.push_back({key, Print(field, config), PlaceOf(config, key)});
    }
  }
  return values;
}

std::string ToText(const ServiceConfig& config) {
  ServiceConfig copy = config;
  std::string text;
  std::string_view above;
  for (const ConfigField& field : ServiceFields()) {
    BeginLine(above, field.name, text);
    above = field.name;
    text += ':';
    const PropertyList* properties = PropertiesOf(field, copy);
    if (properties == nullptr) text += ' ' + Print(field, config);
    text += Comment(PlaceOf(config, field.name));
    if (properties == nullptr) continue;
    for (const KafkaProperty& property : *properties) {
      const auto [name, value] = Print(property);
      text.append("    ").append(name).append(": ").append(value);
      text += Comment(property.where);
    }
  }
  return text;
}

}  // namespace tidemill
