#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "tidemill/core/all_finite.h"
#include "tidemill/core/errors.h"
#include "tidemill/features/b_spline.h"
#include "tidemill/features/chosen_columns.h"
#include "tidemill/features/floored_modulo.h"
#include "tidemill/features/linspace.h"
#include "tidemill/features/percentile.h"
#include "tidemill/features/step.h"

namespace tidemill {
namespace {

constexpr std::int64_t kMaxKnots = 10'000;
constexpr std::int64_t kMaxDegree = 100;

/// What happens beyond the first and the last knot. What an artifact keeps:
/// append only.
enum class Extrapolation : std::uint8_t {
  kConstant,
  kLinear,
  kContinue,
  kPeriodic,
};
constexpr std::array<std::string_view, 4> kExtrapolationNames = {
    "constant", "linear", "continue", "periodic"};

struct Settings {
  std::size_t degree = 3;
  Extrapolation extrapolation = Extrapolation::kConstant;
  bool include_bias = true;
  bool missing_as_zeros = false;
};

/// The basis of one column: values of all its splines but those left out.
class SplineBlock final : public BlockKernel {
 public:
  SplineBlock(std::vector<double> knots, const Settings& settings)
      : splines_(std::move(knots), settings.degree),
        settings_(settings),
        num_splines_(splines_.num_splines()) {
    if (settings_.extrapolation == Extrapolation::kPeriodic) {
      num_splines_ -= settings_.degree;
    }
    low_ = EndAt(splines_.low());
    high_ = EndAt(splines_.high());
  }

  std::size_t num_outputs() const override {
    return num_splines_ - (settings_.include_bias ? 0 : 1);
  }
  /// What it keeps, in numbers.
  std::size_t words() const { return 6 * num_splines_; }

  void Apply(std::span<const ColumnValues> inputs, std::size_t rows,
             std::span<double* const> outs) const override {
    thread_local std::vector<double> basis;
    basis.resize(num_splines_);
    for (std::size_t i = 0; i < rows; ++i) {
      Fill(inputs[0].numbers[i], basis);
      for (std::size_t j = 0; j < outs.size(); ++j) outs[j][i] = basis[j];
    }
  }

 private:
  /// All splines and their slopes at one end.
  struct End {
    double x = 0.0;
    std::vector<double> values;
    std::vector<double> slopes;
  };

  End EndAt(double x) const {
    End end{.x = x, .values = {}, .slopes = {}};
    end.values.assign(num_splines_, 0.0);
    end.slopes = end.values;
    std::vector<double> piece(settings_.degree + 1);
    Spread(splines_.Values(x, piece), piece, end.values);
    Spread(splines_.Slopes(x, piece), piece, end.slopes);
    return end;
  }

  /// Of a period the last splines are the first ones again.
  void Spread(std::size_t first, std::span<const double> piece,
              std::span<double> basis) const {
    for (std::size_t a = 0; a < piece.size(); ++a) {
      basis[(first + a) % num_splines_] += piece[a];
    }
  }

  void Fill(double x, std::span<double> basis) const {
    if (std::isnan(x)) {
      const double missing = settings_.missing_as_zeros
                                 ? 0.0
                                 : std::numeric_limits<double>::quiet_NaN();
      std::fill(basis.begin(), basis.end(), missing);
      return;
    }
    std::fill(basis.begin(), basis.end(), 0.0);
    const bool below = x < low_.x;
    const bool above = x > high_.x;
    if (settings_.extrapolation == Extrapolation::kPeriodic) {
      const double period = high_.x - low_.x;
      FillInside(
          period > 0.0 ? low_.x + FlooredModulo(x - low_.x, period) : 0.0,
          basis);
    } else if ((!below && !above) ||
               settings_.extrapolation == Extrapolation::kContinue) {
      FillInside(x, basis);
    } else {
      FillOutside(x, below, basis);
    }
  }

  void FillInside(double x, std::span<double> basis) const {
    thread_local std::vector<double> piece;
    piece.resize(settings_.degree + 1);
    Spread(splines_.Values(x, piece), piece, basis);
  }

