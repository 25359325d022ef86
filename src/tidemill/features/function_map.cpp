#include "tidemill/features/function_map.h"

#include <array>
#include <cmath>
#include <cstddef>

namespace tidemill {
namespace {

using Function = double (*)(double);

double Negative(double x) { return -x; }
double Reciprocal(double x) { return 1.0 / x; }
double Square(double x) { return x * x; }
double Sign(double x) {
  return std::isnan(x) ? x : x > 0.0 ? 1.0 : x < 0.0 ? -1.0 : 0.0;
}

struct FunctionInfo {
  std::string_view name;
  Function function;
  /// Of every number, down to the last bit. The C library does not promise
  /// that of exp, and log makes NaN of what is left of its range.
  bool nondecreasing;
};

constexpr std::array<FunctionInfo, kNumNumberFunctions> kFunctions = {
    {{"abs", [](double x) { return std::fabs(x); }, false},
     {"arcsinh", [](double x) { return std::asinh(x); }, false},
     {"cbrt", [](double x) { return std::cbrt(x); }, false},
     {"ceil", [](double x) { return std::ceil(x); }, true},
     {"cos", [](double x) { return std::cos(x); }, false},
     {"exp", [](double x) { return std::exp(x); }, false},
     {"expm1", [](double x) { return std::expm1(x); }, false},
     {"floor", [](double x) { return std::floor(x); }, true},
     {"log", [](double x) { return std::log(x); }, false},
     {"log10", [](double x) { return std::log10(x); }, false},
     {"log1p", [](double x) { return std::log1p(x); }, false},
     {"log2", [](double x) { return std::log2(x); }, false},
     {"negative", Negative, false},
     {"reciprocal", Reciprocal, false},
     {"rint", [](double x) { return std::nearbyint(x); }, true},
     {"sign", Sign, true},
     {"sin", [](double x) { return std::sin(x); }, false},
     {"sqrt", [](double x) { return std::sqrt(x); }, false},
     {"square", Square, false},
     {"tanh", [](double x) { return std::tanh(x); }, false},
     {"arcsin", [](double x) { return std::asin(x); }, false}}};

const FunctionInfo& InfoOf(NumberFunction function) {
  return kFunctions[static_cast<std::size_t>(function)];
}

class FunctionMap final : public NumberMap {
 public:
  explicit FunctionMap(NumberFunction function) : info_(&InfoOf(function)) {}
  void Apply(std::span<double> values) const override {
    for (double& value : values) value = info_->function(value);
  }
  bool nondecreasing() const override { return info_->nondecreasing; }

 private:
  const FunctionInfo* info_;
};

}  // namespace

std::string_view ToText(NumberFunction function) {
  return InfoOf(function).name;
}

std::optional<NumberFunction> ParseNumberFunction(std::string_view name) {
  if (name == "absolute") return NumberFunction::kAbs;
  for (std::size_t i = 0; i < kFunctions.size(); ++i) {
    if (kFunctions[i].name == name) return static_cast<NumberFunction>(i);
  }
  return std::nullopt;
}

std::string NumberFunctionNames() {
  std::string names;
  for (const FunctionInfo& info : kFunctions) {
    if (!names.empty()) names += ", ";
    names += info.name;
  }
  return names;
}

std::shared_ptr<const NumberMap> MakeFunctionMap(NumberFunction function) {
  return std::make_shared<FunctionMap>(function);
}

}  // namespace tidemill
