#include <algorithm>
#include <cmath>
#include <utility>

#include "tidemill/core/errors.h"
#include "tidemill/features/outlier_caps.h"
#include "tidemill/features/pairwise_sum.h"
#include "tidemill/features/percentile.h"
#include "tidemill/features/step.h"

namespace tidemill {
namespace {

/// Cuts columns at bounds learned from their distribution.
///
/// Missing: NaN stays NaN; with missing_values "raise" none may be there when
///          fitting.
/// Source:  Feature-engine Winsorizer.
class Winsorizer final : public Step {
 public:
  explicit Winsorizer(CappedColumns columns) : columns_(std::move(columns)) {}

  std::string_view name() const override { return "Winsorizer"; }
  std::vector<ExpressionPtr> Bind(
      std::span<const ExpressionPtr> inputs) const override {
    return columns_.Bind(name(), inputs);
  }
  void Save(ArtifactWriter& out) const override { columns_.Save(out); }
  static StepPtr Load(ArtifactReader& in, int /*depth*/) {
    return std::make_unique<Winsorizer>(CappedColumns::Load(in));
  }

 private:
  CappedColumns columns_;
};

enum class Method { kGaussian, kIqr, kMad, kQuantiles };

/// The bounds of a column, and what must differ from 0 for them to mean
/// anything.
struct Bounds {
  Caps caps;
  double scale = 0.0;
};

Bounds Around(double middle, double scale, double fold) {
  return {{middle - fold * scale, middle + fold * scale}, scale};
}

/// mean -+ fold * standard deviation of the population.
Bounds GaussianBounds(const std::vector<double>& values, double fold) {
  // Missing cells count as 0 in the sums and are left out of the count, as
  // pandas does it.
  std::vector<double> terms = values;
  std::size_t count = 0;
  for (double& term : terms) {
    if (std::isnan(term)) {
      term = 0.0;
    } else {
      ++count;
    }
  }
  const auto n = static_cast<double>(count);
  const double mean = PairwiseSum(terms) / n;
  for (std::size_t i = 0; i < terms.size(); ++i) {
    const double apart = mean - terms[i];
    terms[i] = std::isnan(values[i]) ? 0.0 : apart * apart;
  }
  return Around(mean, std::sqrt(PairwiseSum(terms) / n), fold);
}

/// The quartiles, fold times their distance farther out.
Bounds IqrBounds(std::span<const double> sorted, double fold) {
  const double low = Quantile(sorted, 0.25);
  const double high = Quantile(sorted, 0.75);
  const double scale = high - low;
  return {{low - fold * scale, high + fold * scale}, scale};
}

/// median -+ fold * median absolute deviation, scaled to a normal
/// distribution's standard deviation.
Bounds MadBounds(std::span<const double> sorted, double fold) {
  const double median = Median(sorted);
  std::vector<double> deviations;
  for (const double value : sorted) {
    deviations.push_back(std::fabs(value - median));
  }
  std::sort(deviations.begin(), deviations.end());
  return Around(median, Median(deviations) / 0.67449, fold);
}

/// The quantiles fold and 1 - fold.
Bounds QuantileBounds(std::span<const double> sorted, double fold) {
  // Through percents and back, as pandas goes: the last bit follows it.
  const double low = Quantile(sorted, fold * 100.0 / 100.0);
  const double high = Quantile(sorted, (1.0 - fold) * 100.0 / 100.0);
  return {{low, high}, high - low};
}

Bounds BoundsOf(Method method, const std::vector<double>& values, double fold) {
  if (method == Method::kGaussian) return GaussianBounds(values, fold);
  const std::vector<double> sorted = SortedPresent(values);
  switch (method) {
    case Method::kIqr:
      return IqrBounds(sorted, fold);
    case Method::kMad:
      return MadBounds(sorted, fold);
    default:
      return QuantileBounds(sorted, fold);
  }
}

bool IsText(const ParameterValue& value, std::string_view text) {
  const auto* found = std::get_if<std::string>(&value.value);
  return found != nullptr && *found == text;
}

class WinsorizerEstimator final : public Estimator {
 public:
  explicit WinsorizerEstimator(const ParameterValue& parameters) {
    ParameterReader reader(parameters);
    method_text_ = reader.Choice("capping_method", "gaussian",
                                 {"gaussian", "iqr", "mad", "quantiles"});
    method_ = method_text_ == "gaussian" ? Method::kGaussian
              : method_text_ == "iqr"    ? Method::kIqr
              : method_text_ == "mad"    ? Method::kMad
                                         : Method::kQuantiles;
    const std::string tail =
        reader.Choice("tail", "right", {"right", "left", "both"});
    left_ = tail != "right";
    right_ = tail != "left";
    fold_ = ReadFold(reader);
    add_indicators_ = reader.Bool("add_indicators", false);
    variables_ = ReadVariables(reader);
    missing_ = ReadMissingValues(reader, "raise");
    reader.Finish();
  }

  StepPtr Fit(const Frame& inputs,
              const FitContext& /*context*/) const override {
    CappedColumns columns;
    columns.columns = Choose("Winsorizer", inputs, variables_, missing_);
    for (const std::size_t place : columns.columns.chosen) {
      columns.caps.push_back(CapsOf(inputs.columns[place]));
    }
    columns.left_indicators = add_indicators_ && left_;
    columns.right_indicators = add_indicators_ && right_;
    return std::make_unique<Winsorizer>(std::move(columns));
  }

 private:
  double ReadFold(ParameterReader& reader) const {
    const ParameterValue* fold = reader.Optional("fold");
    if (fold == nullptr || IsText(*fold, "auto")) {
      constexpr double kAuto[] = {3.0, 1.5, 3.29, 0.05};
      return kAuto[static_cast<std::size_t>(method_)];
    }
    const double value = AsDouble(*fold);
    const bool quantiles = method_ == Method::kQuantiles;
    if (value <= 0.0 || (quantiles && value > 0.2)) {
      throw ConfigError({.where = fold->where,
                         .expected = quantiles ? "auto, or above 0 and at "
                                                 "most 0.2 for quantiles"
                                               : "auto, or a number above 0",
                         .got = Describe(*fold)});
    }
    return value;
  }

  Caps CapsOf(const FrameColumn& column) const {
    const auto refuse = [&](std::string expected, std::string got) {
      throw DataError(
          {.where = "Winsorizer, column '" + column.column.name + "'",
           .expected = std::move(expected),
           .got = std::move(got)});
    };
    const Bounds bounds = BoundsOf(method_, column.numbers, fold_);
    if (bounds.scale == 0.0) {
      refuse("values that vary (by capping_method " + method_text_ + ")",
             "hardly any variation");
    }
    Caps caps;
    if (left_) caps.lower = bounds.caps.lower;
    if (right_) caps.upper = bounds.caps.upper;
    if (std::isnan(bounds.scale) || (left_ && !std::isfinite(caps.lower)) ||
        (right_ && !std::isfinite(caps.upper))) {
      refuse("numbers with finite bounds",
             "only missing cells, an infinity or an overflow");
    }
    return caps;
  }

  Method method_ = Method::kGaussian;
  std::string method_text_;
  bool left_ = false;
  bool right_ = true;
  double fold_ = 3.0;
  bool add_indicators_ = false;
  std::optional<std::vector<std::string>> variables_;
  MissingCells missing_ = MissingCells::kRefuse;
};

EstimatorPtr Configure(const ParameterValue& parameters) {
  return std::make_unique<WinsorizerEstimator>(parameters);
}

}  // namespace

extern const StepFactory kWinsorizer{"Winsorizer", Configure, Winsorizer::Load};

}  // namespace tidemill