  /// Only the outermost splines go on: `degree` of them as constants, one more
  /// of degrees below 2 as lines.
  void FillOutside(double x, bool below, std::span<double> basis) const {
    const End& end = below ? low_ : high_;
    const bool linear = settings_.extrapolation == Extrapolation::kLinear;
    const std::size_t count =
        settings_.degree + (linear && settings_.degree < 2 ? 1 : 0);
    for (std::size_t j = 0; j < count; ++j) {
      const std::size_t k = below ? j : basis.size() - 1 - j;
      basis[k] =
          linear ? end.values[k] + (x - end.x) * end.slopes[k] : end.values[k];
    }
  }

  BSpline splines_;
  Settings settings_;
  std::size_t num_splines_;
  End low_;
  End high_;
};

/// A basis of B-splines over every column.
///
/// Outputs: NAME_sp_0, NAME_sp_1, ...; without include_bias the last one of
///          each column is left out, since they add up to 1.
/// Missing: NaN in every output, and none may be there when fitting; with
///          handle_missing "zeros" 0 in every output.
/// Source:  scikit-learn SplineTransformer; of several columns with linear
///          extrapolation and a degree below 2 each is worked out as if it
///          were alone. Beyond the ends of degree 0 and constant all are 0.
class SplineTransformer final : public Step {
 public:
  /// `knots` per column, as BSpline wants them.
  SplineTransformer(std::vector<std::string> columns,
                    std::vector<std::vector<double>> knots, Settings settings)
      : columns_(std::move(columns)),
        knots_(std::move(knots)),
        settings_(settings) {}

  std::string_view name() const override { return "SplineTransformer"; }

  std::vector<ExpressionPtr> Bind(
      std::span<const ExpressionPtr> inputs) const override {
    CheckInputs(name(), inputs, columns_);
    StepOutputs outputs;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      CheckKind(name(), *inputs[i], ColumnKind::kNumber);
      auto block = std::make_shared<SplineBlock>(knots_[i], settings_);
      std::vector<std::string> names;
      for (std::size_t j = 0; j < block->num_outputs(); ++j) {
        names.push_back(columns_[i] + "_sp_" + std::to_string(j));
      }
      const std::size_t words = block->words();
      outputs.Add(MakeBlock(names, {inputs[i]}, std::move(block), words));
    }
    return outputs.Take();
  }

  void Save(ArtifactWriter& out) const override {
    out.Texts("columns", columns_);
    out.Each("splines", knots_, [&](const std::vector<double>& knots) {
      out.Doubles("knots", knots);
    });
    out.U32("degree", static_cast<std::uint32_t>(settings_.degree));
    out.Choice("extrapolation", settings_.extrapolation, kExtrapolationNames);
    out.Bool("include_bias", settings_.include_bias);
    out.Bool("missing_as_zeros", settings_.missing_as_zeros);
  }

  static StepPtr Load(ArtifactReader& in, int /*depth*/) {
    std::vector<std::string> columns = in.Texts("columns");
    auto knots = in.Each<std::vector<double>>(
        "splines", kMaxColumns, 8,
        [&](auto& one) { one = in.FiniteDoubles("knots"); });
    if (knots.size() != columns.size()) {
      in.Refuse(
          "knots for each of " + std::to_string(columns.size()) + " columns",
          std::to_string(knots.size()));
    }
    Settings settings;
    settings.degree = in.U32("degree");
    settings.extrapolation =
        in.Choice<Extrapolation>("extrapolation", kExtrapolationNames);
    settings.include_bias = in.Bool("include_bias");
    settings.missing_as_zeros = in.Bool("missing_as_zeros");
    for (const std::vector<double>& row : knots) {
      CheckKnots(in, row, settings);
    }
    return std::make_unique<SplineTransformer>(std::move(columns),
                                               std::move(knots), settings);
  }

 private:
  static void CheckKnots(const ArtifactReader& in,
                         const std::vector<double>& knots,
                         const Settings& settings) {
    // A period has as many splines of its own as the degree, or more.
    const bool periodic = settings.extrapolation == Extrapolation::kPeriodic;
    const std::size_t least = periodic ? 3 * settings.degree + 1 : 0;
    if (settings.degree > kMaxDegree ||
        knots.size() < std::max(2 * settings.degree + 2, least) ||
        !std::is_sorted(knots.begin(), knots.end())) {
      in.Refuse(
          "rising knots, enough for degree " + std::to_string(settings.degree),
          std::to_string(knots.size()) + " knots, or falling ones");
    }
  }

