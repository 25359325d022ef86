#include "tidemill/model/calibrated.h"

#include <algorithm>
#include <string>
#include <utility>

#include "tidemill/core/errors.h"
#include "tidemill/model/scratch.h"

namespace tidemill {
namespace {

void CheckMethod(CalibrationMethod method, const Calibration& calibration) {
  if (calibration.index() == static_cast<std::size_t>(method)) return;
  throw ArtifactError(
      {.where = "calibrated",
       .expected =
           std::string(kCalibrationNames[static_cast<std::size_t>(method)]),
       .got = std::string(kCalibrationNames[calibration.index()])});
}

}  // namespace

Calibrated::Calibrated(CalibrationMethod method, std::vector<Member> members,
                       std::vector<Calibration> calibrations)
    : method_(method),
      members_(std::move(members)),
      calibrations_(std::move(calibrations)) {
  CheckEqualOutputs(members_, "calibrated");
  if (calibrations_.size() != members_.size()) {
    throw ArtifactError(
        {.where = "calibrated",
         .expected = std::to_string(members_.size()) + " calibrations",
         .got = std::to_string(calibrations_.size())});
  }
  for (const Calibration& calibration : calibrations_) {
    CheckMethod(method_, calibration);
    CheckCalibration(calibration, num_outputs());
  }
}

void Calibrated::Predict(const Eigen::Ref<const RowMatrix>& features,
                         std::span<double> outputs) const {
  const std::size_t width = num_outputs();
  const Scratch scratch(outputs.size());
  const std::span<double> raw = scratch.numbers();
  std::fill(outputs.begin(), outputs.end(), 0.0);
  for (std::size_t m = 0; m < members_.size(); ++m) {
    members_[m].Predict(features, raw);
    for (std::size_t i = 0; i < raw.size(); i += width) {
      Calibrate(calibrations_[m], raw.subspan(i, width));
    }
    for (std::size_t i = 0; i < raw.size(); ++i) outputs[i] += raw[i];
  }
  const auto count = static_cast<double>(members_.size());
  for (double& p : outputs) p /= count;
}

void Calibrated::Save(ArtifactWriter& out) const {
  out.Choice("method", method_, kCalibrationNames);
  SaveMembers(members_, out);
  out.Each("calibrations", calibrations_, [&](const Calibration& calibration) {
    SaveCalibration(calibration, out);
  });
}

PredictorPtr Calibrated::Load(ArtifactReader& in, int levels) {
  const auto method = in.Choice<CalibrationMethod>("method", kCalibrationNames);
  std::vector<Member> members = LoadMembers(in, levels);
  std::vector<Calibration> calibrations = in.Each<Calibration>(
      "calibrations", Member::kMaxMembers, 8, [&](Calibration& calibration) {
        calibration = LoadCalibration(method, in);
      });
  return std::make_unique<Calibrated>(method, std::move(members),
                                      std::move(calibrations));
}

}  // namespace tidemill
