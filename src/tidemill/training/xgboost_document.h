#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace tidemill {

/// By the second byte: after UBJSON's '{' comes the type of a length, or '$' or
/// '#'; after JSON's a blank, a quote or '}'.
bool IsUbjson(std::string_view bytes);

/// A JSON or UBJSON text of XGBoost as a document.
///
/// Numbers: with a point or exponent they are rounded to float32, as XGBoost's
///          own reader does, and never by way of float64; JSON's NaN and
///          Infinity, which only XGBoost writes, are null.
/// Memory:  in proportion to the bytes: values are counted, nesting is limited.
/// Errors:  ArtifactError naming `where` when the bytes are neither, cut off,
///          not UTF-8 or nested too deep.
nlohmann::json ParseXgboostDocument(std::string_view bytes,
                                    const std::string& where);

}  // namespace tidemill
