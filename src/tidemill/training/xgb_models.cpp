#include <cmath>
#include <memory>
#include <string>
#include <utility>

#include "tidemill/core/errors.h"
#include "tidemill/training/booster.h"
#include "tidemill/training/model_estimator.h"
#include "tidemill/training/split.h"
#include "tidemill/training/xgb_settings.h"
#include "tidemill/training/xgboost_model.h"

namespace tidemill {
namespace {

/// Rows to grow trees on, or to see how good they are.
struct Rows {
  RowMatrix features;
  std::vector<double> target;
  std::vector<double> weights;  ///< none: all count alike

  Rows(const RowMatrix& all, const ModelFitContext& context,
       const std::vector<std::size_t>& rows)
      : features(all(rows, Eigen::all)) {
    for (const std::size_t row : rows) {
      target.push_back(context.target[row]);
      if (!context.weights.empty()) weights.push_back(context.weights[row]);
    }
  }
};

XgboostMatrix MatrixOf(const RowMatrix& features,
                       std::span<const double> target,
                       std::span<const double> weights, int threads) {
  XgboostMatrix matrix(features, threads);
  matrix.SetLabels(target);
  if (!weights.empty()) matrix.SetWeights(weights);
  return matrix;
}

std::vector<double> LibraryScores(const Booster& booster,
                                  const RowMatrix& features, int threads) {
  // A matrix of its own: answers for one that XGBoost has trained on may come
  // out of its cache.
  const std::vector<float> scores =
      booster.Predict(XgboostMatrix(features, threads));
  return {scores.begin(), scores.end()};
}

void CheckFloat32(std::span<const double> numbers, const char* where) {
  for (const double x : numbers) {
    if (!std::isinf(static_cast<float>(x))) continue;
    throw DataError({.where = where,
                     .expected = "numbers that a float32 holds, for XGBoost",
                     .got = "a greater one"});
  }
}

double WeightedMean(std::span<const double> target,
                    std::span<const double> weights) {
  double sum = 0.0;
  double total = 0.0;
  for (std::size_t i = 0; i < target.size(); ++i) {
    const double weight = weights.empty() ? 1.0 : weights[i];
    sum += weight * target[i];
    total += weight;
  }
  return sum / total;
}

/// Gradient-boosted trees, grown by XGBoost and served by us.
///
/// Missing: taken; every split learns a side for them.
/// Threads: XGBoost's sums depend on the number of threads, so it is a
///          hyper-parameter, 1 unless set: the trees do not depend on the
///          machine.
/// Weights: XGBoost's sample_weight, of the rows to validate on too.
/// Stopping: a share of the rows, drawn by the seed (the same of every class),
///          grows no trees; their figure says which round was the best, and
///          later trees are cut off, as predict() does with best_iteration.
///          The pipeline has seen those rows.
/// Source:  XgbSettings; base_score is the (weighted) mean of the target over
///          the rows that grow trees unless set, but XGBoost's own 0.5 with
///          more than two classes, where softmax does not see it.
class XgbEstimator final : public ModelEstimator {
 public:
  XgbEstimator(const ParameterValue& parameters, Task task)
      : task_(task), settings_(parameters, task) {}

  bool takes_missing() const override { return true; }

  TrainedModel Fit(const RowMatrix& features,
                   const ModelFitContext& context) const override {
    CheckFloat32(context.target, "target");
    CheckFloat32(context.weights, "weights");
    settings_.CheckTrees(NumOutputs(context));
    const std::shared_ptr<const Booster> booster =
        settings_.early_stopping()
            ? GrowUntilBest(features, context)
            : Grow(MatrixOf(features, context.target, context.weights,
                            settings_.threads()),
                   context);
    TrainedModel trained;
    trained.predictor =
        ReadXgboostModel(booster->Save(), "XGBoost's model").predictor;
    trained.library_scores =
        [booster, threads = settings_.threads()](const RowMatrix& rows) {
          return LibraryScores(*booster, rows, threads);
        };
    trained.gains = [booster, size = features.cols()] {
      return booster->Gains(static_cast<std::size_t>(size));
    };
    return trained;
  }

