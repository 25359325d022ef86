#include "tidemill/data/column_profile.h"

#include <xxhash.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "tidemill/core/timestamp.h"
#include "tidemill/data/cell_text.h"
#include "tidemill/data/csv_table.h"
#include "tidemill/data/name_words.h"
#include "tidemill/wire/field_values.h"

namespace tidemill {
namespace {

constexpr std::size_t kMaxShownBytes = 128;
constexpr std::size_t kMaxTop = 100;
constexpr double kNoNumber = std::numeric_limits<double>::quiet_NaN();
/// From this share on the few others look like mistakes.
constexpr double kMostly = 0.95;
/// From so many words on a text is a sentence rather than a name.
constexpr double kManyWords = 4.0;
/// From this share on they are numbers when all others say "nothing".
constexpr double kLeastBesideMarkers = 0.1;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

/// Cut between two characters.
std::string Shown(std::string_view text) {
  if (text.size() <= kMaxShownBytes) return std::string(text);
  std::size_t end = kMaxShownBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) {
    --end;
  }
  return std::string(text.substr(0, end)) + "...";
}

bool IsCut(const std::string& shown) { return shown.size() > kMaxShownBytes; }

bool IsBefore(const ValueCount& a, const ValueCount& b) {
  return a.count != b.count ? a.count > b.count : a.value < b.value;
}

/// Two values that only blanks at their ends tell apart; "" when there are
/// none.
std::string BlanksNote(
    const std::vector<std::pair<std::uint64_t, ValueCount>>& sorted) {
  std::unordered_map<std::string_view, const std::string*> known;
  std::string first;
  std::size_t more = 0;
  for (const auto& [hash, entry] : sorted) {
    if (IsCut(entry.value)) continue;
    const auto [of, added] = known.try_emplace(Trim(entry.value), &entry.value);
    if (added) continue;
    if (++more == 1)
      first = fmt::format("'{}' and '{}'", *of->second, entry.value);
  }
  if (more == 0) return "";
  return fmt::format(
      "blanks at their ends alone tell values apart: {}{} (the classes of a "
      "target are taken without them)",
      first, more > 1 ? fmt::format(" and {} more", more - 1) : "");
}

/// A code rather than a quantity: 01234.
bool HasLeadingZero(std::string_view text) {
  return text.size() > 1 && text[0] == '0' &&
         std::all_of(text.begin(), text.end(), IsDigit);
}

/// 23.3.2019, 03/23/19, 23-03-2019, 2019/03/23, 2019-3-23, after them
/// only a time. For texts that are no timestamp to us.
bool LooksLikeOtherDate(std::string_view text) {
  const std::size_t end = std::min(text.find_first_of(" T"), text.size());
  if (end + 1 < text.size() && !IsDigit(text[end + 1])) return false;
  std::array<std::size_t, 3> digits{};
  std::size_t part = 0;
  char separator = '\0';
  for (const char c : text.substr(0, end)) {
    if (IsDigit(c)) {
      ++digits[part];
      continue;
    }
    if (std::string_view("./-").find(c) == std::string_view::npos) return false;
    if (separator != '\0' && c != separator) return false;
    separator = c;
    if (++part == digits.size()) return false;
  }
  const auto short_part = [&](std::size_t i) {
    return digits[i] == 1 || digits[i] == 2;
  };
  const bool year_last = short_part(0) && (digits[2] == 2 || digits[2] == 4);
  const bool year_first = digits[0] == 4 && short_part(2);
  return part == 2 && short_part(1) && (year_last || year_first);
}

/// What programs and people write where there is nothing.
bool IsMissingMarker(std::string_view text) {
  static constexpr std::array<std::string_view, 9> kMarkers = {
      "na", "n/a", "#n/a", "nan", "null", "none", "-", "--", "?"};
  constexpr std::size_t kLongest = 4;
  if (text.size() > kLongest) return false;
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return std::find(kMarkers.begin(), kMarkers.end(), lower) != kMarkers.end();
}

std::size_t CountWords(std::string_view text) {
  std::size_t words = 0;
  bool within = false;
  for (const char c : text) {
    const bool letter = c != ' ' && c != '\t' && c != '\n';
    if (letter && !within) ++words;
    within = letter;
  }
  return words;
}

}  // namespace

