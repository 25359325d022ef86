#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "tidemill/core/errors.h"
#include "tidemill/features/projection.h"
#include "tidemill/features/singular_vectors.h"

namespace tidemill {
namespace {

constexpr std::string_view kName = "PCA";
constexpr std::string_view kPrefix = "pca";

/// Principal components: the directions in which the centred columns vary most.
///
/// Missing: refused in training; impute before.
/// Errors:  DataError on missing or infinite numbers and on one row.
/// Source:  scikit-learn PCA with an exact solver (the singular values of the
///          centred matrix, whatever svd_solver says). Components of nearly
///          equal variance are not determined by the rows.
class Pca final : public Estimator {
 public:
  explicit Pca(const ParameterValue& parameters) {
    ParameterReader reader(parameters);
    if (const ParameterValue* value = reader.Optional("n_components")) {
      ReadComponents(*value);
    }
    whiten_ = reader.Bool("whiten", false);
    reader.Choice("svd_solver", "auto", {"auto", "full", "covariance_eigh"});
    reader.Finish();
  }

  StepPtr Fit(const Frame& inputs,
              const FitContext& /*context*/) const override {
    Eigen::MatrixXd x = FiniteMatrix(kName, inputs);
    if (x.rows() < 2) {
      throw DataError({.where = std::string(kName),
                       .expected = "two rows or more",
                       .got = std::to_string(x.rows())});
    }
    if (x.cols() == 0) {
      throw ConfigError(
          {.where = "pipeline, PCA", .expected = "a column", .got = "none"});
    }
    const auto most = static_cast<std::size_t>(std::min(x.rows(), x.cols()));
    if (count_ > most) {
      throw ConfigError({.where = "pipeline, PCA, n_components",
                         .expected = "at most " + std::to_string(most) +
                                     ", the smaller of rows and columns",
                         .got = std::to_string(count_)});
    }
    const RowVector mean = x.colwise().mean();
    x.rowwise() -= mean;
    const double divisor = static_cast<double>(x.rows()) - 1.0;
    const SingularVectors found = RightSingularVectors(kName, std::move(x));
    const ColumnVector variances =
        found.values.cwiseProduct(found.values) / divisor;
    const auto k = static_cast<Eigen::Index>(Count(variances));
    ProjectionParameters p;
    for (const FrameColumn& column : inputs.columns) {
      p.columns.push_back(column.column.name);
    }
    p.components = found.right.topRows(k);
    const ColumnVector offsets = p.components * mean.transpose();
    p.offsets.assign(offsets.begin(), offsets.end());
    for (Eigen::Index i = 0; i < k; ++i) {
      p.scales.push_back(whiten_ ? Scale(variances[i]) : 1.0);
    }
    return MakeProjection(kName, kPrefix, std::move(p));
  }

 private:
  void ReadComponents(const ParameterValue& value) {
    const auto* number = std::get_if<ParameterValue::Number>(&value.value);
    if (number != nullptr && number->value > 0.0 && number->value < 1.0) {
      share_ = number->value;
      return;
    }
    if (number == nullptr || number->value < 1.0 ||
        number->value != std::floor(number->value) ||
        number->value > static_cast<double>(kMaxColumns)) {
      throw ConfigError(
          {.where = value.where,
           .expected = "a number of components from 1, or the share of the "
                       "variance to keep, between 0 and 1",
           .got = Describe(value)});
    }
    count_ = static_cast<std::size_t>(number->value);
  }

  /// As many as were asked for, or as reach more than the share.
  std::size_t Count(const ColumnVector& variances) const {
    const auto all = static_cast<std::size_t>(variances.size());
    if (count_ > 0) return count_;
    if (share_ == 0.0) return all;
    const double total = variances.sum();
    double sum = 0.0;
    std::size_t count = 0;
    while (count < all) {
      sum += variances[static_cast<Eigen::Index>(count)] / total;
      ++count;
      if (sum > share_) break;
    }
    return count;
  }

  static double Scale(double variance) {
    return std::max(std::sqrt(variance),
                    std::numeric_limits<double>::epsilon());
  }

  std::size_t count_ = 0;  ///< 0: by share_
  double share_ = 0.0;     ///< 0: all
  bool whiten_ = false;
};

}  // namespace

extern const StepFactory kPCA{
    kName,
    [](const ParameterValue& parameters) -> EstimatorPtr {
      return std::make_unique<Pca>(parameters);
    },
    [](ArtifactReader& in, int /*depth*/) {
      return LoadProjection(kName, kPrefix, in);
    }};

}  // namespace tidemill
