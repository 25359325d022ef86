#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <limits>
#include <numbers>
#include <optional>
#include <utility>

#include "tidemill/core/errors.h"
#include "tidemill/features/step.h"
#include "tidemill/features/wall_clock.h"

namespace tidemill {
namespace {

/// What an artifact keeps: append only.
enum class Part : std::uint8_t {
  kYear,
  kQuarter,
  kMonth,
  kDayOfMonth,
  kDayOfYear,
  kDayOfWeek,
  kWeekend,
  kHour,
  kMinute,
  kSecond,
  kMinuteOfDay,
  kSemester,
  kWeek,
  kMonthStart,
  kMonthEnd,
  kQuarterStart,
  kQuarterEnd,
  kYearStart,
  kYearEnd,
  kLeapYear,
  kDaysInMonth,
};

struct PartInfo {
  std::string_view name;
  int first;   ///< least value
  int period;  ///< values until it starts over; 0 = never
};

constexpr std::array<PartInfo, 21> kParts = {{{"year", 0, 0},
                                              {"quarter", 1, 4},
                                              {"month", 1, 12},
                                              {"day_of_month", 1, 31},
                                              {"day_of_year", 1, 366},
                                              {"day_of_week", 0, 7},
                                              {"weekend", 0, 0},
                                              {"hour", 0, 24},
                                              {"minute", 0, 60},
                                              {"second", 0, 60},
                                              {"minute_of_day", 0, 1440},
                                              {"semester", 1, 2},
                                              {"week", 1, 53},
                                              {"month_start", 0, 0},
                                              {"month_end", 0, 0},
                                              {"quarter_start", 0, 0},
                                              {"quarter_end", 0, 0},
                                              {"year_start", 0, 0},
                                              {"year_end", 0, 0},
                                              {"leap_year", 0, 0},
                                              {"days_in_month", 0, 0}}};

/// What `features_to_extract: all` and nothing at all stand for, in the
/// origin's order.
constexpr std::array<Part, 20> kAll = {
    Part::kMonth,      Part::kQuarter,     Part::kSemester,
    Part::kYear,       Part::kWeek,        Part::kDayOfWeek,
    Part::kDayOfMonth, Part::kDayOfYear,   Part::kWeekend,
    Part::kMonthStart, Part::kMonthEnd,    Part::kQuarterStart,
    Part::kQuarterEnd, Part::kYearStart,   Part::kYearEnd,
    Part::kLeapYear,   Part::kDaysInMonth, Part::kHour,
    Part::kMinute,     Part::kSecond};
constexpr std::array<Part, 7> kDefault = {
    Part::kMonth, Part::kYear,   Part::kDayOfWeek, Part::kDayOfMonth,
    Part::kHour,  Part::kMinute, Part::kSecond};

const PartInfo& InfoOf(Part part) {
  return kParts[static_cast<std::size_t>(part)];
}

std::optional<Part> ParsePart(std::string_view name) {
  for (std::size_t i = 0; i < kParts.size(); ++i) {
    if (kParts[i].name == name) return static_cast<Part>(i);
  }
  return std::nullopt;
}

int DayOfYear(std::chrono::sys_days day) {
  const std::chrono::sys_days new_year{std::chrono::year_month_day{day}.year() /
                                       std::chrono::January / 1};
  return static_cast<int>((day - new_year).count()) + 1;
}

/// 1970-01-01 was a Thursday; Monday is 0.
int DayOfWeek(std::chrono::sys_days day) {
  return static_cast<int>(((day.time_since_epoch().count() + 3) % 7 + 7) % 7);
}

/// ISO 8601: the week belongs to the year in which its Thursday lies.
int Week(std::chrono::sys_days day) {
  const auto thursday = day + std::chrono::days(3 - DayOfWeek(day));
  return (DayOfYear(thursday) - 1) / 7 + 1;
}

int DaysInMonth(const std::chrono::year_month_day& date) {
  return static_cast<int>(static_cast<unsigned>(
      (date.year() / date.month() / std::chrono::last).day()));
}

/// 1 on the first, or last, day of a period of so many months, else 0.
int IsEdge(const std::chrono::year_month_day& date, int months, bool end) {
  const auto month = static_cast<int>(static_cast<unsigned>(date.month()));
  const auto day = static_cast<int>(static_cast<unsigned>(date.day()));
  const bool holds = end ? month % months == 0 && day == DaysInMonth(date)
                         : (month - 1) % months == 0 && day == 1;
  return holds ? 1 : 0;
}

int DatePart(Part part, std::chrono::sys_days day) {
  const std::chrono::year_month_day date{day};
  const auto month = static_cast<int>(static_cast<unsigned>(date.month()));
  switch (part) {
    case Part::kYear:
      return static_cast<int>(date.year());
    case Part::kSemester:
      return (month + 5) / 6;
    case Part::kQuarter:
      return (month + 2) / 3;
    case Part::kMonth:
      return month;
    case Part::kDayOfMonth:
      return static_cast<int>(static_cast<unsigned>(date.day()));
    case Part::kDayOfYear:
      return DayOfYear(day);
    case Part::kDayOfWeek:
      return DayOfWeek(day);
    case Part::kWeekend:
      return DayOfWeek(day) >= 5 ? 1 : 0;
    case Part::kWeek:
      return Week(day);
    case Part::kMonthStart:
    case Part::kMonthEnd:
      return IsEdge(date, 1, part == Part::kMonthEnd);
    case Part::kQuarterStart:
    case Part::kQuarterEnd:
      return IsEdge(date, 3, part == Part::kQuarterEnd);
    case Part::kYearStart:
    case Part::kYearEnd:
      return IsEdge(date, 12, part == Part::kYearEnd);
    case Part::kLeapYear:
      return date.year().is_leap() ? 1 : 0;
    default:
      return DaysInMonth(date);
  }
}

int ValueOf(Part part, std::int64_t local_us) {
  const auto instant = std::chrono::sys_time<std::chrono::microseconds>(
      std::chrono::microseconds(local_us));
  const auto day = std::chrono::floor<std::chrono::days>(instant);
  const auto second = static_cast<int>(
      std::chrono::floor<std::chrono::seconds>(instant - day).count());
  switch (part) {
    case Part::kHour:
      return second / 3600;
    case Part::kMinute:
      return second / 60 % 60;
    case Part::kSecond:
      return second % 60;
    case Part::kMinuteOfDay:
      return second / 60;
    default:
      return DatePart(part, day);
  }
}

/// One part of what a clock shows, or its sine or cosine over its period.
class DatePartNumber {
 public:
  enum class Form : std::uint8_t { kValue, kSine, kCosine };