std::string_view ToText(GuessedType type) {
  static constexpr std::array<std::string_view, 9> kNames = {
      "empty",    "boolean", "integer", "number", "timestamp",
      "category", "text",    "id",      "nested"};
  return kNames[static_cast<std::size_t>(type)];
}

ColumnProfile::ColumnProfile(std::string name, std::uint64_t rows_before,
                             char decimal, CountBudget& budget)
    : name_(std::move(name)),
      decimal_(decimal),
      budget_(&budget),
      rows_(rows_before),
      missing_(rows_before) {}

ColumnProfile::Seen ColumnProfile::Add(const CellValue& value,
                                       std::size_t line) {
  ++rows_;
  if (value.kind == CellValue::Kind::kMissing ||
      (value.kind == CellValue::Kind::kCell && IsBlank(value.text))) {
    ++missing_;
    return {.hash = 0, .number = kNoNumber};
  }
  if (rows_ - missing_ == 1) example_ = Shown(value.text);
  const std::uint64_t hash = std::max<std::uint64_t>(
      1, XXH3_64bits(value.text.data(), value.text.size()));
  Count(hash, value.text);
  const std::uint64_t before = numbers_;
  const double number = LookAt(value);
  if (numbers_ == before && odd_line_ == 0) {
    odd_value_ = Shown(value.text);
    odd_line_ = line;
  }
  return {.hash = hash, .number = number};
}

void ColumnProfile::Count(std::uint64_t hash, std::string_view text) {
  sketch_.Add(hash);
  const auto known = counts_.find(hash);
  if (known != counts_.end()) {
    ++known->second.count;
    return;
  }
  if (!counting_) return;
  if (counts_.size() == kMaxCounted || budget_->left == 0) {
    budget_->left += counts_.size();
    counts_ = {};
    counting_ = false;
    return;
  }
  --budget_->left;
  counts_.emplace(hash, ValueCount{.value = Shown(text), .count = 1});
}

double ColumnProfile::LookAt(const CellValue& value) {
  switch (value.kind) {
    case CellValue::Kind::kCell:
    case CellValue::Kind::kNumber:
      return LookAtCell(value.text);
    case CellValue::Kind::kBoolean:
      ++booleans_;
      AddNumber(value.text == "true" ? 1.0 : 0.0);
      return value.text == "true" ? 1.0 : 0.0;
    case CellValue::Kind::kText:
      if (const auto time = ParseTimestamp(value.text)) {
        ++timestamps_;
        AddNumber(static_cast<double>(time->utc_us));
        return static_cast<double>(time->utc_us);
      }
      LookAtText(value.text);
      return kNoNumber;
    case CellValue::Kind::kNested:
      ++nested_;
      return kNoNumber;
    case CellValue::Kind::kMissing:
      break;
  }
  return kNoNumber;
}

double ColumnProfile::LookAtCell(std::string_view cell) {
  const std::string_view text = Trim(cell);
  std::string scratch;
  const std::string_view pointed = WithPoint(text, decimal_, scratch);
  if (const auto number = ParseNumberCell(pointed)) {
    ++numbers_;
    if (HasLeadingZero(text)) ++leading_zeros_;
    if (text[0] == '+' || text[0] == '-') ++signs_;
    if (pointed.find_first_of(".eE") == std::string_view::npos) {
      ++whole_numbers_;
    }
    AddNumber(*number);
    return *number;
  }
  if (text.size() == 4 || text.size() == 5) {
    for (const auto& [word, value] : {std::pair("true", 1.0),
                                      {"True", 1.0},
                                      {"TRUE", 1.0},
                                      {"false", 0.0},
                                      {"False", 0.0},
                                      {"FALSE", 0.0}}) {
      if (text != word) continue;
      ++booleans_;
      AddNumber(value);
      return value;
    }
  }
  if (const auto time = ParseTimestamp(text)) {
    ++timestamps_;
    AddNumber(static_cast<double>(time->utc_us));
    return static_cast<double>(time->utc_us);
  }
  LookAtText(text);
  return kNoNumber;
}

