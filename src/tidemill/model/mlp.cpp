#include "tidemill/model/mlp.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "tidemill/core/all_finite.h"
#include "tidemill/core/errors.h"
#include "tidemill/model/row_loop.h"
#include "tidemill/model/scratch.h"

namespace tidemill {
namespace {

[[noreturn]] void Refuse(std::size_t layer, std::string expected,
                         std::string got) {
  throw ArtifactError({.where = "mlp, layer " + std::to_string(layer),
                       .expected = std::move(expected),
                       .got = std::move(got)});
}

/// `inputs` is what the layer before gives; 0 = unknown.
void CheckLayer(const DenseLayer& layer, std::size_t number,
                std::size_t inputs) {
  const std::size_t weights = layer.weights.size();
  const std::size_t outputs = layer.biases.size();
  if (weights == 0 || outputs == 0 || weights % outputs != 0) {
    Refuse(number, "as many weights for each of one or more biases",
           std::to_string(weights) + " weights, " + std::to_string(outputs) +
               " biases");
  }
  if (inputs != 0 && layer.num_inputs() != inputs) {
    Refuse(number, std::to_string(inputs) + " inputs",
           std::to_string(layer.num_inputs()));
  }
  if (!AllFinite(layer.weights) || !AllFinite(layer.biases)) {
    Refuse(number, "finite weights and biases", "NaN or an infinity");
  }
}

/// Input after input, so that a row's sums never depend on the rows beside it,
/// as those of a matrix product would in the last bit.
void AddUp(const DenseLayer& layer, std::span<const double> inputs,
           std::span<double> sums) {
  std::fill(sums.begin(), sums.end(), 0.0);
  const double* weights = layer.weights.data();
  for (const double x : inputs) {
    for (std::size_t j = 0; j < sums.size(); ++j) sums[j] += x * weights[j];
    weights += sums.size();
  }
  for (std::size_t j = 0; j < sums.size(); ++j) sums[j] += layer.biases[j];
}

void Activate(Activation activation, std::span<double> sums) {
  switch (activation) {
    case Activation::kIdentity:
      return;
    case Activation::kLogistic:
      return ApplyLink(Link::kLogistic, sums);
    case Activation::kTanh:
      for (double& x : sums) x = std::tanh(x);
      return;
    case Activation::kRelu:
      for (double& x : sums) x = x < 0.0 ? 0.0 : x;  // NaN stays NaN
      return;
  }
}

}  // namespace

Mlp::Mlp(std::vector<DenseLayer> layers, Activation hidden, Link link)
    : layers_(std::move(layers)), hidden_(hidden), link_(link) {
  if (layers_.empty()) {
    throw ArtifactError(
        {.where = "mlp", .expected = "at least one layer", .got = "none"});
  }
  std::size_t inputs = 0;
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    CheckLayer(layers_[i], i, inputs);
    if (i != 0) widest_ = std::max(widest_, inputs);
    inputs = layers_[i].num_outputs();
  }
  CheckOutputs(num_outputs(), link_, "mlp");
}

void Mlp::Predict(const Eigen::Ref<const RowMatrix>& features,
                  std::span<double> outputs) const {
  const Scratch scratch(2 * widest_);
  std::span<double> ours = scratch.numbers().first(widest_);
  std::span<double> next = scratch.numbers().last(widest_);
  const auto forward = [&](std::span<const double> inputs,
                           std::span<double> margins) {
    for (std::size_t l = 0; l + 1 < layers_.size(); ++l) {
      const std::span<double> sums = ours.first(layers_[l].num_outputs());
      AddUp(layers_[l], inputs, sums);
      Activate(hidden_, sums);
      inputs = sums;
      std::swap(ours, next);
    }
    AddUp(layers_.back(), inputs, margins);
    ApplyLink(link_, margins);
  };
  ForEachRow(*this, features, outputs, forward);
}

void Mlp::Save(ArtifactWriter& out) const {
  out.Choice("hidden_activation", hidden_, kActivationNames);
  out.Choice("link", link_, kLinkNames);
  out.Each("layers", layers_, [&](const DenseLayer& layer) {
    out.Doubles("weights", layer.weights);
    out.Doubles("biases", layer.biases);
  });
}

PredictorPtr Mlp::Load(ArtifactReader& in) {
  const auto hidden =
      in.Choice<Activation>("hidden_activation", kActivationNames);
  const Link link = in.Choice<Link>("link", kLinkNames);
  std::vector<DenseLayer> layers =
      in.Each<DenseLayer>("layers", kMaxLayers, 16, [&](DenseLayer& layer) {
        layer.weights = in.Doubles("weights");
        layer.biases = in.Doubles("biases");
      });
  return std::make_unique<Mlp>(std::move(layers), hidden, link);
}

}  // namespace tidemill
