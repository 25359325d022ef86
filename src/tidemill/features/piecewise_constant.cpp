#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>
#include <vector>

#include "tidemill/core/errors.h"
#include "tidemill/features/mapped_columns.h"

namespace tidemill {
namespace {

constexpr std::string_view kName = "PiecewiseConstant";

/// values[i] between the edges i - 1 and i; an edge belongs to its right side.
/// An infinity stands alone before or behind an infinite edge.
///
/// Missing: NaN stays NaN; a value can be NaN (nothing there) or infinite (no
///          event is scored with it).
/// Source:  what a decision tree on one column and numbered bins are.
class Levels final : public SavedMap {
 public:
  /// Requires rising edges without NaN and one value more.
  Levels(std::vector<double> edges, std::vector<double> values)
      : edges_(std::move(edges)), values_(std::move(values)) {}

  void Apply(std::span<double> numbers) const override {
    for (double& number : numbers) {
      if (std::isnan(number)) continue;
      const auto edge = std::upper_bound(edges_.begin(), edges_.end(), number);
      number = values_[static_cast<std::size_t>(edge - edges_.begin())];
    }
  }

  bool nondecreasing() const override {
    return std::none_of(values_.begin(), values_.end(),
                        [](double value) { return std::isnan(value); }) &&
           std::is_sorted(values_.begin(), values_.end());
  }

  void Save(ArtifactWriter& out) const override {
    out.Doubles("edges", edges_);
    out.Doubles("values", values_);
  }

  static SavedMapPtr Load(ArtifactReader& in) {
    std::vector<double> edges = in.Doubles("edges");
    std::vector<double> values = in.Doubles("values");
    if (!Rise(edges)) in.Refuse("rising edges", "others");
    if (values.size() != edges.size() + 1) {
      in.Refuse(std::to_string(edges.size() + 1) + " values",
                std::to_string(values.size()));
    }
    return std::make_shared<Levels>(std::move(edges), std::move(values));
  }

  static bool Rise(const std::vector<double>& edges) {
    // NaN compares as false, so it does not rise; one alone has no neighbour.
    for (std::size_t i = 0; i < edges.size(); ++i) {
      if (std::isnan(edges[i]) || (i > 0 && !(edges[i - 1] < edges[i]))) {
        return false;
      }
    }
    return true;
  }

 private:
  std::vector<double> edges_;
  std::vector<double> values_;
};

class PiecewiseConstantEstimator final : public Estimator {
 public:
  explicit PiecewiseConstantEstimator(SavedMapPtr map) : map_(std::move(map)) {}

  StepPtr Fit(const Frame& inputs,
              const FitContext& /*context*/) const override {
    return FitMaps(kName, inputs, [&](const FrameColumn&) { return map_; });
  }

 private:
  SavedMapPtr map_;
};

std::vector<double> ReadNumbers(ParameterReader& reader,
                                std::string_view name) {
  const ParameterValue& found = reader.Required(name);
  if (found.list() == nullptr) {
    throw ConfigError({.where = found.where,
                       .expected = "a list of numbers",
                       .got = Describe(found)});
  }
  std::vector<double> numbers;
  for (const ParameterValue& item : *found.list()) {
    numbers.push_back(AsDouble(item));
  }
  return numbers;
}

EstimatorPtr Configure(const ParameterValue& parameters) {
  ParameterReader reader(parameters);
  std::vector<double> edges = ReadNumbers(reader, "edges");
  std::vector<double> values = ReadNumbers(reader, "values");
  reader.Finish();
  if (!Levels::Rise(edges)) {
    throw ConfigError({.where = reader.PlaceOf("edges"),
                       .expected = "rising edges",
                       .got = "others"});
  }
  if (values.size() != edges.size() + 1) {
    throw ConfigError(
        {.where = reader.PlaceOf("values"),
         .expected = std::to_string(edges.size() + 1) +
                     " values: one before the first edge, one behind each",
         .got = std::to_string(values.size())});
  }
  return std::make_unique<PiecewiseConstantEstimator>(
      std::make_shared<Levels>(std::move(edges), std::move(values)));
}

StepPtr Load(ArtifactReader& in, int /*depth*/) {
  return LoadMaps(kName, in, Levels::Load);
}

}  // namespace

extern const StepFactory kPiecewiseConstant{kName, Configure, Load};

}  // namespace tidemill
