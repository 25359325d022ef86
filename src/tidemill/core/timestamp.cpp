#include "tidemill/core/timestamp.h"

#include <chrono>

namespace tidemill {
namespace {

using std::chrono::days;
using std::chrono::sys_days;
using std::chrono::year_month_day;

constexpr std::int64_t kSecondUs = 1'000'000;
constexpr std::int64_t kDaySeconds = 86'400;

/// A cursor over the text; every reader answers whether it matched.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {}

  bool AtEnd() const { return at_ == text_.size(); }
  char Peek() const { return AtEnd() ? '\0' : text_[at_]; }

  bool Take(char wanted) {
    if (Peek() != wanted) return false;
    ++at_;
    return true;
  }

  bool Digits(int count, int& value) {
    value = 0;
    for (int i = 0; i < count; ++i) {
      if (!IsDigit(Peek())) return false;
      value = value * 10 + (text_[at_++] - '0');
    }
    return true;
  }

  /// A fraction's digits, cut to microseconds.
  bool Fraction(std::int64_t& microseconds) {
    if (!IsDigit(Peek())) return false;
    std::int64_t unit = kSecondUs / 10;
    for (microseconds = 0; IsDigit(Peek()); ++at_, unit /= 10) {
      microseconds += unit * (text_[at_] - '0');
    }
    return true;
  }

 private:
  static bool IsDigit(char c) { return c >= '0' && c <= '9'; }

  std::string_view text_;
  std::size_t at_ = 0;
};

bool ReadDate(Cursor& cursor, std::int64_t& day_number) {
  int year = 0;
  int month = 0;
  int day = 0;
  if (!cursor.Digits(4, year) || !cursor.Take('-') ||
      !cursor.Digits(2, month) || !cursor.Take('-') || !cursor.Digits(2, day)) {
    return false;
  }
  const year_month_day date{std::chrono::year{year},
                            std::chrono::month{static_cast<unsigned>(month)},
                            std::chrono::day{static_cast<unsigned>(day)}};
  if (year == 0 || !date.ok()) return false;
  day_number = sys_days{date}.time_since_epoch().count();
  return true;
}

bool ReadTime(Cursor& cursor, std::int64_t& microseconds) {
  int hour = 0;
  int minute = 0;
  int second = 0;
  std::int64_t fraction = 0;
  if (!cursor.Digits(2, hour) || !cursor.Take(':') ||
      !cursor.Digits(2, minute)) {
    return false;
  }
  if (cursor.Take(':')) {
    if (!cursor.Digits(2, second)) return false;
    if (cursor.Take('.') && !cursor.Fraction(fraction)) return false;
  }
  if (hour > 23 || minute > 59 || second > 60) return false;
  if (second == 60) second = 59;
  microseconds = ((hour * 60 + minute) * 60 + second) * kSecondUs + fraction;
  return true;
}

bool ReadOffset(Cursor& cursor, std::int32_t& offset_s) {
  offset_s = 0;
  if (cursor.AtEnd() || cursor.Take('Z') || cursor.Take('z')) return true;
  const bool west = cursor.Peek() == '-';
  if (!cursor.Take('-') && !cursor.Take('+')) return false;
  int hours = 0;
  int minutes = 0;
  if (!cursor.Digits(2, hours)) return false;
  if (cursor.Take(':')) {
    if (!cursor.Digits(2, minutes)) return false;
  } else if (!cursor.AtEnd() && !cursor.Digits(2, minutes)) {
    return false;
  }
  if (hours > 23 || minutes > 59) return false;
  offset_s = (hours * 60 + minutes) * 60 * (west ? -1 : 1);
  return true;
}

char* WriteDigits(char* out, int count, std::int64_t value) {
  for (int i = count - 1; i >= 0; --i, value /= 10) {
    out[i] = static_cast<char>('0' + value % 10);
  }
  return out + count;
}

}  // namespace

std::optional<Timestamp> ParseTimestamp(std::string_view text) {
  Cursor cursor(text);
  std::int64_t day_number = 0;
  std::int64_t time_us = 0;
  Timestamp result;
  if (!ReadDate(cursor, day_number)) return std::nullopt;
  if (!cursor.AtEnd()) {
    if (!cursor.Take('T') && !cursor.Take(' ') && !cursor.Take('t')) {
      return std::nullopt;
    }
    if (!ReadTime(cursor, time_us)) return std::nullopt;
    if (!ReadOffset(cursor, result.offset_s)) return std::nullopt;
    if (!cursor.AtEnd()) return std::nullopt;
  }
  result.utc_us =
      (day_number * kDaySeconds - result.offset_s) * kSecondUs + time_us;
  return result;
}

char* WriteUtc(std::int64_t utc_us, char* out) {
  const std::chrono::sys_time<std::chrono::microseconds> instant{
      std::chrono::microseconds{utc_us}};
  const auto day = std::chrono::floor<days>(instant);
  const year_month_day date{day};
  std::int64_t rest = (instant - day).count();
  out = WriteDigits(out, 4, static_cast<int>(date.year()));
  *out++ = '-';
  out = WriteDigits(out, 2, static_cast<unsigned>(date.month()));
  *out++ = '-';
  out = WriteDigits(out, 2, static_cast<unsigned>(date.day()));
  *out++ = 'T';
  const std::int64_t seconds = rest / kSecondUs;
  out = WriteDigits(out, 2, seconds / 3600);
  *out++ = ':';
  out = WriteDigits(out, 2, seconds / 60 % 60);
  *out++ = ':';
  out = WriteDigits(out, 2, seconds % 60);
  *out++ = '.';
  out = WriteDigits(out, 6, rest % kSecondUs);
  *out++ = 'Z';
  return out;
}

std::string UtcText(std::int64_t utc_us) {
  std::string text(kUtcTextSize, '\0');
  text.resize(
      static_cast<std::size_t>(WriteUtc(utc_us, text.data()) - text.data()));
  return text;
}

}  // namespace tidemill
