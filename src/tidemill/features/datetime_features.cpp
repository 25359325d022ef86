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

namespace tidemill {
namespace {

constexpr std::int64_t kDaySeconds = 86'400;

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
};

struct PartInfo {
  std::string_view name;
  int first;   ///< least value
  int period;  ///< values until it starts over; 0 = never
};

constexpr std::array<PartInfo, 11> kParts = {{{"year", 0, 0},
                                              {"quarter", 1, 4},
                                              {"month", 1, 12},
                                              {"day_of_month", 1, 31},
                                              {"day_of_year", 1, 366},
                                              {"day_of_week", 0, 7},
                                              {"weekend", 0, 0},
                                              {"hour", 0, 24},
                                              {"minute", 0, 60},
                                              {"second", 0, 60},
                                              {"minute_of_day", 0, 1440}}};

const PartInfo& InfoOf(Part part) {
  return kParts[static_cast<std::size_t>(part)];
}

int DatePart(Part part, std::chrono::sys_days day) {
  using namespace std::chrono;
  const year_month_day date{day};
  switch (part) {
    case Part::kYear:
      return static_cast<int>(date.year());
    case Part::kQuarter:
      return static_cast<int>((static_cast<unsigned>(date.month()) + 2) / 3);
    case Part::kMonth:
      return static_cast<int>(static_cast<unsigned>(date.month()));
    case Part::kDayOfMonth:
      return static_cast<int>(static_cast<unsigned>(date.day()));
    default: {  // kDayOfYear
      const sys_days new_year{date.year() / January / 1};
      return static_cast<int>((day - new_year).count()) + 1;
    }
  }
}

int ValueOf(Part part, std::int64_t local_us) {
  const auto instant = std::chrono::sys_time<std::chrono::microseconds>(
      std::chrono::microseconds(local_us));
  const auto day = std::chrono::floor<std::chrono::days>(instant);
  const auto second = static_cast<int>(
      std::chrono::floor<std::chrono::seconds>(instant - day).count());
  // 1970-01-01 was a Thursday; Monday is 0.
  const auto weekday =
      static_cast<int>(((day.time_since_epoch().count() + 3) % 7 + 7) % 7);
  switch (part) {
    case Part::kDayOfWeek:
      return weekday;
    case Part::kWeekend:
      return weekday >= 5 ? 1 : 0;
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

/// One part of the clock as written, or its sine or cosine over its period.
class DatetimeKernel final : public Kernel {
 public:
  enum class Form : std::uint8_t { kValue, kSine, kCosine };

  DatetimeKernel(Part part, Form form) : part_(part), form_(form) {
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

  void Apply(std::span<const ColumnValues> inputs,
             std::span<double> out) const override {
    const Timestamp* times = inputs[0].timestamps;
    for (std::size_t i = 0; i < out.size(); ++i) {
      if (times[i].missing()) {
        out[i] = std::numeric_limits<double>::quiet_NaN();
        continue;
      }
      const int value = ValueOf(part_, times[i].local_us());
      out[i] =
          form_ == Form::kValue
              ? static_cast<double>(value)
              : circle_[static_cast<std::size_t>(value - InfoOf(part_).first)];
    }
  }

 private:
  Part part_;
  Form form_;
  std::vector<double> circle_;
};

/// Parts of the date and time, those of the clock as written; with `cyclical`
/// the sine and cosine of 2 pi (part - first) / period beside them.
///
/// Outputs: NAME_PART, then NAME_PART_sin and NAME_PART_cos.
/// Units:   month, quarter and days of month and year count from 1;
///          day_of_week from 0 = Monday; the rest from 0.
/// Missing: NaN in every output.
/// Source:  the part names of feature-engine's DatetimeFeatures; it has
///          nothing to learn.
class DatetimeFeatures final : public Step {
 public:
  DatetimeFeatures(std::vector<std::string> columns, std::vector<Part> parts,
                   std::vector<Part> cyclical)
      : columns_(std::move(columns)),
        parts_(std::move(parts)),
        cyclical_(std::move(cyclical)) {}

  std::string_view name() const override { return "DatetimeFeatures"; }

  std::vector<ExpressionPtr> Bind(
      std::span<const ExpressionPtr> inputs) const override {
    using Form = DatetimeKernel::Form;
    CheckInputs(name(), inputs, columns_);
    // The columns share the kernels, which hold tables.
    std::vector<std::pair<std::string, std::shared_ptr<DatetimeKernel>>> made;
    const auto make = [&](Part part, Form form, std::string_view suffix) {
      made.emplace_back(
          "_" + std::string(InfoOf(part).name) + std::string(suffix),
          std::make_shared<DatetimeKernel>(part, form));
    };
    for (const Part part : parts_) make(part, Form::kValue, "");
    for (const Part part : cyclical_) {
      make(part, Form::kSine, "_sin");
      make(part, Form::kCosine, "_cos");
    }
    StepOutputs outputs;
    for (const ExpressionPtr& input : inputs) {
      CheckKind(name(), *input, ColumnKind::kTimestamp);
      for (const auto& [suffix, kernel] : made) {
        outputs.Add(MakeKernel(input->column.name + suffix, {input}, kernel));
      }
    }
    return outputs.Take();
  }

  void Save(ArtifactWriter& out) const override {
    out.Texts(columns_);
    SaveParts(parts_, out);
    SaveParts(cyclical_, out);
  }

  static StepPtr Load(ArtifactReader& in, int /*depth*/) {
    std::vector<std::string> columns = in.Texts();
    std::vector<Part> parts = LoadParts(in);
    std::vector<Part> cyclical = LoadParts(in);
    for (const Part part : cyclical) {
      if (InfoOf(part).period == 0) {
        in.Refuse("a part with a period", std::string(InfoOf(part).name));
      }
    }
    return std::make_unique<DatetimeFeatures>(
        std::move(columns), std::move(parts), std::move(cyclical));
  }

 private:
  static void SaveParts(const std::vector<Part>& parts, ArtifactWriter& out) {
    out.U64(parts.size());
    for (const Part part : parts) out.U8(static_cast<std::uint8_t>(part));
  }

  static std::vector<Part> LoadParts(ArtifactReader& in) {
    std::vector<Part> parts(in.Count(kParts.size(), 1));
    for (Part& part : parts) {
      part = in.Choice<Part>(static_cast<int>(kParts.size()));
    }
    return parts;
  }

  std::vector<std::string> columns_;
  std::vector<Part> parts_;
  std::vector<Part> cyclical_;
};

class DatetimeFeaturesEstimator final : public Estimator {
 public:
  explicit DatetimeFeaturesEstimator(const ParameterValue& parameters) {
    ParameterReader reader(parameters);
    parts_ = ReadParts(reader, "features_to_extract", false);
    cyclical_ = ReadParts(reader, "cyclical", true);
    if (parts_.empty() && cyclical_.empty()) {
      throw ConfigError({.where = reader.where(),
                         .expected = "features_to_extract or cyclical",
                         .got = "neither"});
    }
    reader.Finish();
  }

  StepPtr Fit(const Frame& inputs,
              const FitContext& /*context*/) const override {
    std::vector<std::string> columns;
    for (const FrameColumn& column : inputs.columns) {
      RequireKind("DatetimeFeatures", column.column, ColumnKind::kTimestamp);
      columns.push_back(column.column.name);
    }
    return std::make_unique<DatetimeFeatures>(std::move(columns), parts_,
                                              cyclical_);
  }

 private:
  static std::vector<Part> ReadParts(ParameterReader& reader,
                                     std::string_view key, bool periodic) {
    std::vector<Part> parts;
    for (const std::string& text : reader.Texts(key)) {
      const auto place =
          std::find_if(kParts.begin(), kParts.end(), [&](const PartInfo& info) {
            return info.name == text && (!periodic || info.period > 0);
          });
      if (place == kParts.end()) {
        throw ConfigError({.where = reader.where() + ", " + std::string(key),
                           .expected = "one of " + Names(periodic),
                           .got = "'" + text + "'"});
      }
      parts.push_back(static_cast<Part>(place - kParts.begin()));
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
};

EstimatorPtr Configure(const ParameterValue& parameters) {
  return std::make_unique<DatetimeFeaturesEstimator>(parameters);
}

}  // namespace

extern const StepFactory kDatetimeFeatures{"DatetimeFeatures", Configure,
                                           DatetimeFeatures::Load};

}  // namespace tidemill
