#include "consumers/top/screen.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "tidemill/cli/one_line.h"
#include "tidemill/data/utf8.h"

namespace tidemill {
namespace {

constexpr std::size_t kMaxFilter = 64;
constexpr std::size_t kToEnd = static_cast<std::size_t>(1) << 40U;

struct Sequence {
  std::string_view bytes;
  std::string_view name;
};

/// What terminals send for the keys that are no characters.
constexpr std::array<Sequence, 14> kSequences = {{
    {"\x1b[A", "up"},
    {"\x1bOA", "up"},
    {"\x1b[B", "down"},
    {"\x1bOB", "down"},
    {"\x1b[5~", "page up"},
    {"\x1b[6~", "page down"},
    {"\x1b[H", "home"},
    {"\x1bOH", "home"},
    {"\x1b[1~", "home"},
    {"\x1b[F", "end"},
    {"\x1bOF", "end"},
    {"\x1b[4~", "end"},
    {"\x7f", "backspace"},
    {"\b", "backspace"},
}};

/// Of a sequence that no key of ours has: it must not be taken for letters.
std::size_t UnknownSequenceSize(std::string_view bytes) {
  if (bytes.size() < 2) return 1;
  if (bytes[1] == 'O') return std::min<std::size_t>(3, bytes.size());
  if (bytes[1] != '[') return 1;
  std::size_t size = 2;
  while (size < bytes.size() && (bytes[size] < '@' || bytes[size] > '~')) {
    ++size;
  }
  return std::min(size + 1, bytes.size());
}

std::size_t CharacterSize(std::string_view bytes) {
  std::size_t size = 1;
  while (size < bytes.size() &&
         (static_cast<unsigned char>(bytes[size]) & 0xc0U) == 0x80U) {
    ++size;
  }
  return size;
}

std::string_view Style(ViewLine::Kind kind) {
  switch (kind) {
    case ViewLine::Kind::kHeading:
      return "\x1b[1m";
    case ViewLine::Kind::kBad:
      return "\x1b[31m";
    case ViewLine::Kind::kPlain:
      break;
  }
  return "";
}

}  // namespace

void TopScreen::Show(TopFigures figures) {
  figures_ = std::move(figures);
  has_figures_ = true;
}

TopScreen::Key TopScreen::FirstKey(std::string_view bytes) {
  for (const Sequence& sequence : kSequences) {
    if (bytes.starts_with(sequence.bytes)) {
      return {sequence.name, sequence.bytes.size()};
    }
  }
  if (bytes.front() != '\x1b') {
    const std::size_t size = CharacterSize(bytes);
    return {bytes.substr(0, size), size};
  }
  const std::size_t size = UnknownSequenceSize(bytes);
  return {size == 1 ? "escape" : "unknown", size};
}

bool TopScreen::Press(std::string_view bytes) {
  while (!bytes.empty()) {
    const Key key = FirstKey(bytes);
    if (!PressKey(key.name)) return false;
    bytes.remove_prefix(key.size);
  }
  return true;
}

bool TopScreen::PressKey(std::string_view key) {
  if (typing_) {
    TypeKey(key);
  } else if (key == "q") {
    return false;
  } else if (key == "s") {
    options_.order = static_cast<DriftOrder>(
        (static_cast<std::size_t>(options_.order) + 1) % kNumDriftOrders);
  } else if (key == "f") {
    typing_ = true;
    options_.filter.clear();
  } else if (key == "escape") {
    options_.filter.clear();
  } else {
    Scroll(key);
  }
  return true;
}

void TopScreen::TypeKey(std::string_view key) {
  std::string& filter = options_.filter;
  if (key == "\n" || key == "\r") {
    typing_ = false;
  } else if (key == "escape") {
    typing_ = false;
    filter.clear();
  } else if (key == "backspace") {
    while (!filter.empty() &&
           (static_cast<unsigned char>(filter.back()) & 0xc0U) == 0x80U) {
      filter.pop_back();
    }
    if (!filter.empty()) filter.pop_back();
  } else if (CharacterSize(key) == key.size() &&
             static_cast<unsigned char>(key[0]) >= 0x20 &&
             FindInvalidUtf8(key) == key.size() &&
             filter.size() + key.size() <= kMaxFilter) {
    filter += key;
  }
}

void TopScreen::Scroll(std::string_view key) {
  const std::size_t page = body_rows();
  const auto back = [this](std::size_t lines) {
    first_ -= std::min(first_, lines);
  };
  if (key == "j" || key == "down") {
    ++first_;
  } else if (key == "k" || key == "up") {
    back(1);
  } else if (key == "page down" || key == " ") {
    first_ += page;
  } else if (key == "page up") {
    back(page);
  } else if (key == "home") {
    first_ = 0;
  } else if (key == "end") {
    first_ = kToEnd;
  }
}

std::size_t TopScreen::body_rows() const {
  return size_.rows > 2 ? size_.rows - 2 : 1;
}

std::string TopScreen::Footer(std::size_t lines) const {
  if (typing_) {
    return fmt::format("filter: {}_  (Enter: keep, Esc: none)",
                       OneLine(options_.filter));
  }
  std::string text =
      fmt::format("q quit  s sort: {}  f filter{}", ToText(options_.order),
                  options_.filter.empty()
                      ? ""
                      : ": " + OneLine(options_.filter) + " (Esc: none)");
  if (lines > body_rows()) {
    text += fmt::format("  j/k lines {}-{} of {}", first_ + 1,
                        std::min(lines, first_ + body_rows()), lines);
  }
  return text;
}

std::string TopScreen::Frame() {
  options_.width = size_.columns;
  const std::vector<ViewLine> lines =
      has_figures_ ? ViewLines(figures_, options_) : std::vector<ViewLine>{};
  const std::size_t rows = body_rows();
  first_ = std::min(first_, lines.size() > rows ? lines.size() - rows : 0);
  std::string frame = "\x1b[H";
  const auto add = [&](const std::string& text, std::string_view style) {
    const bool styled = color_ && !style.empty();
    if (styled) frame += style;
    frame += CutTo(text, size_.columns);
    if (styled) frame += "\x1b[0m";
    frame += "\x1b[K";
  };
  add(OneLine(title_), "\x1b[1m");
  for (std::size_t i = 0; i < rows && first_ + i < lines.size(); ++i) {
    frame += "\r\n";
    add(lines[first_ + i].text, Style(lines[first_ + i].kind));
  }
  frame += "\x1b[J";
  if (size_.rows > 2) {
    frame += fmt::format("\x1b[{};1H", size_.rows);
    add(Footer(lines.size()), "\x1b[1m");
  }
  return frame;
}

}  // namespace tidemill
