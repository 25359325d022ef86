#include <algorithm>
#include <array>
#include <limits>
#include <memory>
#include <utility>

#include "tidemill/core/errors.h"
#include "tidemill/features/chosen_columns.h"
#include "tidemill/features/step.h"

namespace tidemill {
namespace {

constexpr std::string_view kName = "DatetimeSubtraction";

/// What an artifact keeps: append only.
enum class TimeUnit : std::uint8_t {
  kYear,
  kMonth,
  kWeek,
  kDay,
  kHour,
  kMinute,
  kSecond,
  kMillisecond,
  kMicrosecond,
};
constexpr std::array<std::string_view, 9> kUnitNames = {
    "Y", "M", "W", "D", "h", "m", "s", "ms", "us"};
/// In nanoseconds; a year has 365.2425 days and twelve months.
constexpr std::array<double, 9> kUnits = {31'556'952e9, 2'629'746e9, 604'800e9,
                                          86'400e9,     3'600e9,     60e9,
                                          1e9,          1e6,         1e3};

/// Counted as numpy's timedelta64[ns] does: what is longer than 292 years goes
/// round the 64 bits, and a model learned from those numbers.
double Nanoseconds(const Timestamp& until, const Timestamp& since) {
  const auto us = static_cast<std::uint64_t>(until.utc_us - since.utc_us);
  return static_cast<double>(static_cast<std::int64_t>(us * 1000));
}

class TimeBetween final : public Kernel {
 public:
  explicit TimeBetween(double unit_ns) : unit_ns_(unit_ns) {}

  void Apply(std::span<const ColumnValues> inputs,
             std::span<double> out) const override {
    const Timestamp* until = inputs[0].timestamps;
    const Timestamp* since = inputs[1].timestamps;
    for (std::size_t i = 0; i < out.size(); ++i) {
      out[i] = until[i].missing() || since[i].missing()
                   ? std::numeric_limits<double>::quiet_NaN()
                   : Nanoseconds(until[i], since[i]) / unit_ns_;
    }
  }

 private:
  double unit_ns_;
};

/// The columns that it gets, and two choices of timestamps from them.
struct TimePairs {
  ChosenColumns variables;
  ChosenColumns references;
};

/// The time from every reference to every variable, beside the columns.
///
/// Outputs: VARIABLE_sub_REFERENCE by reference, then variable, unless named.
/// Units:   output_unit; instants count, not clocks as written.
/// Missing: NaN when either is.
/// Source:  Feature-engine DatetimeSubtraction over numpy's timedelta64[ns],
///          whose year has 365.2425 days; it has nothing to learn.
class DatetimeSubtraction final : public Step {
 public:
  struct Settings {
    TimeUnit unit = TimeUnit::kDay;
    std::vector<std::string> names;  ///< empty, or one per output
    bool drop_original = false;
  };

  DatetimeSubtraction(TimePairs pairs, Settings settings)
      : pairs_(std::move(pairs)), settings_(std::move(settings)) {}

  std::string_view name() const override { return kName; }

  std::vector<ExpressionPtr> Bind(
      std::span<const ExpressionPtr> inputs) const override {
    const std::vector<std::size_t>& variables = pairs_.variables.chosen;
    const std::vector<std::size_t>& references = pairs_.references.chosen;
    Check(inputs);
    StepOutputs outputs;
    AddOriginals(inputs, outputs);
    const auto kernel = std::make_shared<TimeBetween>(
        kUnits[static_cast<std::size_t>(settings_.unit)]);
    for (std::size_t r = 0; r < references.size(); ++r) {
      for (std::size_t v = 0; v < variables.size(); ++v) {
        const ExpressionPtr& until = inputs[variables[v]];
        const ExpressionPtr& since = inputs[references[r]];
        outputs.Add(
            MakeKernel(settings_.names.empty()
                           ? until->column.name + "_sub_" + since->column.name
                           : settings_.names[r * variables.size() + v],
                       {until, since}, kernel));
      }
    }
    return outputs.Take();
  }

  void Save(ArtifactWriter& out) const override {
    pairs_.variables.Save(out);
    pairs_.references.SaveChosen("references", out);
    out.Choice("output_unit", settings_.unit, kUnitNames);
    out.Texts("names", settings_.names);
    out.Bool("drop_original", settings_.drop_original);
  }

