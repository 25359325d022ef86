#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include "tidemill/core/errors.h"
#include "tidemill/core/number_text.h"
#include "tidemill/features/finite_columns.h"
#include "tidemill/features/keep_columns.h"
#include "tidemill/features/percentile.h"
#include "tidemill/features/univariate_scores.h"

namespace tidemill {
namespace {

constexpr std::string_view kBest = "SelectKBest";
constexpr std::string_view kPercentile = "SelectPercentile";

enum class Score { kFClassif, kFRegression, kChi2 };

/// Which columns, rising, a step keeps by their scores.
using Places = std::vector<std::size_t>;

/// The k best; of equal ones the last.
Places BestOf(const std::vector<double>& scores, std::size_t k) {
  Places places(scores.size());
  for (std::size_t i = 0; i < places.size(); ++i) places[i] = i;
  std::stable_sort(
      places.begin(), places.end(),
      [&](std::size_t a, std::size_t b) { return scores[a] < scores[b]; });
  places.erase(places.begin(), places.end() - static_cast<std::ptrdiff_t>(
                                                  std::min(k, places.size())));
  std::sort(places.begin(), places.end());
  return places;
}

/// Those above the percentile, and of those at it the first, as many as a share
/// of all leaves room for.
Places TopPercent(const std::vector<double>& scores, double percent) {
  const double threshold =
      Quantile(SortedPresent(scores), (100.0 - percent) / 100.0);
  const auto above = static_cast<std::size_t>(
      std::count_if(scores.begin(), scores.end(),
                    [&](double score) { return score > threshold; }));
  const auto room = static_cast<std::size_t>(
      static_cast<double>(scores.size()) * percent / 100.0);
  std::size_t ties = room > above ? room - above : 0;
  Places places;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const bool tie = scores[i] == threshold && ties > 0;
    if (tie) --ties;
    if (tie || scores[i] > threshold) places.push_back(i);
  }
  return places;
}

/// Keeps the columns that, each by itself, say most about the target.
///
/// Missing: refused; impute before.
/// Errors:  ConfigError on a score that the task does not admit, DataError on
///          values that it does not.
/// Source:  scikit-learn SelectKBest and SelectPercentile. A constant column
///          comes last, whatever rounding makes of its sums.
class SelectUnivariate final : public Estimator {
 public:
  SelectUnivariate(std::string_view name, const ParameterValue& parameters)
      : name_(name) {
    ParameterReader reader(parameters);
    ReadScore(reader);
    if (name == kBest) {
      ReadK(reader);
    } else {
      percent_ = reader.Double("percentile", 10.0);
      if (!(percent_ > 0.0 && percent_ <= 100.0)) {
        throw ConfigError({.where = reader.PlaceOf("percentile"),
                           .expected = "a percentile above 0, up to 100",
                           .got = std::to_string(percent_)});
      }
    }
    reader.Finish();
  }

  StepPtr Fit(const Frame& inputs, const FitContext& context) const override {
    CheckTask(context);
    assert(context.target.size() == inputs.rows);
    std::vector<double> scores;
    for (const FrameColumn& column : inputs.columns) {
      RequireFinite(name_, column);
      const double score = ScoreOf(column, context);
      scores.push_back(std::isnan(score) ? std::numeric_limits<double>::lowest()
                                         : score);
    }
    if (name_ == kBest && k_ && *k_ > scores.size()) {
      context.Warn("SelectKBest: k is " + std::to_string(*k_) + ", but only " +
                   std::to_string(scores.size()) + " columns are there");
    }
    std::vector<std::string> kept;
    for (const std::size_t place : Choose(scores)) {
      kept.push_back(inputs.columns[place].column.name);
    }
    return KeepColumns(name_, std::move(kept));
  }

 private:
  void ReadScore(ParameterReader& reader) {
    const ParameterValue* value = reader.Optional("score_func");
    if (value == nullptr) return;
    const std::string score = AsText(*value);
    if (score == "f_regression") {
      score_ = Score::kFRegression;
    } else if (score == "chi2") {
      score_ = Score::kChi2;
    } else if (score != "f_classif") {
      throw ConfigError(
          {.where = value->where,
           .expected = score.starts_with("mutual_info")
                           ? "f_classif, f_regression or chi2 (mutual "
                             "information is estimated with random noise: two "
                             "runs keep other columns)"
                           : "f_classif, f_regression or chi2",
           .got = Describe(*value)});
    }
  }

  void ReadK(ParameterReader& reader) {
    k_ = 10;
    const ParameterValue* value = reader.Optional("k");
    if (value == nullptr) return;
    const auto* text = std::get_if<std::string>(&value->value);
    if (text != nullptr && *text == "all") {
      k_.reset();
      return;
    }
    const std::int64_t k = AsInteger(*value);
    if (k < 1) {
      throw ConfigError({.where = value->where,
                         .expected = "a number of columns, at least 1, or all",
                         .got = std::to_string(k)});
    }
    k_ = static_cast<std::size_t>(k);
  }

  void CheckTask(const FitContext& context) const {
    if (score_ == Score::kFRegression || context.task != Task::kRegression) {
      return;
    }
    throw ConfigError({.where = "pipeline, " + std::string(name_),
                       .expected = "score_func: f_regression for a regression",
                       .got = "one for classes"});
  }

  double ScoreOf(const FrameColumn& column, const FitContext& context) const {
    if (score_ == Score::kFRegression) {
      return FRegression(column.numbers, context.target);
    }
    const std::size_t classes =
        context.target.empty()
            ? 0
            : static_cast<std::size_t>(*std::max_element(
                  context.target.begin(), context.target.end())) +
                  1;
    if (score_ == Score::kFClassif) {
      return FClassif(column.numbers, context.target, classes);
    }
    for (const double number : column.numbers) {
      if (number >= 0.0) continue;
      throw DataError({.where = std::string(name_) + ", column '" +
                                column.column.name + "'",
                       .expected = "counts of at least 0, for chi2",
                       .got = NumberText(number)});
    }
    return Chi2(column.numbers, context.target, classes);
  }

  Places Choose(const std::vector<double>& scores) const {
    if (name_ == kBest) return BestOf(scores, k_.value_or(scores.size()));
    if (percent_ == 100.0) return BestOf(scores, scores.size());
    return TopPercent(scores, percent_);
  }

  std::string_view name_;
  Score score_ = Score::kFClassif;
  std::optional<std::size_t> k_;  ///< SelectKBest; none: all
  double percent_ = 10.0;         ///< SelectPercentile
};

}  // namespace

extern const StepFactory kSelectKBest{
    kBest,
    [](const ParameterValue& parameters) -> EstimatorPtr {
      return std::make_unique<SelectUnivariate>(kBest, parameters);
    },
    [](ArtifactReader& in, int /*depth*/) {
      return LoadKeptColumns(kBest, in);
    }};

extern const StepFactory kSelectPercentile{
    kPercentile,
    [](const ParameterValue& parameters) -> EstimatorPtr {
      return std::make_unique<SelectUnivariate>(kPercentile, parameters);
    },
    [](ArtifactReader& in, int /*depth*/) {
      return LoadKeptColumns(kPercentile, in);
    }};

}  // namespace tidemill
