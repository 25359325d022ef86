#include "tidemill/training/booster.h"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <limits>
#include <string_view>

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

void XgboostMatrix::SetWeights(std::span<const double> weights) {
  const std::vector<float> rounded(weights.begin(), weights.end());
  Check(XGDMatrixSetFloatInfo(handle_.get(), "weight", rounded.data(),
                              rounded.size()),
        "taking the weights");
}

void Booster::Free::operator()(void* handle) const { XGBoosterFree(handle); }

Booster::Booster(const Settings& settings,
                 std::initializer_list<const XgboostMatrix*> matrices) {
  std::vector<DMatrixHandle> handles;
  for (const XgboostMatrix* matrix : matrices) {
    handles.push_back(matrix->handle());
  }
  BoosterHandle made = nullptr;
  Check(XGBoosterCreate(handles.data(), handles.size(), &made),
        "making a booster");
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

double Booster::Evaluate(int iteration, const XgboostMatrix& rows) {
  DMatrixHandle matrix = rows.handle();
  const char* name = "rows";
  const char* text = nullptr;
  Check(
      XGBoosterEvalOneIter(handle_.get(), iteration, &matrix, &name, 1, &text),
      "evaluating");
  // "[7]\trows-logloss:0.41232": the one metric's value is the text's end.
  const std::string_view line = text;
  const std::size_t colon = line.rfind(':');
  double value = 0.0;
  const auto [end, error] = std::from_chars(
      line.data() + (colon == line.npos ? line.size() : colon + 1),
      line.data() + line.size(), value);
  if (error != std::errc() || end != line.data() + line.size()) {
    throw Error(ExitCode::kOurBug,
                "XGBoost, evaluating: expected a number at the end, got '" +
                    std::string(line) + "'");
  }
  return value;
}

Booster Booster::FirstRounds(int rounds) const {
  BoosterHandle made = nullptr;
  Check(XGBoosterSlice(handle_.get(), 0, rounds, 1, &made),
        "cutting trees off");
  return Booster(made);
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

std::vector<double> Booster::Gains(std::size_t features) const {
  bst_ulong size = 0;
  const char** names = nullptr;
  bst_ulong dimensions = 0;
  const bst_ulong* shape = nullptr;
  const float* scores = nullptr;
  Check(XGBoosterFeatureScore(handle_.get(), R"({"importance_type": "gain"})",
                              &size, &names, &dimensions, &shape, &scores),
        "asking for the features' gains");
  std::vector<float> gains(features, 0.0F);
  for (std::size_t i = 0; i < size; ++i) {
    // Features without a name are f0, f1, ... and those no split uses are left
    // out.
    const std::string_view name(names[i]);
    std::size_t feature = features;
    std::from_chars(name.data() + 1, name.data() + name.size(), feature);
    assert(name.front() == 'f' && feature < features);
    gains[feature] = scores[i];
  }
  float sum = 0.0F;
  for (const float gain : gains) sum += gain;
  std::vector<double> shares;
  for (const float gain : gains) {
    shares.push_back(sum == 0.0F ? 0.0 : static_cast<double>(gain / sum));
  }
  return shares;
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
