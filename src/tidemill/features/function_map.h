#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "tidemill/features/expression.h"

namespace tidemill {

/// A function of one number by numpy's name for it, e.g. "log1p".
/// Its number is what an artifact keeps: append only.
enum class NumberFunction : std::uint8_t {
  kAbs,
  kArcsinh,
  kCbrt,
  kCeil,
  kCos,
  kExp,
  kExpm1,
  kFloor,
  kLog,
  kLog10,
  kLog1p,
  kLog2,
  kNegative,
  kReciprocal,
  kRint,
  kSign,
  kSin,
  kSqrt,
  kSquare,
  kTanh,
  kArcsin,
};
inline constexpr int kNumNumberFunctions = 21;

std::string_view ToText(NumberFunction function);
/// "absolute" counts as "abs".
std::optional<NumberFunction> ParseNumberFunction(std::string_view name);
/// All names, "abs, arcsinh, ...".
std::string NumberFunctionNames();

/// Applies it element by element as numpy does: NaN stays NaN, and what has no
/// value is NaN (log of -1) or infinite (log of 0).
std::shared_ptr<const NumberMap> MakeFunctionMap(NumberFunction function);

}  // namespace tidemill