  std::vector<std::string> columns_;
  std::vector<std::vector<double>> knots_;
  Settings settings_;
};

/// The knots between which a column's values lie.
std::vector<double> BaseKnots(const std::vector<double>& sorted,
                              std::size_t count, bool quantiles,
                              bool tiny_step) {
  if (!quantiles) {
    return Linspace(sorted.front(), sorted.back(), count, tiny_step);
  }
  std::vector<double> knots = Linspace(0.0, 1.0, count);
  // Through percents and back, as the origin goes: the last bit follows it.
  for (double& knot : knots) knot = Quantile(sorted, 100.0 * knot / 100.0);
  return knots;
}

/// The ends of the stretches that go before and after the base knots.
struct Margins {
  double low_start = 0.0;
  double low_stop = 0.0;
  double high_start = 0.0;
  double high_stop = 0.0;
};

Margins MarginsOf(const std::vector<double>& base, std::size_t degree) {
  const double low = base[1] - base[0];
  const double high = base.back() - base[base.size() - 2];
  const auto times = static_cast<double>(degree);
  return {base.front() - times * low, base.front() - low, base.back() + high,
          base.back() + times * high};
}

class SplineTransformerEstimator final : public Estimator {
 public:
  explicit SplineTransformerEstimator(const ParameterValue& parameters) {
    ParameterReader reader(parameters);
    n_knots_ = ReadCount(reader, "n_knots", 5, 2, kMaxKnots);
    settings_.degree = ReadCount(reader, "degree", 3, 0, kMaxDegree);
    quantiles_ = reader.Choice("knots", "uniform", {"uniform", "quantile"}) ==
                 "quantile";
    ReadExtrapolation(reader);
    settings_.include_bias = reader.Bool("include_bias", true);
    settings_.missing_as_zeros =
        reader.Choice("handle_missing", "error", {"error", "zeros"}) == "zeros";
    reader.Finish();
    if (periodic() && n_knots_ <= settings_.degree) {
      throw ConfigError({.where = reader.where(),
                         .expected = "n_knots above degree when periodic",
                         .got = std::to_string(n_knots_) + " knots, degree " +
                                std::to_string(settings_.degree)});
    }
    const std::size_t splines =
        n_knots_ - 1 + (periodic() ? 0 : settings_.degree);
    if (splines == 1 && !settings_.include_bias) {
      throw ConfigError({.where = reader.where(),
                         .expected = "more knots, a degree above 0, or "
                                     "include_bias",
                         .got = "neither: nothing would be made"});
    }
  }

  StepPtr Fit(const Frame& inputs, const FitContext& context) const override {
    std::vector<std::string> columns;
    std::vector<std::vector<double>> sorted;
    bool tiny_step = false;
    for (const FrameColumn& column : inputs.columns) {
      columns.push_back(column.column.name);
      sorted.push_back(ValuesOf(column));
      const std::vector<double>& values = sorted.back();
      if (values.front() == values.back()) {
        context.Warn("SplineTransformer: column '" + column.column.name +
                     "' is constant");
      }
      tiny_step =
          tiny_step || StepIsZero(values.front(), values.back(), n_knots_);
    }
    std::vector<std::vector<double>> knots;
    knots.reserve(sorted.size());
    for (const std::vector<double>& values : sorted) {
      knots.push_back(BaseKnots(values, n_knots_, quantiles_, tiny_step));
    }
    knots = periodic() ? Repeated(knots) : Widened(knots);
    for (std::size_t i = 0; i < knots.size(); ++i) {
      RefuseBroken(columns[i], knots[i]);
    }
    return std::make_unique<SplineTransformer>(std::move(columns),
                                               std::move(knots), settings_);
  }

 private:
  static std::size_t ReadCount(ParameterReader& reader, std::string_view key,
                               std::int64_t otherwise, std::int64_t least,
                               std::int64_t most) {
    const std::int64_t count = reader.Integer(key, otherwise);
    if (count < least || count > most) {
      throw ConfigError(
          {.where = reader.PlaceOf(key),
           .expected = std::to_string(least) + " to " + std::to_string(most),
           .got = std::to_string(count)});
    }
    return static_cast<std::size_t>(count);
  }

