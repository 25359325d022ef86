#include "tidemill/importing/lightgbm_text.h"

#include <algorithm>
#include <utility>

#include "tidemill/core/errors.h"
#include "tidemill/core/number_text.h"
#include "tidemill/data/utf8.h"
#include "tidemill/wire/message_reader.h"

namespace tidemill {

LightgbmLines::LightgbmLines(std::string_view text, std::string where)
    : rest_(text), where_(std::move(where)) {
  const std::size_t bad = FindInvalidUtf8(text);
  if (bad == text.size()) return;
  number_ = 1 + static_cast<std::size_t>(std::count(
                    text.begin(),
                    text.begin() + static_cast<std::ptrdiff_t>(bad), '\n'));
  Refuse("UTF-8", "other bytes");
}

std::string_view LightgbmLines::Next() {
  if (AtEnd()) Refuse("a line 'end of trees' in the file", "its end");
  const std::size_t end = rest_.find('\n');
  std::string_view line = rest_.substr(0, end);
  rest_.remove_prefix(std::min(rest_.size(), line.size() + 1));
  if (line.ends_with('\r')) line.remove_suffix(1);
  ++number_;
  return line;
}

std::string LightgbmLines::Place() const {
  return where_ + ", line " + std::to_string(number_);
}

void LightgbmLines::Refuse(const std::string& expected,
                           const std::string& got) const {
  throw ArtifactError({.where = Place(), .expected = expected, .got = got});
}

void LightgbmSection::Add(std::string_view line) {
  const std::size_t equals = line.find('=');
  values_[line.substr(0, equals)] = equals == std::string_view::npos
                                        ? std::string_view()
                                        : line.substr(equals + 1);
}

void LightgbmSection::Refuse(std::string_view key, const std::string& expected,
                             const std::string& got) const {
  throw ArtifactError({.where = place_ + ", " + std::string(key),
                       .expected = expected,
                       .got = got});
}

std::string_view LightgbmSection::Text(std::string_view key) const {
  const auto found = values_.find(key);
  if (found == values_.end()) Refuse(key, "a value", "none");
  return found->second;
}

std::size_t LightgbmSection::Count(std::string_view key, std::size_t least,
                                   std::size_t most) const {
  const auto count = ParseNumber<std::size_t>(Text(key));
  if (!count || *count < least || *count > most) {
    Refuse(key,
           "a number from " + std::to_string(least) + " to " +
               std::to_string(most),
           QuotedText(Text(key)));
  }
  return *count;
}

template <typename Number>
std::vector<Number> LightgbmSection::Numbers(std::string_view key,
                                             std::size_t count) const {
  std::vector<Number> numbers;
  for (const std::string_view part : SplitAtBlanks(Text(key))) {
    const auto number = ParseNumber<Number>(part);
    if (!number) Refuse(key, "numbers", QuotedText(part));
    numbers.push_back(*number);
  }
  if (numbers.size() != count) {
    Refuse(key, std::to_string(count) + " numbers",
           std::to_string(numbers.size()));
  }
  return numbers;
}

template std::vector<double> LightgbmSection::Numbers(std::string_view,
                                                      std::size_t) const;
template std::vector<std::int32_t> LightgbmSection::Numbers(std::string_view,
                                                            std::size_t) const;
template std::vector<std::uint32_t> LightgbmSection::Numbers(std::string_view,
                                                             std::size_t) const;

std::vector<std::string_view> SplitAtBlanks(std::string_view text) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const std::size_t blank = std::min(text.find(' '), text.size());
    if (blank > 0) parts.push_back(text.substr(0, blank));
    text.remove_prefix(std::min(text.size(), blank + 1));
  }
  return parts;
}

}  // namespace tidemill
