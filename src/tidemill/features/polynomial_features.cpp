#include <algorithm>
#include <cmath>
#include <utility>

#include "tidemill/core/errors.h"
#include "tidemill/features/chosen_columns.h"
#include "tidemill/features/step.h"

namespace tidemill {
namespace {

/// Higher powers of one number leave float64 soon anyway.
constexpr std::uint32_t kMaxDegree = 1000;

struct Settings {
  std::uint32_t min_degree = 0;
  std::uint32_t max_degree = 2;
  bool interaction_only = false;
  bool include_bias = true;
};

/// A product of columns: another one times one column more, which stands
/// before all of its own.
struct Term {
  static constexpr std::size_t kNone = ~std::size_t{0};
  std::size_t rest = kNone;
  std::size_t factor = 0;
};

/// All products of a degree, and where they begin.
struct Terms {
  std::vector<Term> terms;
  std::size_t first_kept = 0;  ///< those before it are of too low a degree
};

/// Products of up to max_degree columns, in order of their degree, then of
/// their columns. Stops as soon as there are more than `limit`.
Terms MakeTerms(std::size_t columns, const Settings& settings,
                std::size_t limit) {
  Terms made;
  std::vector<std::size_t> begins;  // of the terms by first column, last degree
  for (std::uint32_t degree = 1; degree <= settings.max_degree; ++degree) {
    if (degree == std::max(settings.min_degree, 1U)) {
      made.first_kept = made.terms.size();
    }
    const std::size_t end = made.terms.size();
    std::vector<std::size_t> next;
    for (std::size_t column = 0; column < columns; ++column) {
      next.push_back(made.terms.size());
      if (degree == 1) {
        made.terms.push_back({Term::kNone, column});
        continue;
      }
      const std::size_t after = column + (settings.interaction_only ? 1 : 0);
      const std::size_t begin = after < columns ? begins[after] : end;
      for (std::size_t rest = begin; rest < end; ++rest) {
        made.terms.push_back({rest, column});
        if (made.terms.size() > limit) return made;
      }
    }
    if (made.terms.size() == end && degree > 1) {
      // No product has so many different columns.
      if (degree <= settings.min_degree) made.first_kept = end;
      break;
    }
    begins = std::move(next);
  }
  return made;
}

class PolynomialBlock final : public BlockKernel {
 public:
  PolynomialBlock(Terms terms, bool bias)
      : terms_(std::move(terms)), bias_(bias ? 1 : 0) {}

  std::size_t num_outputs() const override {
    return terms_.terms.size() - terms_.first_kept + bias_;
  }

  void Apply(std::span<const ColumnValues> inputs, std::size_t rows,
             std::span<double* const> outs) const override {
    if (bias_ == 1) std::fill_n(outs[0], rows, 1.0);
    for (std::size_t first = 0; first < rows; first += kChunk) {
      ApplyChunk(inputs, first, std::min(kChunk, rows - first), outs);
    }
  }

 private:
  /// Rows at a time: bounds what the products of too low a degree take, which
  /// are needed, but not asked for.
  static constexpr std::size_t kChunk = 128;

  void ApplyChunk(std::span<const ColumnValues> inputs, std::size_t first,
                  std::size_t rows, std::span<double* const> outs) const {
    thread_local std::vector<double> low;
    low.resize(terms_.first_kept * kChunk);
    const auto place_of = [&](std::size_t term) {
      return term < terms_.first_kept
                 ? low.data() + term * kChunk
                 : outs[term - terms_.first_kept + bias_] + first;
    };
    for (std::size_t t = 0; t < terms_.terms.size(); ++t) {
      const Term& term = terms_.terms[t];
      const double* factor = inputs[term.factor].numbers + first;
      double* out = place_of(t);
      if (term.rest == Term::kNone) {
        std::copy_n(factor, rows, out);
        continue;
      }
      const double* rest = place_of(term.rest);
      for (std::size_t i = 0; i < rows; ++i) out[i] = rest[i] * factor[i];
    }
  }

  Terms terms_;
  std::size_t bias_;
};

/// `a^2 b`; a factor that occurs again stands beside the first.
std::string NameOf(const Terms& terms, std::size_t t,
                   const std::vector<std::string>& columns) {
  std::string name;
  while (t != Term::kNone) {
    const std::size_t factor = terms.terms[t].factor;
    std::size_t power = 0;
    for (; t != Term::kNone && terms.terms[t].factor == factor; ++power) {
      t = terms.terms[t].rest;
    }
    name += (name.empty() ? "" : " ") + columns[factor];
    if (power > 1) name += "^" + std::to_string(power);
  }
  return name;
}

/// All products of up to `degree` columns, with `1` in front as the bias.
///
/// Outputs: `1`, `a`, `b`, `a^2`, `a b`, ...
/// Missing: NaN in every product with a missing factor; none may be there
///          when fitting.
/// Source:  scikit-learn PolynomialFeatures: a product is worked out from its
///          last column to its first.
class PolynomialFeatures final : public Step {
 public:
  PolynomialFeatures(std::vector<std::string> columns, Settings settings)
      : columns_(std::move(columns)), settings_(settings) {}

  std::string_view name() const override { return "PolynomialFeatures"; }

