#include "consumers/top/text.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <system_error>

#include <fmt/format.h>

#include "tidemill/cli/one_line.h"
#include "tidemill/data/utf8.h"

namespace tidemill {
namespace {

constexpr std::size_t kMaxQuoted = 60;

bool IsBlank(char c) { return c == ' ' || c == '\t'; }

bool IsLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

/// As Go reads it, without hexadecimal forms, which the format has not.
std::optional<double> ParseValue(std::string_view text) {
  const bool plus = text.starts_with('+');
  if (plus) text.remove_prefix(1);
  if (text.empty() || (plus && text.starts_with('-'))) return std::nullopt;
  if (text.find('(') != std::string_view::npos) return std::nullopt;
  double value = 0.0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (stop != end || error == std::errc::invalid_argument) return std::nullopt;
  if (error == std::errc{}) {
    const bool nan_with_sign = std::isnan(value) && (plus || text[0] == '-');
    return nan_with_sign ? std::nullopt : std::optional(value);
  }
  // Out of range: too small is 0, too large is refused.
  value = std::strtod(std::string(text).c_str(), nullptr);
  return std::isinf(value) ? std::nullopt : std::optional(value);
}

bool HasLabel(const MetricsSample& sample, std::string_view name) {
  return std::any_of(sample.labels.begin(), sample.labels.end(),
                     [&](const auto& label) { return label.first == name; });
}

/// Takes one line apart, from its start on. Each step answers false at the
/// first fault and leaves the reader standing there.
class LineReader {
 public:
  explicit LineReader(std::string_view line) : rest_(line) {}

  bool Read(MetricsSample& sample) {
    sample = {};
    return ReadName(sample.name) && ReadLabels(sample) &&
           ReadNumber(sample.value) && ReadTimestamp();
  }

  const char* expected() const { return expected_; }
  std::string_view rest() const { return rest_; }

 private:
  bool Expected(const char* what) {
    expected_ = what;
    return false;
  }

  void SkipBlanks() {
    while (!rest_.empty() && IsBlank(rest_.front())) rest_.remove_prefix(1);
  }

  bool Take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  std::string_view TakeWord() {
    const std::string_view word = rest_.substr(0, rest_.find_first_of(" \t"));
    rest_.remove_prefix(word.size());
    return word;
  }

  bool ReadWord(std::string& word, bool colon, const char* what) {
    std::size_t size = 0;
    while (size < rest_.size() &&
           (IsLetter(rest_[size]) || (colon && rest_[size] == ':') ||
            (size > 0 && IsDigit(rest_[size])))) {
      ++size;
    }
    if (size == 0) return Expected(what);
    word = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return true;
  }

  bool ReadName(std::string& name) {
    return ReadWord(name, true, "a metric's name");
  }

  bool ReadLabels(MetricsSample& sample) {
    const bool blank = !rest_.empty() && IsBlank(rest_.front());
    SkipBlanks();
    if (!Take('{')) return blank || Expected("a blank or labels");
    while (true) {
      SkipBlanks();
      if (Take('}')) return true;
      if (!ReadLabel(sample)) return false;
      SkipBlanks();
      if (!Take(',') && !rest_.starts_with('}')) return Expected("',' or '}'");
    }
  }

  bool ReadLabel(MetricsSample& sample) {
    std::string name;
    if (!ReadWord(name, false, "a label's name")) return false;
    if (name == "__name__" || HasLabel(sample, name)) {
      return Expected("a label's name that is free");
    }
    if (sample.labels.size() == kMaxLabels) {
      return Expected("at most 32 labels");
    }
    SkipBlanks();
    if (!Take('=')) return Expected("'='");
    SkipBlanks();
    std::string value;
    if (!ReadQuoted(value)) return false;
    sample.labels.emplace_back(std::move(name), std::move(value));
    return true;
  }

  bool ReadQuoted(std::string& value) {
    if (!Take('"')) return Expected("a value in quotes");
    while (!Take('"')) {
      const std::size_t plain = rest_.find_first_of("\"\\");
      if (plain == std::string_view::npos) return Expected("a closing quote");
      value += rest_.substr(0, plain);
      rest_.remove_prefix(plain);
      if (rest_.front() == '\\' && !ReadEscape(value)) return false;
    }
    return FindInvalidUtf8(value) == value.size() ||
           Expected("UTF-8 in a label");
  }

  bool ReadEscape(std::string& value) {
    const char c = rest_.size() > 1 ? rest_[1] : '\0';
    if (c != 'n' && c != '"' && c != '\\') {
      return Expected("one of the escapes \\n, \\\" and \\\\");
    }
    value += c == 'n' ? '\n' : c;
    rest_.remove_prefix(2);
    return true;
  }

  bool ReadNumber(double& value) {
    SkipBlanks();
    const std::string_view before = rest_;
    const std::optional<double> number = ParseValue(TakeWord());
    if (!number) {
      rest_ = before;
      return Expected("a number");
    }
    value = *number;
    return true;
  }

  bool ReadTimestamp() {
    if (rest_.empty()) return true;
    SkipBlanks();
    const std::string_view before = rest_;
    std::string_view word = TakeWord();
    if (word.size() > 1 && word[0] == '+' && word[1] != '-') {
      word.remove_prefix(1);
    }
    std::int64_t milliseconds = 0;
    const char* end = word.data() + word.size();
    const auto [stop, error] = std::from_chars(word.data(), end, milliseconds);
    if (error != std::errc{} || stop != end) {
      rest_ = before;
      return Expected("a timestamp");
    }
    return rest_.empty() || Expected("the line's end");
  }

  std::string_view rest_;
  const char* expected_ = "";
};

void Complain(std::size_t line, std::string_view expected, std::string_view got,
              MetricsText& text) {
  if (++text.bad_lines > kMaxComplaints) return;
  const std::string quoted =
      got.empty() ? "the line's end"
                  : "'" + std::string(got.substr(0, kMaxQuoted)) + "'";
  text.complaints.push_back(OneLine(
      fmt::format("line {}: expected {}, got {}", line, expected, quoted)));
}

bool IsWanted(std::string_view name) {
  return name.starts_with("tidemill_") || name == "process_start_time_seconds";
}

void ReadLine(std::string_view line, std::size_t number, MetricsText& text) {
  while (!line.empty() && IsBlank(line.front())) line.remove_prefix(1);
  if (line.empty() || line.front() == '#') return;
  MetricsSample sample;
  LineReader reader(line);
  if (!reader.Read(sample)) {
    Complain(number, reader.expected(), reader.rest(), text);
  } else if (!IsWanted(sample.name)) {
    ++text.others;
  } else if (text.samples.size() == kMaxSamples) {
    ++text.left_out;
  } else {
    text.samples.push_back(std::move(sample));
  }
}

}  // namespace

std::string_view MetricsSample::Label(std::string_view label) const {
  for (const auto& pair : labels) {
    if (pair.first == label) return pair.second;
  }
  return {};
}

MetricsText ParseMetricsText(std::string_view text) {
  MetricsText read;
  std::size_t number = 0;
  while (!text.empty()) {
    ++number;
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) {
      // A value that was cut off reads as a smaller one.
      Complain(number, "a newline behind the last line", text, read);
      break;
    }
    ReadLine(text.substr(0, end), number, read);
    text.remove_prefix(end + 1);
  }
  return read;
}

}  // namespace tidemill
