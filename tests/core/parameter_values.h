#pragma once

#include <sstream>
#include <string>
#include <utility>

#include "tidemill/core/parameters.h"

namespace tidemill {

inline ParameterValue ValueOf(decltype(ParameterValue::value) content) {
  ParameterValue value;
  value.value = std::move(content);
  return value;
}

inline ParameterValue Text(std::string text) {
  return ValueOf(std::move(text));
}
inline ParameterValue Truth(bool value) { return ValueOf(value); }
inline ParameterValue Number(double number) {
  std::ostringstream text;
  text << number;
  return ValueOf(ParameterValue::Number{number, text.str()});
}
inline ParameterValue List(ParameterValue::List items) {
  return ValueOf(std::move(items));
}
inline ParameterValue Map(ParameterValue::Map entries) {
  return ValueOf(std::move(entries));
}

}  // namespace tidemill
