#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "tidemill/model/predictor.h"

namespace tidemill {

/// A closed set of functions of one number; a and b are a TargetMap's.
enum class TargetFunction : std::uint8_t {
  kExp,
  kExpm1,
  kExp2,
  kLog,
  kLog1p,
  kSqrt,
  kSquare,
  kCbrt,
  kSinh,
  kArcsinh,
  kReciprocal,
  kMultiplyAdd,        ///< x a + b
  kSubtractDivide,     ///< (x - a) / b
  kInverseBoxCox,      ///< a is lambda
  kInverseYeoJohnson,  ///< a is lambda
};
inline constexpr std::array<std::string_view, 15> kTargetFunctionNames = {
    "exp",
    "expm1",
    "exp2",
    "log",
    "log1p",
    "sqrt",
    "square",
    "cbrt",
    "sinh",
    "arcsinh",
    "reciprocal",
    "multiply_add",
    "subtract_divide",
    "inverse_box_cox",
    "inverse_yeo_johnson"};

struct TargetMap {
  TargetFunction function = TargetFunction::kExp;
  double a = 0.0;
  double b = 0.0;
};

/// A regression in the target's own unit: what its predictor gives, through one
/// map after the other. Where the predictor computes in float32, every
/// operation is rounded to that.
///
/// Errors:  the constructor throws ArtifactError unless there is one output and
///          every a and b is finite, and none divides by 0.
/// Source:  scikit-learn TransformedTargetRegressor, hence numpy's functions
/// and
///          the inverse_transform() of the scalers and of PowerTransformer.
class TransformedTarget final : public Predictor {
 public:
  static constexpr std::size_t kMaxMaps = 100;

  TransformedTarget(PredictorPtr predictor, std::vector<TargetMap> maps);

  std::string_view family() const override { return "transformed_target"; }
  std::string_view engine() const override { return predictor_->engine(); }
  std::size_t num_features() const override {
    return predictor_->num_features();
  }
  std::size_t num_outputs() const override { return 1; }
  bool single_precision() const override {
    return predictor_->single_precision();
  }
  bool float32_features() const override {
    return predictor_->float32_features();
  }
  void Predict(const Eigen::Ref<const RowMatrix>& features,
               std::span<double> outputs) const override;
  void Save(ArtifactWriter& out) const override;
  static PredictorPtr Load(ArtifactReader& in, int levels);

 private:
  PredictorPtr predictor_;
  std::vector<TargetMap> maps_;
};

}  // namespace tidemill
