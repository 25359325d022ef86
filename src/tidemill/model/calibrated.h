#pragma once

#include <vector>

#include "tidemill/model/calibration.h"
#include "tidemill/model/member.h"

namespace tidemill {

/// The average of its members' calibrated probabilities, in float64.
///
/// Shapes:  members of K outputs, or of one for two classes; a calibration
///          each, all by the same method.
/// Errors:  the constructor throws ArtifactError unless that holds and every
///          calibration is sound.
/// Source:  scikit-learn CalibratedClassifierCV.
class Calibrated final : public Predictor {
 public:
  Calibrated(CalibrationMethod method, std::vector<Member> members,
             std::vector<Calibration> calibrations);

  std::string_view family() const override { return "calibrated"; }
  std::string_view engine() const override { return "calibrated"; }
  std::size_t num_features() const override { return NumFeatures(members_); }
  std::size_t num_outputs() const override {
    return members_[0].predictor().num_outputs();
  }
  bool single_precision() const override { return false; }
  bool float32_features() const override {
    return AnyFloat32Features(members_);
  }
  void Predict(const Eigen::Ref<const RowMatrix>& features,
               std::span<double> outputs) const override;
  void Save(ArtifactWriter& out) const override;
  static PredictorPtr Load(ArtifactReader& in, int levels);

 private:
  CalibrationMethod method_;
  std::vector<Member> members_;
  std::vector<Calibration> calibrations_;
};

}  // namespace tidemill
