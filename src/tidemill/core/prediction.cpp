#include "tidemill/core/prediction.h"

#include <array>

namespace tidemill {

std::string_view ToText(Variant variant) {
  static constexpr std::array<std::string_view, 3> kNames = {
      "champion", "canary", "shadow"};
  return kNames[static_cast<std::size_t>(variant)];
}

}  // namespace tidemill
