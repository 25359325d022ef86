#include "tidemill/training/multiclass_metrics.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <vector>

namespace tidemill {
namespace {

/// The likeliest class of every row.
std::vector<std::size_t> Answers(std::span<const double> probabilities,
                                 std::size_t num_classes) {
  std::vector<std::size_t> answers(probabilities.size() / num_classes);
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const auto row = probabilities.subspan(i * num_classes, num_classes);
    answers[i] = static_cast<std::size_t>(
        std::max_element(row.begin(), row.end()) - row.begin());
  }
  return answers;
}

std::size_t ClassOf(double truth) { return static_cast<std::size_t>(truth); }

}  // namespace

double MulticlassLogLoss(std::span<const double> truth,
                         std::span<const double> probabilities,
                         std::size_t num_classes) {
  assert(probabilities.size() == truth.size() * num_classes);
  constexpr double kEpsilon = std::numeric_limits<double>::epsilon();
  double sum = 0.0;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    const double p = probabilities[i * num_classes + ClassOf(truth[i])];
    sum -= std::log(std::clamp(p, kEpsilon, 1.0 - kEpsilon));
  }
  return sum / static_cast<double>(truth.size());
}

double MulticlassAccuracy(std::span<const double> truth,
                          std::span<const double> probabilities,
                          std::size_t num_classes) {
  const std::vector<std::size_t> answers = Answers(probabilities, num_classes);
  double right = 0.0;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    if (answers[i] == ClassOf(truth[i])) right += 1.0;
  }
  return right / static_cast<double>(truth.size());
}

double MacroRocAuc(std::span<const double> truth,
                   std::span<const double> probabilities,
                   std::size_t num_classes) {
  std::vector<double> is_class(truth.size());
  std::vector<double> scores(truth.size());
  double sum = 0.0;
  for (std::size_t k = 0; k < num_classes; ++k) {
    for (std::size_t i = 0; i < truth.size(); ++i) {
      is_class[i] = ClassOf(truth[i]) == k ? 1.0 : 0.0;
      scores[i] = probabilities[i * num_classes + k];
    }
    sum += RocAuc(is_class, scores);
  }
  return sum / static_cast<double>(num_classes);
}

double MacroF1(std::span<const double> truth,
               std::span<const double> probabilities, std::size_t num_classes) {
  const std::vector<std::size_t> answers = Answers(probabilities, num_classes);
  // Per class: right, and how often it is true or the answer.
  std::vector<double> right(num_classes, 0.0);
  std::vector<double> named(num_classes, 0.0);
  for (std::size_t i = 0; i < truth.size(); ++i) {
    const std::size_t is = ClassOf(truth[i]);
    named[is] += 1.0;
    named[answers[i]] += 1.0;
    if (answers[i] == is) right[is] += 1.0;
  }
  double sum = 0.0;
  double classes = 0.0;
  for (std::size_t k = 0; k < num_classes; ++k) {
    if (named[k] == 0.0) continue;
    sum += 2.0 * right[k] / named[k];
    classes += 1.0;
  }
  return sum / classes;
}

Metrics MulticlassMetrics(std::span<const double> truth,
                          std::span<const double> probabilities,
                          std::size_t num_classes) {
  Metrics metrics;
  const double auc = MacroRocAuc(truth, probabilities, num_classes);
  if (!std::isnan(auc)) metrics.emplace_back("roc_auc", auc);
  metrics.emplace_back("log_loss",
                       MulticlassLogLoss(truth, probabilities, num_classes));
  metrics.emplace_back("accuracy",
                       MulticlassAccuracy(truth, probabilities, num_classes));
  metrics.emplace_back("f1_macro", MacroF1(truth, probabilities, num_classes));
  return metrics;
}

}  // namespace tidemill
