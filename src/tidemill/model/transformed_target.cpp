#include "tidemill/model/transformed_target.h"

#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "tidemill/core/errors.h"
#include "tidemill/core/number_text.h"
#include "tidemill/model/member.h"

namespace tidemill {
namespace {

void CheckMap(const TargetMap& map) {
  const bool divides = map.function == TargetFunction::kSubtractDivide;
  if (std::isfinite(map.a) && std::isfinite(map.b) &&
      !(divides && map.b == 0.0)) {
    return;
  }
  throw ArtifactError({.where = "transformed_target",
                       .expected = "finite numbers, none a divisor of 0",
                       .got = NumberText(map.a) + " and " + NumberText(map.b)});
}

/// scipy.special.inv_boxcox.
double InverseBoxCox(double x, double lambda) {
  return lambda == 0.0 ? std::exp(x)
                       : std::exp(std::log1p(lambda * x) / lambda);
}

/// scikit-learn PowerTransformer: within a rounding of 0 and 2 lambda is that.
double InverseYeoJohnson(double x, double lambda) {
  constexpr double kSpacing = std::numeric_limits<double>::epsilon();
  if (x >= 0.0) {
    return std::abs(lambda) < kSpacing
               ? std::exp(x) - 1.0
               : std::pow(x * lambda + 1.0, 1.0 / lambda) - 1.0;
  }
  return std::abs(lambda - 2.0) > kSpacing
             ? 1.0 - std::pow(-(2.0 - lambda) * x + 1.0, 1.0 / (2.0 - lambda))
             : 1.0 - std::exp(-x);
}

/// T is float where the predictor computes in float32.
template <typename T>
double Apply(const TargetMap& map, double x) {
  switch (map.function) {
    case TargetFunction::kExp:
      return static_cast<T>(std::exp(x));
    case TargetFunction::kExpm1:
      return static_cast<T>(std::expm1(x));
    case TargetFunction::kExp2:
      return static_cast<T>(std::exp2(x));
    case TargetFunction::kLog:
      return static_cast<T>(std::log(x));
    case TargetFunction::kLog1p:
      return static_cast<T>(std::log1p(x));
    case TargetFunction::kSqrt:
      return static_cast<T>(std::sqrt(x));
    case TargetFunction::kSquare:
      return static_cast<T>(x * x);
    case TargetFunction::kCbrt:
      return static_cast<T>(std::cbrt(x));
    case TargetFunction::kSinh:
      return static_cast<T>(std::sinh(x));
    case TargetFunction::kArcsinh:
      return static_cast<T>(std::asinh(x));
    case TargetFunction::kReciprocal:
      return static_cast<T>(1.0 / x);
    case TargetFunction::kMultiplyAdd:
      return static_cast<T>(static_cast<T>(x * map.a) + map.b);
    case TargetFunction::kSubtractDivide:
      return static_cast<T>(static_cast<T>(x - map.a) / map.b);
    case TargetFunction::kInverseBoxCox:
      return static_cast<T>(InverseBoxCox(x, map.a));
    case TargetFunction::kInverseYeoJohnson:
      return static_cast<T>(InverseYeoJohnson(x, map.a));
  }
  return x;
}

}  // namespace

TransformedTarget::TransformedTarget(PredictorPtr predictor,
                                     std::vector<TargetMap> maps)
    : predictor_(std::move(predictor)), maps_(std::move(maps)) {
  if (predictor_->num_outputs() != 1) {
    throw ArtifactError({.where = "transformed_target",
                         .expected = "a predictor of one output",
                         .got = std::to_string(predictor_->num_outputs())});
  }
  for (const TargetMap& map : maps_) CheckMap(map);
}

void TransformedTarget::Predict(const Eigen::Ref<const RowMatrix>& features,
                                std::span<double> outputs) const {
  predictor_->Predict(features, outputs);
  const auto apply = single_precision() ? Apply<float> : Apply<double>;
  for (double& x : outputs) {
    for (const TargetMap& map : maps_) x = apply(map, x);
  }
}

void TransformedTarget::Save(ArtifactWriter& out) const {
  SaveNested("predictor", *predictor_, out);
  out.Each("maps", maps_, [&](const TargetMap& map) {
    out.Choice("function", map.function, kTargetFunctionNames);
    out.Double("a", map.a);
    out.Double("b", map.b);
  });
}

PredictorPtr TransformedTarget::Load(ArtifactReader& in, int levels) {
  PredictorPtr predictor = LoadNested("predictor", in, levels);
  std::vector<TargetMap> maps =
      in.Each<TargetMap>("maps", kMaxMaps, 17, [&](TargetMap& map) {
        map.function =
            in.Choice<TargetFunction>("function", kTargetFunctionNames);
        map.a = in.Double("a");
        map.b = in.Double("b");
      });
  return std::make_unique<TransformedTarget>(std::move(predictor),
                                             std::move(maps));
}

}  // namespace tidemill
