#include "tidemill/config/canonical_text.h"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <vector>

#include "tidemill/core/number_text.h"

namespace tidemill {
namespace {

std::string Quoted(std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string quoted = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (byte < 0x20) {
      quoted += "\\u00";
      quoted += kHex[byte >> 4U];
      quoted += kHex[byte & 0xfU];
    } else {
      quoted += c;
    }
  }
  return quoted + '"';
}

struct Printer {
  std::string operator()(std::monostate) const { return "null"; }
  std::string operator()(bool b) const { return b ? "true" : "false"; }
  std::string operator()(const ParameterValue::Number& number) const {
    if (!std::isfinite(number.value)) return number.text;
    if (number.value == 0.0) return "0";  // -0 too
    return NumberText(number.value);
  }
  std::string operator()(const std::string& text) const { return Quoted(text); }
  std::string operator()(const ParameterValue::List& list) const {
    std::string text;
    for (const ParameterValue& item : list) {
      if (!text.empty()) text += ',';
      text += CanonicalText(item);
    }
    return "[" + text + "]";
  }
  std::string operator()(const ParameterValue::Map& map) const {
    std::vector<const ParameterValue::Map::value_type*> entries;
    entries.reserve(map.size());
    for (const auto& entry : map) entries.push_back(&entry);
    std::sort(entries.begin(), entries.end(),
              [](const auto* a, const auto* b) { return a->first < b->first; });
    std::string text;
    for (const auto* entry : entries) {
      if (!text.empty()) text += ',';
      text += Quoted(entry->first) + ':' + CanonicalText(entry->second);
    }
    return "{" + text + "}";
  }
};

}  // namespace

std::string CanonicalText(const ParameterValue& value) {
  return std::visit(Printer{}, value.value);
}

}  // namespace tidemill
