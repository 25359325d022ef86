#include "tidemill/training/parameter_checks.h"

#include <cmath>
#include <string>

#include "tidemill/core/errors.h"
#include "tidemill/wire/json_text.h"

namespace tidemill {
namespace {

std::string Shortest(double value) {
  std::string text;
  AppendJsonNumber(value, text);
  return text;
}

void Check(const ParameterReader& reader, std::string_view name, double value,
           const Bounds& bounds) {
  const bool low =
      bounds.least_open ? !(value > bounds.least) : !(value >= bounds.least);
  if (!low && value <= bounds.greatest) return;
  std::string expected =
      (bounds.least_open ? "a number above " : "a number from ") +
      Shortest(bounds.least);
  if (std::isfinite(bounds.greatest)) {
    expected += " to " + Shortest(bounds.greatest);
  }
  throw ConfigError({.where = reader.PlaceOf(name),
                     .expected = std::move(expected),
                     .got = Shortest(value)});
}

}  // namespace

double ReadDouble(ParameterReader& reader, std::string_view name,
                  double otherwise, const Bounds& bounds) {
  const double value = reader.Double(name, otherwise);
  Check(reader, name, value, bounds);
  return value;
}

std::int64_t ReadInteger(ParameterReader& reader, std::string_view name,
                         std::int64_t otherwise, const Bounds& bounds) {
  const std::int64_t value = reader.Integer(name, otherwise);
  Check(reader, name, static_cast<double>(value), bounds);
  return value;
}

}  // namespace tidemill