  DatePartNumber(Part part, Form form) : part_(part), form_(form) {
    if (form == Form::kValue) return;
    // One entry per value: no sine at run time, the same bits everywhere.
    const PartInfo& info = InfoOf(part);
    for (int value = 0; value < info.period; ++value) {
      const double angle =
          2.0 * std::numbers::pi * value / static_cast<double>(info.period);
      circle_.push_back(form == Form::kSine ? std::sin(angle)
                                            : std::cos(angle));
    }
  }

  double At(std::int64_t local_us) const {
    const int value = ValueOf(part_, local_us);
    return form_ == Form::kValue
               ? static_cast<double>(value)
               : circle_[static_cast<std::size_t>(value - InfoOf(part_).first)];
  }

 private:
  Part part_;
  Form form_;
  std::vector<double> circle_;
};

class DatetimeKernel final : public Kernel {
 public:
  DatetimeKernel(WallClock clock, std::shared_ptr<const DatePartNumber> part)
      : clock_(std::move(clock)), part_(std::move(part)) {}

  void Apply(std::span<const ColumnValues> inputs,
             std::span<double> out) const override {
    const Timestamp* times = inputs[0].timestamps;
    for (std::size_t i = 0; i < out.size(); ++i) {
      out[i] = times[i].missing() ? std::numeric_limits<double>::quiet_NaN()
                                  : part_->At(clock_.LocalUs(times[i]));
    }
  }

 private:
  WallClock clock_;
  std::shared_ptr<const DatePartNumber> part_;
};

/// Parts of the date and time on each column's clock; with `cyclical` the sine
/// and cosine of 2 pi (part - first) / period beside them.
///
/// Outputs: NAME_PART, then NAME_PART_sin and NAME_PART_cos, of each column;
///          the columns themselves come first when they are kept.
/// Units:   month, quarter, semester, week (ISO 8601) and days of month and
///          year count from 1; day_of_week from 0 = Monday; the rest from 0.
/// Missing: NaN in every output.
/// Source:  Feature-engine DatetimeFeatures, beside which minute_of_day and
///          the circles are ours; it has nothing to learn.
class DatetimeFeatures final : public Step {
 public:
  DatetimeFeatures(std::vector<std::string> columns,
                   std::vector<WallClock> clocks, std::vector<Part> parts,
                   std::vector<Part> cyclical, bool drop_original)
      : columns_(std::move(columns)),
        clocks_(std::move(clocks)),
        parts_(std::move(parts)),
        cyclical_(std::move(cyclical)),
        drop_original_(drop_original) {}

  std::string_view name() const override { return "DatetimeFeatures"; }

  std::vector<ExpressionPtr> Bind(
      std::span<const ExpressionPtr> inputs) const override {
    using Form = DatePartNumber::Form;
    CheckInputs(name(), inputs, columns_);
    // The columns share the parts, which hold tables.
    std::vector<std::pair<std::string, std::shared_ptr<const DatePartNumber>>>
        made;
    const auto make = [&](Part part, Form form, std::string_view suffix) {
      made.emplace_back(
          "_" + std::string(InfoOf(part).name) + std::string(suffix),
          std::make_shared<const DatePartNumber>(part, form));
    };
    for (const Part part : parts_) make(part, Form::kValue, "");
    for (const Part part : cyclical_) {
      make(part, Form::kSine, "_sin");
      make(part, Form::kCosine, "_cos");
    }
    StepOutputs outputs;
    if (!drop_original_) outputs.Add(inputs);
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      CheckKind(name(), *inputs[i], ColumnKind::kTimestamp);
      for (const auto& [suffix, part] : made) {
        outputs.Add(
            MakeKernel(inputs[i]->column.name + suffix, {inputs[i]},
                       std::make_shared<DatetimeKernel>(clocks_[i], part)));
      }
    }
    return outputs.Take();
  }

