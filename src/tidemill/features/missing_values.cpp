#include <limits>
#include <utility>

#include "tidemill/features/step.h"

namespace tidemill {
namespace {

constexpr std::string_view kName = "MissingValues";

struct Marker {
  double value = 0.0;
  bool single_precision = false;  ///< compared as float32
};

class ToMissing final : public NumberMap {
 public:
  explicit ToMissing(Marker marker) : marker_(marker) {}
  void Apply(std::span<double> values) const override {
    constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
    for (double& value : values) {
      if (IsMarker(value)) value = kNaN;
    }
  }
  bool nondecreasing() const override { return false; }

 private:
  bool IsMarker(double value) const {
    if (!marker_.single_precision) return value == marker_.value;
    return static_cast<float>(value) == static_cast<float>(marker_.value);
  }

  Marker marker_;
};

/// Makes one value of every column missing: a number that stands for it (-999,
/// scikit-learn's `missing_values`, XGBoost's `missing`), or the 0 that a
/// sparse matrix leaves out and XGBoost then takes for missing. XGBoost
/// compares in float32.
///
/// Missing: stays missing.
class MissingValues final : public Step {
 public:
  MissingValues(std::vector<std::string> columns, Marker marker)
      : columns_(std::move(columns)), marker_(marker) {}

  std::string_view name() const override { return kName; }

  std::vector<ExpressionPtr> Bind(
      std::span<const ExpressionPtr> inputs) const override {
    return BindOneMap(kName, inputs, columns_,
                      std::make_shared<ToMissing>(marker_));
  }

  void Save(ArtifactWriter& out) const override {
    out.Texts("columns", columns_);
    out.Double("missing_value", marker_.value);
    out.Bool("single_precision", marker_.single_precision);
  }

  static StepPtr Load(ArtifactReader& in, int /*depth*/) {
    std::vector<std::string> columns = in.Texts("columns");
    Marker marker;
    marker.value = in.FiniteDouble("missing_value");
    marker.single_precision = in.Bool("single_precision");
    return std::make_unique<MissingValues>(std::move(columns), marker);
  }

 private:
  std::vector<std::string> columns_;
  Marker marker_;
};

class MissingValuesEstimator final : public Estimator {
 public:
  explicit MissingValuesEstimator(Marker marker) : marker_(marker) {}

  StepPtr Fit(const Frame& inputs,
              const FitContext& /*context*/) const override {
    std::vector<std::string> columns =
        ColumnsOfKind(kName, inputs, ColumnKind::kNumber);
    return std::make_unique<MissingValues>(std::move(columns), marker_);
  }

 private:
  Marker marker_;
};

}  // namespace

extern const StepFactory kMissingValues{
    kName,
    [](const ParameterValue& parameters) -> EstimatorPtr {
      ParameterReader reader(parameters);
      Marker marker;
      marker.value = reader.Double("missing_value", 0.0);
      marker.single_precision = reader.Bool("single_precision", false);
      reader.Finish();
      return std::make_unique<MissingValuesEstimator>(marker);
    },
    MissingValues::Load};

}  // namespace tidemill
