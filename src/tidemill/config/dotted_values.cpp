#include "tidemill/config/dotted_values.h"

#include <cstddef>
#include <string_view>
#include <variant>

namespace tidemill {
namespace {

std::string Escaped(std::string_view key) {
  std::string escaped;
  for (const char c : key) {
    if (c == '.' || c == '\\') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

/// Writes down the values below `name`; configs bound how deep they nest.
struct Walker {
  std::string name;
  std::vector<ConfigValue>& values;
  const std::string* where = nullptr;

  void Put(std::string text) {
    values.push_back({name, std::move(text), *where});
  }

  void Visit(const ParameterValue& value) {
    where = &value.where;
    std::visit(*this, value.value);
  }

  void Descend(const std::string& part, const ParameterValue& child) {
    const std::size_t size = name.size();
    if (size != 0) name += '.';
    name += part;
    Visit(child);
    name.resize(size);
  }

  void operator()(std::monostate) { Put("null"); }
  void operator()(bool b) { Put(b ? "true" : "false"); }
  void operator()(const ParameterValue::Number& number) { Put(number.text); }
  void operator()(const std::string& text) { Put(text); }
  void operator()(const ParameterValue::List& list) {
    if (list.empty()) Put("[]");
    for (std::size_t i = 0; i < list.size(); ++i) {
      Descend(std::to_string(i), list[i]);
    }
  }
  void operator()(const ParameterValue::Map& map) {
    if (map.empty()) Put("{}");
    for (const auto& [key, child] : map) Descend(Escaped(key), child);
  }
};

}  // namespace

std::vector<std::pair<std::string, std::string>> DottedValues(
    const ParameterValue& tree) {
  std::vector<std::pair<std::string, std::string>> values;
  for (ConfigValue& value : PlacedValues(tree)) {
    values.emplace_back(std::move(value.key), std::move(value.value));
  }
  return values;
}

std::vector<ConfigValue> PlacedValues(const ParameterValue& tree) {
  std::vector<ConfigValue> values;
  Walker walker{.name = "", .values = values};
  walker.Visit(tree);
  return values;
}

}  // namespace tidemill
