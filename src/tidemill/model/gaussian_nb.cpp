#include "tidemill/model/gaussian_nb.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "tidemill/core/all_finite.h"
#include "tidemill/core/errors.h"
#include "tidemill/core/number_text.h"
#include "tidemill/core/task.h"
#include "tidemill/features/pairwise_sum.h"
#include "tidemill/model/row_loop.h"
#include "tidemill/model/scratch.h"

namespace tidemill {
namespace {

[[noreturn]] void Refuse(std::string expected, std::string got) {
  throw ArtifactError({.where = "gaussian_nb",
                       .expected = std::move(expected),
                       .got = std::move(got)});
}

void CheckShapes(const GaussianClasses& classes) {
  const std::size_t k = classes.log_priors.size();
  const std::size_t numbers = classes.means.size();
  if (k < 2 || k > kMaxClasses || classes.log_norms.size() != k) {
    Refuse(
        "a log prior and a log norm for each of 2 to " +
            std::to_string(kMaxClasses) + " classes",
        std::to_string(k) + " and " + std::to_string(classes.log_norms.size()));
  }
  if (numbers == 0 || numbers % k != 0 || classes.variances.size() != numbers) {
    Refuse("as many means and variances for each of " + std::to_string(k) +
               " classes",
           std::to_string(numbers) + " and " +
               std::to_string(classes.variances.size()) + " in all");
  }
}

void CheckNumbers(const GaussianClasses& classes) {
  for (const std::vector<double>* numbers :
       {&classes.log_priors, &classes.log_norms, &classes.means,
        &classes.variances}) {
    if (!AllFinite(*numbers)) Refuse("finite numbers", "NaN or an infinity");
  }
  for (const double variance : classes.variances) {
    if (variance <= 0.0) {
      Refuse("variances above 0", NumberText(variance));
    }
  }
}

/// The greatest terms are counted, the others added: scikit-learn's way, whose
/// rounding shows where the terms are large.
double LogSumExp(std::span<const double> terms) {
  const double greatest = *std::max_element(terms.begin(), terms.end());
  double count = 0.0;
  double others = 0.0;
  for (const double x : terms) {
    if (x == greatest) {
      ++count;
    } else {
      others += std::exp(x - greatest);
    }
  }
  return std::log1p(others / count) + std::log(count) + greatest;
}

}  // namespace

GaussianNb::GaussianNb(GaussianClasses classes) : classes_(std::move(classes)) {
  CheckShapes(classes_);
  CheckNumbers(classes_);
}

double GaussianNb::JointLogLikelihood(std::size_t k, const double* row,
                                      std::span<double> terms) const {
  const double* means = classes_.means.data() + k * terms.size();
  const double* variances = classes_.variances.data() + k * terms.size();
  for (std::size_t j = 0; j < terms.size(); ++j) {
    const double distance = row[j] - means[j];
    terms[j] = distance * distance / variances[j];
  }
  return classes_.log_priors[k] +
         (classes_.log_norms[k] - 0.5 * PairwiseSum(terms));
}

void GaussianNb::Predict(const Eigen::Ref<const RowMatrix>& features,
                         std::span<double> outputs) const {
  const std::size_t d = num_features();
  const Scratch scratch(d + num_classes());
  const std::span<double> terms = scratch.numbers().first(d);
  const std::span<double> joint = scratch.numbers().last(num_classes());
  const auto predict = [&](std::span<const double> row,
                           std::span<double> shares) {
    for (std::size_t k = 0; k < joint.size(); ++k) {
      joint[k] = JointLogLikelihood(k, row.data(), terms);
    }
    const double all = LogSumExp(joint);
    // Of two classes the second alone.
    const std::size_t first = joint.size() - shares.size();
    for (std::size_t k = 0; k < shares.size(); ++k) {
      shares[k] = std::exp(joint[first + k] - all);
    }
  };
  ForEachRow(*this, features, outputs, predict);
}

void GaussianNb::Save(ArtifactWriter& out) const {
  out.Doubles("log_priors", classes_.log_priors);
  out.Doubles("log_norms", classes_.log_norms);
  out.Doubles("means", classes_.means);
  out.Doubles("variances", classes_.variances);
}

PredictorPtr GaussianNb::Load(ArtifactReader& in) {
  GaussianClasses classes;
  classes.log_priors = in.Doubles("log_priors");
  classes.log_norms = in.Doubles("log_norms");
  classes.means = in.Doubles("means");
  classes.variances = in.Doubles("variances");
  return std::make_unique<GaussianNb>(std::move(classes));
}

}  // namespace tidemill
