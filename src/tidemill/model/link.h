#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace tidemill {

/// How a row's margins become its outputs.
enum class Link : std::uint8_t {
  kIdentity,
  kLogistic,  ///< 1 / (1 + exp(-x)) of each
  kSoftmax,   ///< of two outputs and more
  kExp,
  /// Logistic of each, divided by their sum: one binary model per class.
  kOneVsRest,
  /// (clip(x, -1, 1) + 1) / 2; of several outputs divided by their sum.
  kModifiedHuber,
  /// sign(x) x^2: undoes a square root of the target.
  kSignedSquare,
  /// 2^-x: an isolation forest's score out of the relative path length.
  kExp2Negative,
};
inline constexpr std::array<std::string_view, 8> kLinkNames = {
    "identity",    "logistic",       "softmax",       "exp",
    "one_vs_rest", "modified_huber", "signed_square", "exp2_negative"};

/// Throws ArtifactError unless so many outputs may have the link, up to
/// kMaxClasses: softmax and one_vs_rest two and more; identity, logistic and
/// modified_huber any number; the others one.
void CheckOutputs(std::size_t num_outputs, Link link, const std::string& where);

/// Turns a row's margins into its outputs, in float64, the sums in the order
/// of the classes.
///
/// Source: scikit-learn's predict and predict_proba. Where every class has
///         probability 0, all are equally likely, as there.
void ApplyLink(Link link, std::span<double> margins);

}  // namespace tidemill
