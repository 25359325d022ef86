#include "tidemill/wire/reject_encoder.h"

#include <simdjson.h>

#include <algorithm>

#include "tidemill/wire/json_text.h"

namespace tidemill {
namespace {

/// RFC 4648 with padding.
void AppendBase64(std::string_view bytes, std::string& out) {
  static constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    for (std::size_t j = 0; j < 3; ++j) {
      group = group << 8U |
              (j < count ? static_cast<unsigned char>(bytes[i + j]) : 0U);
    }
    for (std::size_t j = 0; j < 4; ++j) {
      out += j <= count ? kDigits[group >> (18U - 6U * j) & 63U] : '=';
    }
  }
}

}  // namespace

void AppendReject(std::uint64_t line, const EventError& error,
                  std::string_view event, std::string& out) {
  out += "{\"line\":";
  AppendJsonNumber(static_cast<std::int64_t>(line), out);
  out += ",\"stage\":\"";
  out += ToText(error.stage);
  out += "\",\"reason\":\"";
  out += ToText(error.reason);
  out += "\",\"detail\":";
  AppendJsonText(error.detail, out);
  out += ",\"event\":";
  if (simdjson::validate_utf8(event.data(), event.size())) {
    AppendJsonText(event, out);
  } else {
    out += '"';
    AppendBase64(event, out);
    out += "\",\"encoding\":\"base64\"";
  }
  out += '}';
}

}  // namespace tidemill
