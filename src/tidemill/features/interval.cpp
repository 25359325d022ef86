#include "tidemill/features/interval.h"

#include "tidemill/core/errors.h"

namespace tidemill {

Interval ReadInterval(ParameterReader& reader, std::string_view name,
                      Interval otherwise) {
  const ParameterValue* found = reader.Optional(name);
  if (found == nullptr) return otherwise;
  const ParameterValue::List* list = found->list();
  if (list == nullptr || list->size() != 2) {
    throw ConfigError({.where = found->where,
                       .expected = "a list of two numbers: [low, high]",
                       .got = Describe(*found)});
  }
  const Interval read{.low = AsDouble(list->front()),
                      .high = AsDouble(list->back())};
  if (read.low > read.high) {
    throw ConfigError({.where = found->where,
                       .expected = "[low, high] with low first",
                       .got = "high first"});
  }
  return read;
}

}  // namespace tidemill