  static StepPtr Load(ArtifactReader& in, int /*depth*/) {
    TimePairs pairs;
    pairs.variables = ChosenColumns::Load(in);
    pairs.references =
        ChosenColumns::LoadChosen("references", pairs.variables.columns, in);
    Settings settings;
    settings.unit = in.Choice<TimeUnit>("output_unit", kUnitNames);
    settings.names = in.Texts("names");
    settings.drop_original = in.Bool("drop_original");
    const std::size_t count =
        pairs.variables.chosen.size() * pairs.references.chosen.size();
    if (!settings.names.empty() && settings.names.size() != count) {
      in.Refuse("a name for each of " + std::to_string(count) + " outputs",
                std::to_string(settings.names.size()));
    }
    return std::make_unique<DatetimeSubtraction>(std::move(pairs),
                                                 std::move(settings));
  }

 private:
  void Check(std::span<const ExpressionPtr> inputs) const {
    CheckInputs(kName, inputs, pairs_.variables.columns);
    for (const ChosenColumns* chosen :
         {&pairs_.variables, &pairs_.references}) {
      for (const std::size_t place : chosen->chosen) {
        CheckKind(kName, *inputs[place], ColumnKind::kTimestamp);
      }
    }
  }

  void AddOriginals(std::span<const ExpressionPtr> inputs,
                    StepOutputs& outputs) const {
    if (!settings_.drop_original) {
      outputs.Add(inputs);
      return;
    }
    std::vector<std::size_t> dropped = pairs_.variables.chosen;
    dropped.insert(dropped.end(), pairs_.references.chosen.begin(),
                   pairs_.references.chosen.end());
    outputs.Add(ChosenColumns::Without(inputs, dropped));
  }

  TimePairs pairs_;
  Settings settings_;
};

ChosenColumns ChooseTimes(const Frame& inputs,
                          const std::vector<std::string>& names) {
  RequireColumns(kName, inputs, names);
  ChosenColumns made;
  for (const FrameColumn& column : inputs.columns) {
    made.columns.push_back(column.column.name);
  }
  for (const std::string& name : names) {
    const auto place =
        std::find(made.columns.begin(), made.columns.end(), name);
    made.chosen.push_back(
        static_cast<std::size_t>(place - made.columns.begin()));
    RequireKind(kName, inputs.columns[made.chosen.back()].column,
                ColumnKind::kTimestamp);
  }
  return made;
}

class DatetimeSubtractionEstimator final : public Estimator {
 public:
  explicit DatetimeSubtractionEstimator(const ParameterValue& parameters) {
    ParameterReader reader(parameters);
    variables_ = RequireVariables(reader, "variables");
    references_ = RequireVariables(reader, "reference");
    const std::string unit = reader.Choice(
        "output_unit", "D", {"Y", "M", "W", "D", "h", "m", "s", "ms", "us"});
    settings_.unit = static_cast<TimeUnit>(
        std::find(kUnitNames.begin(), kUnitNames.end(), unit) -
        kUnitNames.begin());
    settings_.names = reader.Texts("new_variables_names");
    settings_.drop_original = reader.Bool("drop_original", false);
    reader.Finish();
    const std::size_t count = variables_.size() * references_.size();
    if (!settings_.names.empty() && settings_.names.size() != count) {
      throw ConfigError({.where = reader.PlaceOf("new_variables_names"),
                         .expected = std::to_string(count) +
                                     " names, one per variable and reference",
                         .got = std::to_string(settings_.names.size())});
    }
  }

  StepPtr Fit(const Frame& inputs,
              const FitContext& /*context*/) const override {
    return std::make_unique<DatetimeSubtraction>(
        TimePairs{.variables = ChooseTimes(inputs, variables_),
                  .references = ChooseTimes(inputs, references_)},
        settings_);
  }

 private:
  std::vector<std::string> variables_;
  std::vector<std::string> references_;
  DatetimeSubtraction::Settings settings_;
};

EstimatorPtr Configure(const ParameterValue& parameters) {
  return std::make_unique<DatetimeSubtractionEstimator>(parameters);
}

}  // namespace

extern const StepFactory kDatetimeSubtraction{kName, Configure,
                                              DatetimeSubtraction::Load};

}  // namespace tidemill
