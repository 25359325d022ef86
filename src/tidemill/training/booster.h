#pragma once

#include <cstddef>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "tidemill/core/matrix.h"

namespace tidemill {

/// "1.7.4".
std::string XgboostVersion();

/// Rows as XGBoost keeps them: float32, NaN for missing.
///
/// Errors: an infinity, or a number that becomes one in float32, is refused by
///         XGBoost; check before. Whatever XGBoost says becomes an Error.
class XgboostMatrix {
 public:
  XgboostMatrix(const RowMatrix& features, int threads);
  void SetLabels(std::span<const double> target);
  void SetWeights(std::span<const double> weights);
  void* handle() const { return handle_.get(); }
  std::size_t rows() const { return rows_; }

 private:
  struct Free {
    void operator()(void* handle) const;
  };
  std::unique_ptr<void, Free> handle_;
  std::size_t rows_;
};

/// XGBoost's trees while they grow.
class Booster {
 public:
  using Settings = std::vector<std::pair<std::string, std::string>>;

  /// `matrices` are those that Update() and Evaluate() will get.
  Booster(const Settings& settings,
          std::initializer_list<const XgboostMatrix*> matrices);
  /// Grows the trees of one iteration.
  void Update(int iteration, const XgboostMatrix& train);
  /// The figure of the trees so far on these rows, by the setting eval_metric.
  double Evaluate(int iteration, const XgboostMatrix& rows);
  /// A booster with the trees of the first `rounds` iterations.
  Booster FirstRounds(int rounds) const;
  /// XGBoost's own answers, in float32.
  std::vector<float> Predict(const XgboostMatrix& rows) const;
  /// Per feature the mean gain of its splits as a share of the features' sum:
  /// XGBoost's feature_importances_ of tree boosters, in its float32.
  std::vector<double> Gains(std::size_t features) const;
  /// The model as XGBoost's UBJSON.
  std::string Save() const;

 private:
  struct Free {
    void operator()(void* handle) const;
  };
  explicit Booster(void* handle) : handle_(handle) {}
  std::unique_ptr<void, Free> handle_;
};

}  // namespace tidemill
