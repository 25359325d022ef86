#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <numeric>
#include <utility>

#include "tidemill/core/errors.h"
#include "tidemill/core/random.h"
#include "tidemill/features/linspace.h"
#include "tidemill/features/mapped_columns.h"
#include "tidemill/features/normal_quantile.h"
#include "tidemill/features/percentile.h"

namespace tidemill {
namespace {

constexpr std::string_view kName = "QuantileTransformer";

/// A normal output nearer to an end than this is cut off there.
constexpr double kEnd = 1e-7;

/// The share of the training values below x, between two learned quantiles in
/// a straight line; as the quantile of a standard normal variable if wanted.
///
/// Missing: NaN stays NaN and does not count when fitting.
/// Source:  scikit-learn QuantileTransformer, bit for bit.
class ToQuantile final : public SavedMap {
 public:
  /// Requires quantiles that are finite, as is their range, and do not fall.
  ToQuantile(std::vector<double> quantiles, bool normal)
      : quantiles_(std::move(quantiles)),
        fractions_(Linspace(0.0, 1.0, quantiles_.size())),
        normal_(normal) {}

  void Apply(std::span<double> values) const override {
    // Cut off as far inside the ends as scikit-learn does, to the last bit.
    static const double kLimit = kEnd - std::numeric_limits<double>::epsilon();
    static const double kLow = NormalQuantile(kLimit);
    static const double kHigh = NormalQuantile(1.0 - kLimit);
    for (double& value : values) {
      if (std::isnan(value)) continue;
      value = Fraction(value);
      if (normal_) value = std::clamp(NormalQuantile(value), kLow, kHigh);
    }
  }

  /// Rounding can make a line end an ulp above the next one's start.
  bool nondecreasing() const override { return false; }

  void Save(ArtifactWriter& out) const override {
    out.Doubles("quantiles", quantiles_);
    out.Bool("normal", normal_);
  }

  static SavedMapPtr Load(ArtifactReader& in) {
    std::vector<double> quantiles = in.FiniteDoubles("quantiles");
    if (quantiles.empty() ||
        !std::is_sorted(quantiles.begin(), quantiles.end()) ||
        !std::isfinite(quantiles.back() - quantiles.front())) {
      in.Refuse("quantiles that do not fall, over a finite range",
                std::to_string(quantiles.size()) + " that do");
    }
    return std::make_shared<ToQuantile>(std::move(quantiles),
                                        in.Bool("normal"));
  }

 private:
  double Fraction(double x) const {
    const double low = quantiles_.front();
    const double high = quantiles_.back();
    const double end = normal_ ? kEnd : 0.0;
    if (normal_ ? x - end < low : x == low) return 0.0;
    if (normal_ ? x + end > high : x == high) return 1.0;
    if (x < low) return fractions_.front();
    if (x > high) return fractions_.back();
    return Between(x);
  }

  /// Requires x within the quantiles.
  double Between(double x) const {
    const auto above =
        std::upper_bound(quantiles_.begin(), quantiles_.end(), x);
    const auto j = static_cast<std::size_t>(above - quantiles_.begin()) - 1;
    if (quantiles_[j] == x) {
      // Of a value that several quantiles have, the middle.
      const auto first =
          std::lower_bound(quantiles_.begin(), above, x) - quantiles_.begin();
      return 0.5 *
             (fractions_[j] + fractions_[static_cast<std::size_t>(first)]);
    }
    const double slope = (fractions_[j + 1] - fractions_[j]) /
                         (quantiles_[j + 1] - quantiles_[j]);
    // Two denormals can be too near to each other for a line between them:
    // the origin's is infinite from below, and from above, and so no number.
    if (std::isinf(slope)) return std::numeric_limits<double>::quiet_NaN();
    // From both ends, as the origin does it for the sake of equal values.
    const double upwards = slope * (x - quantiles_[j]) + fractions_[j];
    const double downwards =
        slope * (x - quantiles_[j + 1]) + fractions_[j + 1];
    return 0.5 * (upwards + downwards);
  }

