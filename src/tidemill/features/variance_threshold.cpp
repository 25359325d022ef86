#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "tidemill/core/errors.h"
#include "tidemill/core/number_text.h"
#include "tidemill/features/finite_columns.h"
#include "tidemill/features/keep_columns.h"

namespace tidemill {
namespace {

constexpr std::string_view kName = "VarianceThreshold";

/// The population variance of the present values; NaN of none.
double VarianceOf(const std::vector<double>& values) {
  double sum = 0.0;
  double count = 0.0;
  for (const double value : values) {
    if (std::isnan(value)) continue;
    sum += value;
    count += 1.0;
  }
  const double mean = sum / count;
  double squares = 0.0;
  for (const double value : values) {
    if (!std::isnan(value)) squares += (value - mean) * (value - mean);
  }
  return squares / count;
}

/// The greatest value less the least; NaN as soon as one is missing.
double RangeOf(const std::vector<double>& values) {
  double least = std::numeric_limits<double>::infinity();
  double greatest = -least;
  for (const double value : values) {
    if (std::isnan(value)) return value;
    least = std::min(least, value);
    greatest = std::max(greatest, value);
  }
  return greatest - least;
}

/// Keeps the columns whose variance exceeds a threshold.
///
/// Missing: left out; a column without any number goes.
/// Errors:  DataError on an infinite number and when no column remains.
/// Source:  scikit-learn VarianceThreshold. With threshold 0 the range counts
///          where it is smaller, for rounding can give a constant a variance.
class VarianceThreshold final : public Estimator {
 public:
  explicit VarianceThreshold(const ParameterValue& parameters) {
    ParameterReader reader(parameters);
    threshold_ = reader.Double("threshold", 0.0);
    reader.Finish();
    if (threshold_ < 0.0) {
      throw ConfigError({.where = reader.PlaceOf("threshold"),
                         .expected = "a threshold of at least 0",
                         .got = NumberText(threshold_)});
    }
  }

  StepPtr Fit(const Frame& inputs,
              const FitContext& /*context*/) const override {
    std::vector<std::string> kept;
    bool any_finite = false;
    for (const FrameColumn& column : inputs.columns) {
      RequireFinite(kName, column, true);
      double variance = VarianceOf(column.numbers);
      if (threshold_ == 0.0) {
        variance = std::fmin(variance, RangeOf(column.numbers));
      }
      if (variance > threshold_) {
        kept.push_back(column.column.name);
        any_finite = any_finite || std::isfinite(variance);
      }
    }
    if (!any_finite) {
      throw DataError(
          {.where = std::string(kName),
           .expected = "a column whose variance is finite and exceeds " +
                       NumberText(threshold_),
           .got = "none of " + std::to_string(inputs.columns.size())});
    }
    return KeepColumns(kName, std::move(kept));
  }

 private:
  double threshold_ = 0.0;
};

}  // namespace

extern const StepFactory kVarianceThreshold{
    kName,
    [](const ParameterValue& parameters) -> EstimatorPtr {
      return std::make_unique<VarianceThreshold>(parameters);
    },
    [](ArtifactReader& in, int /*depth*/) {
      return LoadKeptColumns(kName, in);
    }};

}  // namespace tidemill
