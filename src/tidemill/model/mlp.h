#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "tidemill/model/predictor.h"

namespace tidemill {

/// What a hidden layer does to its sums.
enum class Activation : std::uint8_t { kIdentity, kLogistic, kTanh, kRelu };
inline constexpr std::array<std::string_view, 4> kActivationNames = {
    "identity", "logistic", "tanh", "relu"};

/// One layer: sums = inputs x weights + biases.
struct DenseLayer {
  std::vector<double> weights;  ///< inputs x outputs, row-major
  std::vector<double> biases;   ///< one per output

  std::size_t num_inputs() const { return weights.size() / biases.size(); }
  std::size_t num_outputs() const { return biases.size(); }
};

/// A multi-layer perceptron, in float64.
///
/// Shapes:  a layer takes what the one before it gives; the first one the
///          features, the last one gives the outputs.
/// Missing: a NaN feature makes the outputs NaN; impute before.
/// Errors:  the constructor throws ArtifactError unless there is a layer, the
///          shapes agree and every number is finite.
/// Source:  scikit-learn MLPClassifier and MLPRegressor; the sums are in the
///          order of the inputs, the bias last, whatever the batch.
class Mlp final : public Predictor {
 public:
  static constexpr std::size_t kMaxLayers = 1000;

  Mlp(std::vector<DenseLayer> layers, Activation hidden, Link link);

  std::string_view family() const override { return "mlp"; }
  std::string_view engine() const override { return "mlp"; }
  std::size_t num_features() const override {
    return layers_.front().num_inputs();
  }
  std::size_t num_outputs() const override {
    return layers_.back().num_outputs();
  }
  bool single_precision() const override { return false; }
  void Predict(const Eigen::Ref<const RowMatrix>& features,
               std::span<double> outputs) const override;
  void Save(ArtifactWriter& out) const override;
  static PredictorPtr Load(ArtifactReader& in);

 private:
  std::vector<DenseLayer> layers_;
  Activation hidden_;
  Link link_;
  std::size_t widest_ = 0;  ///< of the hidden layers
};

}  // namespace tidemill