 private:
  std::size_t NumOutputs(const ModelFitContext& context) const {
    return task_ == Task::kMulticlass ? context.class_labels.size() : 1;
  }

  Booster::Settings SettingsFor(const ModelFitContext& context,
                                std::span<const double> target,
                                std::span<const double> weights) const {
    Booster::Settings settings = settings_.fixed();
    double base =
        task_ == Task::kMulticlass ? 0.5 : WeightedMean(target, weights);
    if (settings_.base_score()) base = *settings_.base_score();
    settings.emplace_back("base_score", SettingText(static_cast<float>(base)));
    // XGBoost's seeds are 32 bits wide in part of its code.
    settings.emplace_back("seed", std::to_string(context.seed & 0x7FFFFFFFU));
    if (task_ == Task::kMulticlass) {
      settings.emplace_back("num_class", std::to_string(NumOutputs(context)));
    }
    const std::string constraints =
        settings_.MonotoneConstraints(context.feature_names);
    if (!constraints.empty()) {
      settings.emplace_back("monotone_constraints", constraints);
    }
    return settings;
  }

  std::shared_ptr<const Booster> Grow(const XgboostMatrix& train,
                                      const ModelFitContext& context) const {
    auto booster = std::make_shared<Booster>(
        SettingsFor(context, context.target, context.weights),
        std::initializer_list<const XgboostMatrix*>{&train});
    context.progress->Begin(context.stage,
                            static_cast<std::size_t>(settings_.iterations()));
    for (int i = 0; i < settings_.iterations(); ++i) {
      booster->Update(i, train);
      context.progress->Advance(static_cast<std::size_t>(i) + 1);
    }
    return booster;
  }

  std::shared_ptr<const Booster> GrowUntilBest(
      const RowMatrix& features, const ModelFitContext& context) const {
    const EarlyStopping& stopping = *settings_.early_stopping();
    const Split split = HoldOut(context.target,
                                {.test_size = stopping.validation_fraction,
                                 .stratify = task_ != Task::kRegression},
                                context.seed, "early stopping");
    const Rows grow(features, context, split.train);
    const Rows judge(features, context, split.test);
    const XgboostMatrix train =
        MatrixOf(grow.features, grow.target, grow.weights, settings_.threads());
    const XgboostMatrix validation = MatrixOf(
        judge.features, judge.target, judge.weights, settings_.threads());
    Booster booster(SettingsFor(context, grow.target, grow.weights),
                    {&train, &validation});
    context.progress->Begin(context.stage,
                            static_cast<std::size_t>(settings_.iterations()));
    int best = 0;
    double best_figure = 0.0;
    for (int i = 0; i < settings_.iterations() && i - best <= stopping.rounds;
         ++i) {
      booster.Update(i, train);
      const double figure = booster.Evaluate(i, validation);
      const bool better = stopping.greatest_is_best ? figure > best_figure
                                                    : figure < best_figure;
      if (i == 0 || better) {
        best = i;
        best_figure = figure;
      }
      context.progress->Advance(static_cast<std::size_t>(i) + 1);
    }
    return std::make_shared<Booster>(booster.FirstRounds(best + 1));
  }

  Task task_;
  XgbSettings settings_;
};

}  // namespace

extern const ModelFactory kXGBClassifier{
    "XGBClassifier", Task::kBinary, [](const ParameterValue& parameters) {
      return ModelEstimatorPtr(
          std::make_unique<XgbEstimator>(parameters, Task::kBinary));
    }};

extern const ModelFactory kXGBClassifierOfMany{
    "XGBClassifier", Task::kMulticlass, [](const ParameterValue& parameters) {
      return ModelEstimatorPtr(
          std::make_unique<XgbEstimator>(parameters, Task::kMulticlass));
    }};

extern const ModelFactory kXGBRegressor{
    "XGBRegressor", Task::kRegression, [](const ParameterValue& parameters) {
      return ModelEstimatorPtr(
          std::make_unique<XgbEstimator>(parameters, Task::kRegression));
    }};

}  // namespace tidemill
