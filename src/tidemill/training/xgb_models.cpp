#include <array>
#include <charconv>
#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "tidemill/core/errors.h"
#include "tidemill/model/tree_walker.h"
#include "tidemill/training/booster.h"
#include "tidemill/training/model_estimator.h"
#include "tidemill/training/parameter_checks.h"
#include "tidemill/training/xgboost_trees.h"

namespace tidemill {
namespace {

template <typename Number>
std::string Shortest(Number value) {
  std::array<char, 32> buffer{};
  const auto [end, error] =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  return {buffer.data(), end};
}

const char* Objective(Task task) {
  if (task == Task::kRegression) return "reg:squarederror";
  return task == Task::kBinary ? "binary:logistic" : "multi:softprob";
}

std::vector<double> LibraryScores(const Booster& booster,
                                  const RowMatrix& features, int threads) {
  // A matrix of its own: answers for one that XGBoost has trained on may come
  // out of its cache.
  const std::vector<float> scores =
      booster.Predict(XgboostMatrix(features, threads));
  return {scores.begin(), scores.end()};
}

void CheckTarget(std::span<const double> target) {
  for (const double y : target) {
    if (!std::isinf(static_cast<float>(y))) continue;
    throw DataError({.where = "target",
                     .expected = "numbers that a float32 holds, for XGBoost",
                     .got = "a greater one"});
  }
}

/// Gradient-boosted trees, grown by XGBoost and served by us.
///
/// Missing: taken; every split learns a side for them.
/// Threads: XGBoost's sums depend on the number of threads, so it is a
///          hyper-parameter, 1 unless set: the trees do not depend on the
///          machine.
/// Source:  the names and defaults of XGBoost's scikit-learn interface, but
///          tree_method is hist, and base_score is the target's mean over the
///          training rows unless set; of more than two classes it is XGBoost's
///          own 0.5, which softmax does not see.
class XgbEstimator final : public ModelEstimator {
 public:
  XgbEstimator(const ParameterValue& parameters, Task task) : task_(task) {
    constexpr double kMaxInt = 2147483647.0;
    ParameterReader reader(parameters);
    const auto real = [&](const char* name, double otherwise,
                          const Bounds& bounds, const char* theirs) {
      settings_.emplace_back(
          theirs, Shortest(ReadDouble(reader, name, otherwise, bounds)));
    };
    const auto integer = [&](const char* name, std::int64_t otherwise,
                             const Bounds& bounds) {
      const std::int64_t value = ReadInteger(reader, name, otherwise, bounds);
      settings_.emplace_back(name, Shortest(value));
      return value;
    };
    const auto choice = [&](const char* name, std::string_view otherwise,
                            std::initializer_list<std::string_view> allowed) {
      settings_.emplace_back(name, reader.Choice(name, otherwise, allowed));
      return settings_.back().second;
    };
    const Bounds share{.least = 0.0, .greatest = 1.0, .least_open = true};
    iterations_ = static_cast<int>(
        ReadInteger(reader, "n_estimators", 100,
                    {.least = 1, .greatest = TreeEnsemble::kMaxTrees}));
    real("learning_rate", 0.3, {.least = 0.0, .least_open = true}, "eta");
    const std::int64_t depth = integer(
        "max_depth", 6, {.least = 0, .greatest = TreeEnsemble::kMaxDepth - 1});
    real("min_child_weight", 1.0, {.least = 0.0}, "min_child_weight");
    real("subsample", 1.0, share, "subsample");
    real("colsample_bytree", 1.0, share, "colsample_bytree");
    real("reg_lambda", 1.0, {.least = 0.0}, "lambda");
    real("reg_alpha", 0.0, {.least = 0.0}, "alpha");
    real("gamma", 0.0, {.least = 0.0}, "gamma");
    integer("max_bin", 256, {.least = 2, .greatest = 65'536});
    const std::string method =
        choice("tree_method", "hist", {"hist", "exact", "approx"});
    const std::string policy =
        choice("grow_policy", "depthwise", {"depthwise", "lossguide"});
    const std::int64_t leaves =
        integer("max_leaves", 0, {.least = 0, .greatest = kMaxInt});
    threads_ =
        static_cast<int>(integer("nthread", 1, {.least = 1, .greatest = 1024}));
    ReadBaseScore(reader);
    reader.Finish();
    if (depth == 0 && (leaves == 0 || method != "hist")) {
      throw ConfigError({.where = reader.where(),
                         .expected = "max_depth 0 (no bound) only with "
                                     "tree_method hist and max_leaves",
                         .got = "a tree without bounds"});
    }
    settings_.emplace_back("objective", Objective(task));
    settings_.emplace_back("verbosity", "0");
  }

  bool takes_missing() const override { return true; }

  TrainedModel Fit(const RowMatrix& features,
                   const ModelFitContext& context) const override {
    CheckTarget(context.target);
    XgboostMatrix train(features, threads_);
    train.SetLabels(context.target);
    Booster::Settings settings = settings_;
    settings.emplace_back("base_score",
                          Shortest(static_cast<float>(BaseScore(context))));
    // XGBoost's seeds are 32 bits wide in part of its code.
    settings.emplace_back("seed", Shortest(context.seed & 0x7FFFFFFFU));
    if (task_ == Task::kMulticlass) {
      settings.emplace_back("num_class", Shortest(context.class_labels.size()));
    }
    auto booster = std::make_shared<Booster>(settings, train);
    context.progress->Begin(context.stage,
                            static_cast<std::size_t>(iterations_));
    for (int i = 0; i < iterations_; ++i) {
      booster->Update(i, train);
      context.progress->Advance(static_cast<std::size_t>(i) + 1);
    }
    TrainedModel trained;
    trained.predictor =
        std::make_unique<TreeWalker>(ReadXgboostTrees(booster->Save()));
    trained.library_scores = [booster,
                              threads = threads_](const RowMatrix& rows) {
      return LibraryScores(*booster, rows, threads);
    };
    trained.gains = [booster, size = features.cols()] {
      return booster->Gains(static_cast<std::size_t>(size));
    };
    return trained;
  }

 private:
  void ReadBaseScore(ParameterReader& reader) {
    const ParameterValue* value = reader.Optional("base_score");
    if (value == nullptr) return;
    base_score_ = AsDouble(*value);
    if (task_ == Task::kBinary && !(*base_score_ > 0.0 && *base_score_ < 1.0)) {
      throw ConfigError({.where = value->where,
                         .expected = "a probability between 0 and 1",
                         .got = Describe(*value)});
    }
  }

  double BaseScore(const ModelFitContext& context) const {
    if (base_score_) return *base_score_;
    if (task_ == Task::kMulticlass) return 0.5;
    double sum = 0.0;
    for (const double y : context.target) sum += y;
    return sum / static_cast<double>(context.target.size());
  }

  Task task_;
  Booster::Settings settings_;
  int iterations_ = 0;
  int threads_ = 1;
  std::optional<double> base_score_;
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
