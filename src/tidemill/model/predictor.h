#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "tidemill/core/matrix.h"
#include "tidemill/features/artifact_io.h"
#include "tidemill/model/link.h"

namespace tidemill {

/// A model that scores features.
/// Threads: immutable; any number of threads may call Predict.
class Predictor {
 public:
  virtual ~Predictor() = default;

  /// The family as it stands in the artifact, e.g. "linear".
  virtual std::string_view family() const = 0;
  /// Which implementation runs it, for the metrics.
  virtual std::string_view engine() const = 0;
  virtual std::size_t num_features() const = 0;
  /// 1, or the number of classes when there are more than two.
  virtual std::size_t num_outputs() const = 0;
  /// True when scores are computed in float32, out of features rounded to it,
  /// as the library that trained the model does.
  virtual bool single_precision() const = 0;
  /// True when features are rounded to float32, whatever follows: one beyond
  /// its range cannot be scored.
  virtual bool float32_features() const { return single_precision(); }

  /// Fills `outputs`, rows x num_outputs(), row-major: P(positive class) or the
  /// value; of more classes P(class), in class order. Its size says how many
  /// of the rows are asked for. The same bits for a row whatever stands beside
  /// it. NaN features are missing.
  virtual void Predict(const Eigen::Ref<const RowMatrix>& features,
                       std::span<double> outputs) const = 0;

  virtual void Save(ArtifactWriter& out) const = 0;
};

using PredictorPtr = std::unique_ptr<const Predictor>;

/// Family first, so that LoadPredictor knows what follows.
void SavePredictor(const Predictor& predictor, ArtifactWriter& out);
/// How many predictors may lie one within the other.
inline constexpr int kMaxPredictorLevels = 8;
/// Throws ArtifactError on an unknown family or an inadmissible model, and
/// where more than `levels` lie one within the other.
PredictorPtr LoadPredictor(ArtifactReader& in,
                           int levels = kMaxPredictorLevels);

}  // namespace tidemill