void ColumnProfile::LookAtText(std::string_view text) {
  text_bytes_ += text.size();
  const std::size_t words = CountWords(text);
  words_ += words;
  with_space_ += words > 1;
  if (HasDecimalComma(text)) ++decimal_commas_;
  if (IsMissingMarker(text)) ++markers_;
  if (LooksLikeOtherDate(text)) ++other_dates_;
}

void ColumnProfile::AddNumber(double value) {
  if (figures_ == 0) {
    minimum_ = maximum_ = value;
  } else if (value != maximum_ + 1.0) {
    counts_up_ = false;
  }
  minimum_ = std::min(minimum_, value);
  maximum_ = std::max(maximum_, value);
  sum_ += value;
  ++figures_;
}

ColumnSummary ColumnProfile::Summary() {
  ColumnSummary summary;
  summary.name = name_;
  summary.rows = rows_;
  summary.missing = missing_;
  const std::uint64_t values = rows_ - missing_;
  summary.distinct_exact = counting_;
  summary.distinct =
      counting_ ? counts_.size() : std::min(values, sketch_.Estimate());
  // The sketch's error is 1.6%: five of them.
  constexpr double kAlmostAll = 0.92;
  summary.unique = counting_ ? summary.distinct == values
                             : static_cast<double>(summary.distinct) >=
                                   kAlmostAll * static_cast<double>(values);
  // 2^53, which 2^53 + 1 is read as.
  constexpr double kMaxInteger = 9007199254740992.0;
  summary.integers = values > 0 && whole_numbers_ == values &&
                     leading_zeros_ == 0 && minimum_ > -kMaxInteger &&
                     maximum_ < kMaxInteger;
  summary.signs = signs_ > 0;
  summary.many_words = MeanWords() >= kManyWords;
  summary.decimal_commas =
      decimal_commas_ > 0 && decimal_commas_ + numbers_ + markers_ == values;
  summary.example = example_;
  summary.type = Guess(summary);
  if (figures_ > 0) {
    summary.minimum = minimum_;
    summary.maximum = maximum_;
    summary.mean = sum_ / static_cast<double>(figures_);
  }
  const Counted sorted = SortedCounts();
  for (const auto& [hash, entry] : sorted) {
    if (summary.top.size() < kMaxTop) summary.top.push_back(entry);
  }
  AddClasses(sorted, summary);
  AddNotes(sorted, summary);
  return summary;
}

ColumnProfile::Counted ColumnProfile::SortedCounts() const {
  Counted sorted(counts_.begin(), counts_.end());
  std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) {
    return IsBefore(a.second, b.second);
  });
  return sorted;
}

void ColumnProfile::AddClasses(const Counted& sorted,
                               ColumnSummary& summary) const {
  struct Class {
    std::uint64_t hash;
    std::size_t place;
  };
  std::unordered_map<std::string, Class> known;
  std::string scratch;
  for (const auto& [hash, entry] : sorted) {
    // What was cut tells two values apart by their hash alone.
    const std::string text =
        IsCut(entry.value)
            ? entry.value + std::to_string(hash)
            : ClassText(WithPoint(entry.value, decimal_, scratch));
    const auto [of, added] =
        known.try_emplace(text, Class{hash, summary.classes.size()});
    if (added) {
      summary.classes.push_back(
          {.value = std::string(Trim(entry.value)), .count = entry.count});
    } else {
      summary.classes[of->second.place].count += entry.count;
      summary.spellings.emplace(hash, of->second.hash);
    }
  }
  summary.num_classes = counting_ ? known.size() : summary.distinct;
  std::sort(summary.classes.begin(), summary.classes.end(), IsBefore);
  if (summary.classes.size() > kMaxTop) summary.classes.resize(kMaxTop);
}

