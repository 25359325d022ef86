#include <chrono>
#include <limits>
#include <memory>
#include <optional>
#include <utility>

#include "tidemill/core/errors.h"
#include "tidemill/features/step.h"
#include "tidemill/features/wall_clock.h"

namespace tidemill {
namespace {

constexpr std::string_view kName = "DatetimeOrdinal";

/// Of the first day there is, 0001-01-01, which has the number 1.
constexpr std::int64_t kNumberOf1970 = 719'163;

std::int64_t DayOf(const WallClock& clock, const Timestamp& time) {
  const std::chrono::microseconds local(clock.LocalUs(time));
  return std::chrono::floor<std::chrono::days>(local).count();
}

class DayNumber final : public Kernel {
 public:
  DayNumber(WallClock clock, std::int64_t shift)
      : clock_(std::move(clock)), shift_(shift) {}

  void Apply(std::span<const ColumnValues> inputs,
             std::span<double> out) const override {
    const Timestamp* times = inputs[0].timestamps;
    for (std::size_t i = 0; i < out.size(); ++i) {
      out[i] = times[i].missing()
                   ? std::numeric_limits<double>::quiet_NaN()
                   : static_cast<double>(DayOf(clock_, times[i]) + shift_);
    }
  }

 private:
  WallClock clock_;
  std::int64_t shift_;
};

/// The number of a day on each column's clock: 1 is 0001-01-01, or the day that
/// start_date names.
///
/// Outputs: NAME_ordinal of each column; the columns themselves come first
///          when they are kept.
/// Missing: NaN.
/// Source:  Feature-engine DatetimeOrdinal; it has nothing to learn.
class DatetimeOrdinal final : public Step {
 public:
  /// `before_first`: the number, counted from 0001-01-01, of the day that gets
  /// the number 0.
  DatetimeOrdinal(std::vector<std::string> columns,
                  std::vector<WallClock> clocks, std::int32_t before_first,
                  bool drop_original)
      : columns_(std::move(columns)),
        clocks_(std::move(clocks)),
        before_first_(before_first),
        drop_original_(drop_original) {}

  std::string_view name() const override { return kName; }

  std::vector<ExpressionPtr> Bind(
      std::span<const ExpressionPtr> inputs) const override {
    CheckInputs(kName, inputs, columns_);
    StepOutputs outputs;
    if (!drop_original_) outputs.Add(inputs);
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      CheckKind(kName, *inputs[i], ColumnKind::kTimestamp);
      outputs.Add(MakeKernel(inputs[i]->column.name + "_ordinal", {inputs[i]},
                             std::make_shared<DayNumber>(
                                 clocks_[i], kNumberOf1970 - before_first_)));
    }
    return outputs.Take();
  }

  void Save(ArtifactWriter& out) const override {
    out.Texts("columns", columns_);
    SaveClocks(clocks_, out);
    out.I32("before_first", before_first_);
    out.Bool("drop_original", drop_original_);
  }

  static StepPtr Load(ArtifactReader& in, int /*depth*/) {
    std::vector<std::string> columns = in.Texts("columns");
    std::vector<WallClock> clocks = LoadClocks(columns.size(), in);
    const std::int32_t before_first = in.I32("before_first");
    const bool drop_original = in.Bool("drop_original");
    return std::make_unique<DatetimeOrdinal>(
        std::move(columns), std::move(clocks), before_first, drop_original);
  }

 private:
  std::vector<std::string> columns_;
  std::vector<WallClock> clocks_;  ///< of each column
  std::int32_t before_first_;
  bool drop_original_;
};

class DatetimeOrdinalEstimator final : public Estimator {
 public:
  explicit DatetimeOrdinalEstimator(const ParameterValue& parameters) {
    ParameterReader reader(parameters);
    if (const ParameterValue* start = reader.Optional("start_date")) {
      before_first_ = NumberOf(*start) - 1;
    }
    drop_original_ = reader.Bool("drop_original", true);
    reader.Finish();
  }

  StepPtr Fit(const Frame& inputs,
              const FitContext& /*context*/) const override {
    std::vector<std::string> columns =
        ColumnsOfKind(kName, inputs, ColumnKind::kTimestamp);
    std::vector<WallClock> as_written(columns.size());
    return std::make_unique<DatetimeOrdinal>(std::move(columns),
                                             std::move(as_written),
                                             before_first_, drop_original_);
  }

 private:
  static std::int32_t NumberOf(const ParameterValue& start) {
    const std::optional<Timestamp> day = ParseTimestamp(AsText(start));
    if (!day) {
      throw ConfigError({.where = start.where,
                         .expected = "a day, e.g. 2026-11-21",
                         .got = Describe(start)});
    }
    return static_cast<std::int32_t>(DayOf(WallClock(), *day) + kNumberOf1970);
  }

  std::int32_t before_first_ = 0;
  bool drop_original_ = true;
};

EstimatorPtr Configure(const ParameterValue& parameters) {
  return std::make_unique<DatetimeOrdinalEstimator>(parameters);
}

}  // namespace

extern const StepFactory kDatetimeOrdinal{kName, Configure,
                                          DatetimeOrdinal::Load};

}  // namespace tidemill