  /// Not "error", which would turn events away.
  void ReadExtrapolation(ParameterReader& reader) {
    const std::string text =
        reader.Choice("extrapolation", "constant",
                      {"constant", "linear", "continue", "periodic"});
    settings_.extrapolation = text == "constant"   ? Extrapolation::kConstant
                              : text == "linear"   ? Extrapolation::kLinear
                              : text == "continue" ? Extrapolation::kContinue
                                                   : Extrapolation::kPeriodic;
  }

  bool periodic() const {
    return settings_.extrapolation == Extrapolation::kPeriodic;
  }

  std::vector<double> ValuesOf(const FrameColumn& column) const {
    const auto refuse = [&](const char* expected, std::string got) {
      throw DataError(
          {.where = "SplineTransformer, column '" + column.column.name + "'",
           .expected = expected,
           .got = std::move(got)});
    };
    RequireNumbers("SplineTransformer", column,
                   settings_.missing_as_zeros ? MissingCells::kKeep
                                              : MissingCells::kRefuse);
    std::vector<double> sorted = SortedPresent(column.numbers);
    if (column.numbers.size() < 2) refuse("at least 2 rows", "1");
    if (sorted.empty()) refuse("a value", "only missing cells");
    if (std::isinf(sorted.front()) || std::isinf(sorted.back())) {
      refuse("finite numbers", "an infinity");
    }
    return sorted;
  }

  /// With the knots of the period before and after.
  std::vector<std::vector<double>> Repeated(
      const std::vector<std::vector<double>>& base) const {
    std::vector<std::vector<double>> made;
    const auto degree = static_cast<std::ptrdiff_t>(settings_.degree);
    for (const std::vector<double>& knots : base) {
      const double period = knots.back() - knots.front();
      std::vector<double> row;
      for (auto i = knots.end() - degree - 1; i != knots.end() - 1; ++i) {
        row.push_back(*i - period);
      }
      row.insert(row.end(), knots.begin(), knots.end());
      for (auto i = knots.begin() + 1; i != knots.begin() + degree + 1; ++i) {
        row.push_back(*i + period);
      }
      made.push_back(std::move(row));
    }
    return made;
  }

  /// With `degree` knots more on each side, as far apart as the outermost two.
  std::vector<std::vector<double>> Widened(
      const std::vector<std::vector<double>>& base) const {
    const std::size_t degree = settings_.degree;
    bool low_tiny = false;
    bool high_tiny = false;
    for (const std::vector<double>& knots : base) {
      const Margins m = MarginsOf(knots, degree);
      low_tiny = low_tiny || StepIsZero(m.low_start, m.low_stop, degree);
      high_tiny = high_tiny || StepIsZero(m.high_start, m.high_stop, degree);
    }
    std::vector<std::vector<double>> made;
    for (const std::vector<double>& knots : base) {
      const Margins m = MarginsOf(knots, degree);
      std::vector<double> row =
          Linspace(m.low_start, m.low_stop, degree, low_tiny);
      row.insert(row.end(), knots.begin(), knots.end());
      const std::vector<double> after =
          Linspace(m.high_start, m.high_stop, degree, high_tiny);
      row.insert(row.end(), after.begin(), after.end());
      made.push_back(std::move(row));
    }
    return made;
  }

  static void RefuseBroken(const std::string& column,
                           const std::vector<double>& knots) {
    const bool finite = AllFinite(knots);
    // Equal knots do; those whose distance has no reciprocal do not.
    const bool far_enough =
        std::adjacent_find(knots.begin(), knots.end(), [](double a, double b) {
          return b < a || (b > a && b - a < std::numeric_limits<double>::min());
        }) == knots.end();
    if (finite && far_enough) return;
    throw DataError({.where = "SplineTransformer, column '" + column + "'",
                     .expected = "numbers between which knots fit",
                     .got = finite ? "a range of hardly more than rounding"
                                   : "an overflow"});
  }

  std::size_t n_knots_ = 5;
  bool quantiles_ = false;
  Settings settings_;
};

EstimatorPtr Configure(const ParameterValue& parameters) {
  return std::make_unique<SplineTransformerEstimator>(parameters);
}

}  // namespace

extern const StepFactory kSplineTransformer{"SplineTransformer", Configure,
                                            SplineTransformer::Load};

}  // namespace tidemill
