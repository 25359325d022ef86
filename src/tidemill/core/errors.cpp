#include "tidemill/core/errors.h"

namespace tidemill {

std::string ToText(const ErrorText& text) {
  return text.where + ": expected " + text.expected + ", got " + text.got;
}

}  // namespace tidemill