  std::vector<double> quantiles_;
  std::vector<double> fractions_;
  bool normal_;
};

struct Options {
  std::size_t n_quantiles = 1000;
  bool normal = false;
  std::size_t subsample = 0;  ///< 0 is every row
};

class QuantileTransformerEstimator final : public Estimator {
 public:
  explicit QuantileTransformerEstimator(Options options) : options_(options) {}

  StepPtr Fit(const Frame& inputs, const FitContext& context) const override {
    if (options_.n_quantiles > inputs.rows && inputs.rows > 0) {
      context.Warn("QuantileTransformer: n_quantiles is " +
                   std::to_string(options_.n_quantiles) +
                   ", more than the rows; it becomes " +
                   std::to_string(inputs.rows));
    }
    const std::vector<std::size_t> rows = ChooseRows(inputs.rows, context.seed);
    return FitMaps(kName, inputs, [&](const FrameColumn& column) {
      return FitOne(column, rows);
    });
  }

 private:
  /// Nothing stands for every row.
  std::vector<std::size_t> ChooseRows(std::size_t count,
                                      std::uint64_t seed) const {
    if (options_.subsample == 0 || options_.subsample >= count) return {};
    std::vector<std::size_t> rows(count);
    std::iota(rows.begin(), rows.end(), std::size_t{0});
    Random random(seed);
    random.Shuffle(rows);
    rows.resize(options_.subsample);
    return rows;
  }

  SavedMapPtr FitOne(const FrameColumn& column,
                     const std::vector<std::size_t>& rows) const {
    RequireValues(kName, column);
    std::vector<double> chosen;
    chosen.reserve(rows.size());
    for (const std::size_t row : rows) chosen.push_back(column.numbers[row]);
    const std::vector<double> sorted =
        SortedPresent(rows.empty() ? column.numbers : chosen);
    if (sorted.empty()) {
      throw DataError(
          {.where = "QuantileTransformer, column '" + column.column.name + "'",
           .expected = "a value among the rows of the subsample",
           .got = "only missing values"});
    }
    if (!std::isfinite(sorted.back() - sorted.front())) {
      RefuseOverflow(kName, column.column, "numbers whose range is finite");
    }
    std::vector<double> quantiles = Linspace(
        0.0, 1.0, std::min(options_.n_quantiles, column.numbers.size()));
    for (double& quantile : quantiles) {
      quantile = Quantile(sorted, quantile * 100.0 / 100.0);
    }
    // Interpolating can make one an ulp less than the one before it.
    for (std::size_t i = 1; i < quantiles.size(); ++i) {
      quantiles[i] = std::max(quantiles[i], quantiles[i - 1]);
    }
    return std::make_shared<ToQuantile>(std::move(quantiles), options_.normal);
  }

  Options options_;
};

std::size_t AtLeastOne(ParameterReader& reader, std::string_view name,
                       std::size_t otherwise) {
  const ParameterValue* found = reader.Optional(name);
  if (found == nullptr) return otherwise;
  if (AsInteger(*found) < 1) {
    throw ConfigError({.where = found->where,
                       .expected = "at least 1",
                       .got = Describe(*found)});
  }
  return static_cast<std::size_t>(AsInteger(*found));
}

EstimatorPtr Configure(const ParameterValue& parameters) {
  ParameterReader reader(parameters);
  Options options;
  options.n_quantiles = AtLeastOne(reader, "n_quantiles", options.n_quantiles);
  options.normal = reader.Choice("output_distribution", "uniform",
                                 {"uniform", "normal"}) == "normal";
  options.subsample = AtLeastOne(reader, "subsample", options.subsample);
  reader.Finish();
  if (options.subsample > 0 && options.n_quantiles > options.subsample) {
    throw ConfigError({.where = parameters.Find("subsample")->where,
                       .expected = "a subsample of at least n_quantiles, " +
                                   std::to_string(options.n_quantiles),
                       .got = std::to_string(options.subsample)});
  }
  return std::make_unique<QuantileTransformerEstimator>(options);
}

StepPtr Load(ArtifactReader& in, int /*depth*/) {
  return LoadMaps(kName, in, ToQuantile::Load);
}

}  // namespace

extern const StepFactory kQuantileTransformer{kName, Configure, Load};

}  // namespace tidemill
