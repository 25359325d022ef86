#include "tidemill/training/booster.h"

#include <algorithm>
#include <limits>

#include <xgboost/c_api.h>

#include "tidemill/core/errors.h"

namespace tidemill {
namespace {

void Check(int result, const std::string& doing) {
  if (result == 0) return;
  // The first line says what is wrong, the others where in XGBoost.
  std::string text = XGBGetLastError();
  text.resize(std::min(text.size(), text.find('\n')));
  throw Error(ExitCode::kOurBug, "XGBoost, " + doing + ": " + text);
}

}  // namespace

std::string XgboostVersion() {
  int major = 0;
  int minor = 0;
  int patch = 0;
  XGBoostVersion(&major, &minor, &patch);
  return std::to_string(major) + "." + std::to_string(minor) + "." +
         std::to_string(patch);
}

void XgboostMatrix::Free::operator()(void* handle) const {
  XGDMatrixFree(handle);
}

XgboostMatrix::XgboostMatrix(const RowMatrix& features, int threads)
    : rows_(static_cast<std::size_t>(features.rows())) {
  const Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>
      rounded = features.cast<float>();
  DMatrixHandle made = nullptr;
  Check(XGDMatrixCreateFromMat_omp(
            rounded.data(), static_cast<bst_ulong>(rounded.rows()),
            static_cast<bst_ulong>(rounded.cols()),
            std::numeric_limits<float>::quiet_NaN(), &made, threads),
        "taking the features");
  handle_.reset(made);
}

void XgboostMatrix::SetLabels(std::span<const double> target) {
  const std::vector<float> labels(target.begin(), target.end());
  Check(XGDMatrixSetFloatInfo(handle_.get(), "label", labels.data(),
                              labels.size()),
        "taking the target");
}

void Booster::Free::operator()(void* handle) const { XGBoosterFree(handle); }

Booster::Booster(const Settings& settings, const XgboostMatrix& train) {
  const DMatrixHandle matrices[] = {train.handle()};
  BoosterHandle made = nullptr;
  Check(XGBoosterCreate(matrices, 1, &made), "making a booster");
  handle_.reset(made);
  for (const auto& [name, value] : settings) {
    Check(XGBoosterSetParam(made, name.c_str(), value.c_str()),
          "setting " + name);
  }
}

void Booster::Update(int iteration, const XgboostMatrix& train) {
  Check(XGBoosterUpdateOneIter(handle_.get(), iteration, train.handle()),
        "iteration " + std::to_string(iteration + 1));
}

std::vector<float> Booster::Predict(const XgboostMatrix& rows) const {
  bst_ulong size = 0;
  const float* scores = nullptr;
  Check(XGBoosterPredict(handle_.get(), rows.handle(), /*option_mask=*/0,
                         /*ntree_limit=*/0, /*training=*/0, &size, &scores),
        "predicting");
  // The numbers are the booster's until its next call.
  return {scores, scores + size};
}

std::string Booster::Save() const {
  bst_ulong size = 0;
  const char* bytes = nullptr;
  Check(XGBoosterSaveModelToBuffer(handle_.get(), R"({"format": "ubj"})", &size,
                                   &bytes),
        "saving the model");
  return {bytes, size};
}

}  // namespace tidemill