GuessedType ColumnProfile::Guess(const ColumnSummary& summary) const {
  const std::uint64_t values = rows_ - missing_;
  if (values == 0) return GuessedType::kEmpty;
  if (nested_ > 0) return GuessedType::kNested;
  if (booleans_ == values) return GuessedType::kBoolean;
  if (timestamps_ == values) return GuessedType::kTimestamp;
  if (numbers_ < values || leading_zeros_ > 0) return GuessTextType(summary);
  if (whole_numbers_ < values) return GuessedType::kNumber;
  constexpr std::uint64_t kFewRows = 20;
  const bool numbered = counts_up_ && values >= kFewRows && missing_ == 0;
  return summary.unique && (IsNamedId() || numbered) ? GuessedType::kId
                                                     : GuessedType::kInteger;
}

GuessedType ColumnProfile::GuessTextType(const ColumnSummary& summary) const {
  const auto values = static_cast<double>(rows_ - missing_);
  const auto texts = std::max(1.0, values - static_cast<double>(numbers_));
  const double share = static_cast<double>(summary.distinct) / values;
  const double mean_bytes = static_cast<double>(text_bytes_) / texts;
  const double mean_words = MeanWords();
  constexpr double kFewRows = 20;
  constexpr double kLongestId = 48;
  const bool spaced = static_cast<double>(with_space_) > 0.1 * texts;
  const bool code = mean_bytes <= kLongestId && !spaced;
  if (summary.unique && code && (values >= kFewRows || IsNamedId())) {
    return GuessedType::kId;
  }
  // Sentences, or texts that hardly ever come again.
  if (values >= kFewRows && share > 0.5 &&
      (mean_words >= kManyWords || share > 0.9)) {
    return GuessedType::kText;
  }
  return GuessedType::kCategory;
}

double ColumnProfile::MeanWords() const {
  const std::uint64_t texts = rows_ - missing_ - numbers_;
  return static_cast<double>(words_) /
         static_cast<double>(std::max<std::uint64_t>(1, texts));
}

bool ColumnProfile::IsNamedId() const {
  const std::vector<std::string> words = NameWords(name_);
  return std::any_of(words.begin(), words.end(), [](const std::string& word) {
    return word == "id" || word == "uuid" || word == "guid" || word == "key";
  });
}

void ColumnProfile::AddNotes(const Counted& sorted,
                             ColumnSummary& summary) const {
  const std::uint64_t values = rows_ - missing_;
  const auto note = [&](std::string text) {
    summary.notes.push_back(std::move(text));
  };
  const bool textual = summary.type == GuessedType::kCategory ||
                       summary.type == GuessedType::kText ||
                       summary.type == GuessedType::kId;
  if (!textual || values == 0) return;
  const double share =
      static_cast<double>(numbers_) / static_cast<double>(values);
  const bool marked =
      markers_ == values - numbers_ && share >= kLeastBesideMarkers;
  if (numbers_ < values && (marked || share >= kMostly)) {
    note(
        fmt::format("all numbers but {}, the first in line {}: '{}' (only an "
                    "empty cell is missing)",
                    values - numbers_, odd_line_, odd_value_));
  }
  if (leading_zeros_ > 0 && numbers_ == values) {
    note("digits with leading zeros: taken for codes, not for numbers");
  }
  if (summary.decimal_commas) {
    note("numbers with a decimal comma: say --decimal ,");
  }
  if (std::string blanks = BlanksNote(sorted); !blanks.empty()) {
    note(std::move(blanks));
  }
  if (other_dates_ > 0 && other_dates_ + timestamps_ == values) {
    note(
        "dates of another form than 2019-03-23 or 2019-03-23T20:21:09Z: only "
        "these are read as times");
  }
}

}  // namespace tidemill
