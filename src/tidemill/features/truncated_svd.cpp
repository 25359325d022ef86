#include <algorithm>
#include <utility>

#include "tidemill/core/errors.h"
#include "tidemill/features/projection.h"
#include "tidemill/features/singular_vectors.h"

namespace tidemill {
namespace {

constexpr std::string_view kName = "TruncatedSVD";
constexpr std::string_view kPrefix = "truncatedsvd";

/// The first singular vectors of the columns as they are, not centred: for
/// counts of words, latent semantic analysis.
///
/// Missing: refused in training; impute before.
/// Errors:  DataError on missing or infinite numbers.
/// Source:  scikit-learn TruncatedSVD, whose algorithms both start from random
///          numbers and come near to what is exact here.
class TruncatedSvd final : public Estimator {
 public:
  explicit TruncatedSvd(const ParameterValue& parameters) {
    ParameterReader reader(parameters);
    const std::int64_t count = reader.Integer("n_components", 2);
    reader.Choice("algorithm", "exact", {"exact"});
    reader.Finish();
    if (count < 1 || count > static_cast<std::int64_t>(kMaxColumns)) {
      throw ConfigError(
          {.where = reader.PlaceOf("n_components"),
           .expected = "n_components from 1 to " + std::to_string(kMaxColumns),
           .got = std::to_string(count)});
    }
    count_ = count;
  }

  StepPtr Fit(const Frame& inputs,
              const FitContext& /*context*/) const override {
    Eigen::MatrixXd x = FiniteMatrix(kName, inputs);
    const Eigen::Index most = std::min(x.rows(), x.cols());
    if (count_ > most) {
      throw ConfigError({.where = "pipeline, TruncatedSVD, n_components",
                         .expected = "at most " + std::to_string(most) +
                                     ", the smaller of rows and columns",
                         .got = std::to_string(count_)});
    }
    ProjectionParameters p;
    for (const FrameColumn& column : inputs.columns) {
      p.columns.push_back(column.column.name);
    }
    p.components =
        RightSingularVectors(kName, std::move(x)).right.topRows(count_);
    p.offsets.assign(static_cast<std::size_t>(count_), 0.0);
    p.scales.assign(static_cast<std::size_t>(count_), 1.0);
    return MakeProjection(kName, kPrefix, std::move(p));
  }

 private:
  Eigen::Index count_ = 2;
};

}  // namespace

extern const StepFactory kTruncatedSVD{
    kName,
    [](const ParameterValue& parameters) -> EstimatorPtr {
      return std::make_unique<TruncatedSvd>(parameters);
    },
    [](ArtifactReader& in, int /*depth*/) {
      return LoadProjection(kName, kPrefix, in);
    }};

}  // namespace tidemill
