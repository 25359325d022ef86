#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include "tidemill/features/standardise.h"

namespace tidemill {
namespace {

constexpr std::string_view kName = "Normalizer";

enum class Norm : std::uint8_t { kL1, kL2, kMax };
constexpr std::array<std::string_view, 3> kNormNames = {"l1", "l2", "max"};

/// Every row divided by its norm.
class DivideByNorm final : public BlockKernel {
 public:
  DivideByNorm(std::size_t columns, Norm norm)
      : columns_(columns), norm_(norm) {}

  std::size_t num_outputs() const override { return columns_; }

  void Apply(std::span<const ColumnValues> inputs, std::size_t rows,
             std::span<double* const> outs) const override {
    // The norms stand in the first output until its own turn comes, last.
    const std::span<double> norms(outs[0], rows);
    std::fill(norms.begin(), norms.end(), 0.0);
    for (const ColumnValues& input : inputs) {
      AddTo(norms, {input.numbers, rows});
    }
    for (double& norm : norms) {
      norm = ScaleOrOne(norm_ == Norm::kL2 ? std::sqrt(norm) : norm);
    }
    for (std::size_t j = columns_; j-- > 0;) {
      for (std::size_t i = 0; i < rows; ++i) {
        outs[j][i] = inputs[j].numbers[i] / norms[i];
      }
    }
  }

 private:
  void AddTo(std::span<double> norms, std::span<const double> values) const {
    for (std::size_t i = 0; i < norms.size(); ++i) {
      const double size = std::abs(values[i]);
      if (norm_ == Norm::kL1) norms[i] += size;
      if (norm_ == Norm::kL2) norms[i] += size * size;
      // False for NaN on either side: missing once is missing to the end.
      if (norm_ == Norm::kMax && !(size <= norms[i])) {
        norms[i] = std::isnan(norms[i]) ? norms[i] : size;
      }
    }
  }

  std::size_t columns_;
  Norm norm_;
};

/// Divides every row by its norm: the sum of absolute values, the root of the
/// sum of squares, or the greatest absolute value. A row whose norm is below
/// 10 epsilon is left as it is.
///
/// Missing: a row with a missing value is missing in all columns, for its norm
///          is not known.
/// Source:  scikit-learn Normalizer, which refuses missing values; the sums
///          run over the columns in their order.
class Normalizer final : public Step {
 public:
  Normalizer(std::vector<std::string> columns, Norm norm)
      : columns_(std::move(columns)), norm_(norm) {}

  std::string_view name() const override { return kName; }

  std::vector<ExpressionPtr> Bind(
      std::span<const ExpressionPtr> inputs) const override {
    CheckInputs(kName, inputs, columns_);
    if (inputs.empty()) return {};
    for (const ExpressionPtr& input : inputs) {
      CheckKind(kName, *input, ColumnKind::kNumber);
    }
    StepOutputs outputs;
    outputs.Add(
        MakeBlock(columns_, {inputs.begin(), inputs.end()},
                  std::make_shared<DivideByNorm>(inputs.size(), norm_)));
    return outputs.Take();
  }

  void Save(ArtifactWriter& out) const override {
    out.Texts("columns", columns_);
    out.Choice("norm", norm_, kNormNames);
  }

  static StepPtr Load(ArtifactReader& in, int /*depth*/) {
    std::vector<std::string> columns = in.Texts("columns");
    const auto norm = in.Choice<Norm>("norm", kNormNames);
    return std::make_unique<Normalizer>(std::move(columns), norm);
  }

 private:
  std::vector<std::string> columns_;
  Norm norm_;
};

class NormalizerEstimator final : public Estimator {
 public:
  explicit NormalizerEstimator(Norm norm) : norm_(norm) {}

  StepPtr Fit(const Frame& inputs,
              const FitContext& /*context*/) const override {
    std::vector<std::string> columns =
        ColumnsOfKind(kName, inputs, ColumnKind::kNumber);
    return std::make_unique<Normalizer>(std::move(columns), norm_);
  }

 private:
  Norm norm_;
};

EstimatorPtr Configure(const ParameterValue& parameters) {
  ParameterReader reader(parameters);
  const std::string norm = reader.Choice("norm", "l2", {"l1", "l2", "max"});
  reader.Finish();
  return std::make_unique<NormalizerEstimator>(norm == "l1"   ? Norm::kL1
                                               : norm == "l2" ? Norm::kL2
                                                              : Norm::kMax);
}

}  // namespace

extern const StepFactory kNormalizer{kName, Configure, Normalizer::Load};

}  // namespace tidemill