  void Save(ArtifactWriter& out) const override {
    out.Texts("columns", columns_);
    SaveClocks(clocks_, out);
    SaveParts("features_to_extract", parts_, out);
    SaveParts("cyclical", cyclical_, out);
    out.Bool("drop_original", drop_original_);
  }

  static StepPtr Load(ArtifactReader& in, int /*depth*/) {
    std::vector<std::string> columns = in.Texts("columns");
    std::vector<WallClock> clocks = LoadClocks(columns.size(), in);
    std::vector<Part> parts = LoadParts("features_to_extract", in);
    std::vector<Part> cyclical = LoadParts("cyclical", in);
    for (const Part part : cyclical) {
      if (InfoOf(part).period == 0) {
        in.Refuse("a part with a period", std::string(InfoOf(part).name));
      }
    }
    const bool drop_original = in.Bool("drop_original");
    return std::make_unique<DatetimeFeatures>(
        std::move(columns), std::move(clocks), std::move(parts),
        std::move(cyclical), drop_original);
  }

 private:
  static void SaveParts(std::string_view key, const std::vector<Part>& parts,
                        ArtifactWriter& out) {
    std::vector<std::string> names;
    for (const Part part : parts) names.emplace_back(InfoOf(part).name);
    out.Texts(key, names);
  }

  static std::vector<Part> LoadParts(std::string_view key, ArtifactReader& in) {
    std::vector<Part> parts;
    for (const std::string& name : in.Texts(key)) {
      const std::optional<Part> part = ParsePart(name);
      if (!part) in.Refuse("a known part of a date", "'" + name + "'");
      parts.push_back(*part);
    }
    if (parts.size() > kParts.size()) {
      in.Refuse("at most " + std::to_string(kParts.size()) + " parts",
                std::to_string(parts.size()));
    }
    return parts;
  }

  std::vector<std::string> columns_;
  std::vector<WallClock> clocks_;  ///< of each column
  std::vector<Part> parts_;
  std::vector<Part> cyclical_;
  bool drop_original_;
};

class DatetimeFeaturesEstimator final : public Estimator {
 public:
  explicit DatetimeFeaturesEstimator(const ParameterValue& parameters) {
    ParameterReader reader(parameters);
    parts_ = ReadParts(reader, "features_to_extract", false);
    cyclical_ = ReadParts(reader, "cyclical", true);
    if (parts_.empty() && cyclical_.empty()) {
      parts_.assign(kDefault.begin(), kDefault.end());
    }
    drop_original_ = reader.Bool("drop_original", true);
    reader.Finish();
  }

  StepPtr Fit(const Frame& inputs,
              const FitContext& /*context*/) const override {
    std::vector<std::string> columns =
        ColumnsOfKind("DatetimeFeatures", inputs, ColumnKind::kTimestamp);
    std::vector<WallClock> as_written(columns.size());
    return std::make_unique<DatetimeFeatures>(std::move(columns),
                                              std::move(as_written), parts_,
                                              cyclical_, drop_original_);
  }

 private:
  static std::vector<Part> ReadParts(ParameterReader& reader,
                                     std::string_view key, bool periodic) {
    const std::vector<std::string> texts = reader.Texts(key);
    if (!periodic && texts == std::vector<std::string>{"all"}) {
      return {kAll.begin(), kAll.end()};
    }
    std::vector<Part> parts;
    for (const std::string& text : texts) {
      const std::optional<Part> part = ParsePart(text);
      if (!part || (periodic && InfoOf(*part).period == 0)) {
        throw ConfigError(
            {.where = reader.PlaceOf(key),
             .expected =
                 (periodic ? "one of " : "all, or any of ") + Names(periodic),
             .got = "'" + text + "'"});
      }
      parts.push_back(*part);
    }
    return parts;
  }

  static std::string Names(bool periodic) {
    std::string names;
    for (const PartInfo& info : kParts) {
      if (periodic && info.period == 0) continue;
      if (!names.empty()) names += ", ";
      names += info.name;
    }
    return names;
  }

  std::vector<Part> parts_;
  std::vector<Part> cyclical_;
  bool drop_original_ = true;
};

EstimatorPtr Configure(const ParameterValue& parameters) {
  return std::make_unique<DatetimeFeaturesEstimator>(parameters);
}

}  // namespace

extern const StepFactory kDatetimeFeatures{"DatetimeFeatures", Configure,
                                           DatetimeFeatures::Load};

}  // namespace tidemill
