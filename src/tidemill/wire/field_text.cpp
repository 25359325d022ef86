#include "tidemill/wire/field_text.h"

#include <simdjson.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <utility>
#include <vector>

namespace tidemill {
namespace {

namespace ondemand = simdjson::ondemand;
using Found = std::optional<std::string_view>;

/// A number, true or false as it stands there, without the space behind it.
std::string_view TokenText(ondemand::value& value) {
  const std::string_view token = value.raw_json_token();
  const std::size_t last = token.find_last_not_of(" \t\r\n");
  return token.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

Found ValueText(ondemand::value value) {
  ondemand::json_type type{};
  if (value.type().get(type)) return std::nullopt;
  switch (type) {
    case ondemand::json_type::string: {
      std::string_view text;
      if (value.get_string().get(text)) return std::nullopt;
      return text;
    }
    case ondemand::json_type::number:
    case ondemand::json_type::boolean:
      return TokenText(value);
    default:
      return std::nullopt;
  }
}

}  // namespace

class FieldText::Impl {
 public:
  Found Find(std::string_view event, std::string_view name) {
    buffer_.resize(
        std::max(buffer_.size(), event.size() + simdjson::SIMDJSON_PADDING));
    std::copy(event.begin(), event.end(), buffer_.begin());
    // Not the end of a longer event before this one.
    std::memset(buffer_.data() + event.size(), 0, simdjson::SIMDJSON_PADDING);
    ondemand::document document;
    const simdjson::padded_string_view text(buffer_.data(), event.size(),
                                            buffer_.size());
    if (parser_.iterate(text).get(document)) return std::nullopt;
    ondemand::object object;
    if (document.get_object().get(object)) return std::nullopt;
    for (auto item : object) {
      ondemand::field field;
      std::string_view key;
      if (std::move(item).get(field) || !ReadKey(field, key)) {
        return std::nullopt;
      }
      if (key == name) return ValueText(field.value());
    }
    return std::nullopt;
  }

 private:
  bool ReadKey(ondemand::field& field, std::string_view& key) const {
    const char* raw = field.key().raw();
    const auto* quote = static_cast<const char*>(std::memchr(
        raw, '"',
        static_cast<std::size_t>(buffer_.data() + buffer_.size() - raw)));
    if (quote == nullptr) return false;
    key = {raw, static_cast<std::size_t>(quote - raw)};
    if (key.find('\\') == std::string_view::npos) return true;
    return !field.unescaped_key().get(key);
  }

  ondemand::parser parser_;
  std::vector<char> buffer_;
};

FieldText::FieldText() : impl_(std::make_unique<Impl>()) {}
FieldText::~FieldText() = default;
FieldText::FieldText(FieldText&&) noexcept = default;
FieldText& FieldText::operator=(FieldText&&) noexcept = default;

std::optional<std::string_view> FieldText::Find(std::string_view event,
                                                std::string_view field) {
  return impl_->Find(event, field);
}

}  // namespace tidemill