  std::vector<ExpressionPtr> Bind(
      std::span<const ExpressionPtr> inputs) const override {
    CheckInputs(name(), inputs, columns_);
    for (const ExpressionPtr& input : inputs) {
      CheckKind(name(), *input, ColumnKind::kNumber);
    }
    Terms terms = MakeTerms(columns_.size(), settings_, kMaxColumns);
    if (terms.terms.size() > kMaxColumns) {
      throw ArtifactError(
          {.where = "step PolynomialFeatures",
           .expected = "at most " + std::to_string(kMaxColumns) + " products",
           .got = "more"});
    }
    const std::vector<std::string> names = NamesOf(terms);
    // A term is two numbers.
    const std::size_t words = 2 * terms.terms.size();
    StepOutputs outputs;
    outputs.Add(MakeBlock(names, {inputs.begin(), inputs.end()},
                          std::make_shared<PolynomialBlock>(
                              std::move(terms), settings_.include_bias),
                          words));
    return outputs.Take();
  }

  void Save(ArtifactWriter& out) const override {
    out.Texts("columns", columns_);
    out.U32("min_degree", settings_.min_degree);
    out.U32("max_degree", settings_.max_degree);
    out.Bool("interaction_only", settings_.interaction_only);
    out.Bool("include_bias", settings_.include_bias);
  }

  static StepPtr Load(ArtifactReader& in, int /*depth*/) {
    std::vector<std::string> columns = in.Texts("columns");
    Settings settings;
    settings.min_degree = in.U32("min_degree");
    settings.max_degree = in.U32("max_degree");
    if (columns.empty() || settings.min_degree > settings.max_degree ||
        settings.max_degree > kMaxDegree) {
      in.Refuse("columns, and degrees that rise to at most " +
                    std::to_string(kMaxDegree),
                std::to_string(columns.size()) + " columns, degrees " +
                    std::to_string(settings.min_degree) + " to " +
                    std::to_string(settings.max_degree));
    }
    settings.interaction_only = in.Bool("interaction_only");
    settings.include_bias = in.Bool("include_bias");
    return std::make_unique<PolynomialFeatures>(std::move(columns), settings);
  }

 private:
  std::vector<std::string> NamesOf(const Terms& terms) const {
    std::vector<std::string> names;
    if (settings_.include_bias) names.emplace_back("1");
    std::size_t bytes = 0;
    for (std::size_t t = terms.first_kept; t < terms.terms.size(); ++t) {
      names.push_back(NameOf(terms, t, columns_));
      bytes += names.back().size();
      if (bytes > 8 * kMaxTableEntries) {
        throw ArtifactError({.where = "step PolynomialFeatures",
                             .expected = "names of at most " +
                                         std::to_string(8 * kMaxTableEntries) +
                                         " bytes together",
                             .got = "more"});
      }
    }
    return names;
  }

  std::vector<std::string> columns_;
  Settings settings_;
};

std::uint32_t AsDegree(const ParameterValue& value) {
  const std::int64_t degree = AsInteger(value);
  if (degree < 0 || degree > kMaxDegree) {
    throw ConfigError(
        {.where = value.where,
         .expected = "a degree from 0 to " + std::to_string(kMaxDegree),
         .got = Describe(value)});
  }
  return static_cast<std::uint32_t>(degree);
}

class PolynomialFeaturesEstimator final : public Estimator {
 public:
  explicit PolynomialFeaturesEstimator(const ParameterValue& parameters) {
    ParameterReader reader(parameters);
    if (const ParameterValue* degree = reader.Optional("degree")) {
      ReadDegree(*degree);
    }
    settings_.interaction_only = reader.Bool("interaction_only", false);
    settings_.include_bias = reader.Bool("include_bias", true);
    reader.Finish();
    if (settings_.max_degree == 0 && !settings_.include_bias) {
      throw ConfigError({.where = reader.where(),
                         .expected = "a degree above 0, or include_bias",
                         .got = "neither: nothing would be made"});
    }
  }

  StepPtr Fit(const Frame& inputs,
              const FitContext& /*context*/) const override {
    std::vector<std::string> columns;
    for (const FrameColumn& column : inputs.columns) {
      RequireNumbers("PolynomialFeatures", column, MissingCells::kRefuse);
      columns.push_back(column.column.name);
    }
    const auto refuse = [](std::string expected, std::string got) {
      throw ConfigError({.where = "pipeline, PolynomialFeatures",
                         .expected = std::move(expected),
                         .got = std::move(got)});
    };
    if (columns.empty()) refuse("a number column", "none");
    const Terms terms = MakeTerms(columns.size(), settings_, kMaxColumns);
    if (terms.terms.size() >= kMaxColumns) {
      refuse("at most " + std::to_string(kMaxColumns) +
                 " products (a lower degree, fewer columns, or "
                 "interaction_only)",
             std::to_string(columns.size()) + " columns of degree up to " +
                 std::to_string(settings_.max_degree));
    }
    if (terms.terms.size() == terms.first_kept && !settings_.include_bias) {
      refuse("products of so many columns as degree asks for",
             "only " + std::to_string(columns.size()) + " columns");
    }
    return std::make_unique<PolynomialFeatures>(std::move(columns), settings_);
  }

 private:
  void ReadDegree(const ParameterValue& degree) {
    const ParameterValue::List* list = degree.list();
    if (list == nullptr) {
      settings_.max_degree = AsDegree(degree);
      return;
    }
    if (list->size() == 2) {
      settings_.min_degree = AsDegree(list->front());
      settings_.max_degree = AsDegree(list->back());
    }
    if (list->size() != 2 || settings_.min_degree > settings_.max_degree) {
      throw ConfigError({.where = degree.where,
                         .expected = "[least degree, greatest degree]",
                         .got = "a list of other numbers"});
    }
  }

  Settings settings_;
};

EstimatorPtr Configure(const ParameterValue& parameters) {
  return std::make_unique<PolynomialFeaturesEstimator>(parameters);
}

}  // namespace

extern const StepFactory kPolynomialFeatures{"PolynomialFeatures", Configure,
                                             PolynomialFeatures::Load};

}  // namespace tidemill
