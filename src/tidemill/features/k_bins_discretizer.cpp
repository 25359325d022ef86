#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "tidemill/core/all_finite.h"
#include "tidemill/core/errors.h"
#include "tidemill/features/chosen_columns.h"
#include "tidemill/features/k_means_line.h"
#include "tidemill/features/linspace.h"
#include "tidemill/features/percentile.h"
#include "tidemill/features/quantile_method.h"
#include "tidemill/features/step.h"

namespace tidemill {
namespace {

constexpr std::int64_t kMaxBins = 10'000;
/// Bins that are not wider are removed, but not those of equal width.
constexpr double kLeastWidth = 1e-8;

/// The edges between the bins, without the two ends: values beyond these
/// belong to the first and the last bin.
using InnerEdges = std::vector<double>;

/// The number of the bin; an edge belongs to the bin on its right.
double BinOf(const InnerEdges& edges, double value) {
  return static_cast<double>(
      std::upper_bound(edges.begin(), edges.end(), value) - edges.begin());
}

class BinNumber final : public NumberMap {
 public:
  explicit BinNumber(const InnerEdges& edges) : edges_(edges) {}
  void Apply(std::span<double> values) const override {
    for (double& value : values) {
      if (!std::isnan(value)) value = BinOf(edges_, value);
    }
  }
  bool nondecreasing() const override { return true; }

 private:
  InnerEdges edges_;
};

/// 1 in [low, high), else 0.
class InBin final : public NumberMap {
 public:
  InBin(double low, double high, bool last)
      : low_(low), high_(high), last_(last) {}
  void Apply(std::span<double> values) const override {
    for (double& value : values) {
      if (std::isnan(value)) continue;
      const bool inside = value >= low_ && (value < high_ || last_);
      value = inside ? 1.0 : 0.0;
    }
  }
  bool nondecreasing() const override { return last_; }

 private:
  double low_;
  double high_;
  bool last_;  ///< nothing lies right of it, infinity included
};

/// Columns cut into bins: the number of a value's bin, or a column of 0 and 1
/// per bin.
///
/// Outputs: the columns' own names, or NAME_0.0, NAME_1.0, ... for one column
/// per
///          bin.
/// Missing: NaN in every output; none may be there when fitting.
/// Source:  scikit-learn KBinsDiscretizer, from all rows (no subsample).
class KBinsDiscretizer final : public Step {
 public:
  KBinsDiscretizer(std::vector<std::string> columns,
                   std::vector<InnerEdges> edges, bool one_hot)
      : columns_(std::move(columns)),
        edges_(std::move(edges)),
        one_hot_(one_hot) {}

  std::string_view name() const override { return "KBinsDiscretizer"; }

  std::vector<ExpressionPtr> Bind(
      std::span<const ExpressionPtr> inputs) const override {
    CheckInputs(name(), inputs, columns_);
    StepOutputs outputs;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      CheckKind(name(), *inputs[i], ColumnKind::kNumber);
      if (one_hot_) {
        AddBins(i, inputs[i], outputs);
      } else {
        outputs.Add(MakeMap(columns_[i], inputs[i],
                            std::make_shared<BinNumber>(edges_[i])));
      }
    }
    return outputs.Take();
  }

  void Save(ArtifactWriter& out) const override {
    out.Texts("columns", columns_);
    out.Each("bins", edges_, [&](const InnerEdges& edges) {
      out.Doubles("inner_edges", edges);
    });
    out.Bool("one_hot", one_hot_);
  }

  static StepPtr Load(ArtifactReader& in, int /*depth*/) {
    std::vector<std::string> columns = in.Texts("columns");
    auto edges = in.Each<InnerEdges>("bins", kMaxColumns, 8, [&](auto& one) {
      one = in.FiniteDoubles("inner_edges");
      if (!std::is_sorted(one.begin(), one.end())) {
        in.Refuse("rising edges of bins", "edges that fall");
      }
    });
    if (edges.size() != columns.size()) {
      in.Refuse(
          "bins for each of " + std::to_string(columns.size()) + " columns",
          std::to_string(edges.size()));
    }
    const bool one_hot = in.Bool("one_hot");
    return std::make_unique<KBinsDiscretizer>(std::move(columns),
                                              std::move(edges), one_hot);
  }

 private:
  void AddBins(std::size_t column, const ExpressionPtr& input,
               StepOutputs& outputs) const {
    const InnerEdges& edges = edges_[column];
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    for (std::size_t bin = 0; bin <= edges.size(); ++bin) {
      const bool last = bin == edges.size();
      const double low = bin == 0 ? -kInfinity : edges[bin - 1];
      const double high = last ? kInfinity : edges[bin];
      outputs.Add(MakeMap(columns_[column] + "_" + std::to_string(bin) + ".0",
                          input, std::make_shared<InBin>(low, high, last)));
    }
  }

  std::vector<std::string> columns_;
  std::vector<InnerEdges> edges_;  ///< per column
  bool one_hot_;
};

enum class Strategy { kUniform, kQuantile, kKMeans };

class KBinsDiscretizerEstimator final : public Estimator {
 public:
  explicit KBinsDiscretizerEstimator(const ParameterValue& parameters) {
    ParameterReader reader(parameters);
    ReadBins(reader.Optional("n_bins"));
    one_hot_ =
        reader.Choice("encode", "onehot",
                      {"onehot", "onehot-dense", "ordinal"}) != "ordinal";
    const std::string strategy = reader.Choice(
        "strategy", "quantile", {"uniform", "quantile", "kmeans"});
    strategy_ = strategy == "uniform"    ? Strategy::kUniform
                : strategy == "quantile" ? Strategy::kQuantile
                                         : Strategy::kKMeans;
    method_ = ReadMethod(reader);
    RefuseSubsample(reader.Optional("subsample"));
    reader.Finish();
  }

  StepPtr Fit(const Frame& inputs, const FitContext& context) const override {
    if (per_column_ && n_bins_.size() != inputs.columns.size()) {
      throw ConfigError({.where = "pipeline, KBinsDiscretizer",
                         .expected = "n_bins for each of " +
                                     std::to_string(inputs.columns.size()) +
                                     " columns",
                         .got = std::to_string(n_bins_.size())});
    }
    std::vector<std::string> columns;
    std::vector<InnerEdges> edges;
    for (std::size_t i = 0; i < inputs.columns.size(); ++i) {
      const FrameColumn& column = inputs.columns[i];
      RequireNumbers("KBinsDiscretizer", column, MissingCells::kRefuse);
      columns.push_back(column.column.name);
      edges.push_back(FitOne(column, BinsOf(i), context));
    }
    return std::make_unique<KBinsDiscretizer>(std::move(columns),
                                              std::move(edges), one_hot_);
  }

 private:
  void ReadBins(const ParameterValue* value) {
    if (value == nullptr) return;
    n_bins_.clear();
    const auto add = [&](const ParameterValue& item) {
      const std::int64_t bins = AsInteger(item);
      if (bins < 2 || bins > kMaxBins) {
        throw ConfigError({.where = item.where,
                           .expected = "2 to 10000 bins",
                           .got = Describe(item)});
      }
      n_bins_.push_back(static_cast<std::size_t>(bins));
    };
    if (value->list() == nullptr) {
      add(*value);
    } else {
      per_column_ = true;
      for (const ParameterValue& item : *value->list()) add(item);
    }
  }

  static QuantileMethod ReadMethod(ParameterReader& reader) {
    const ParameterValue* value = reader.Optional("quantile_method");
    if (value == nullptr) return QuantileMethod::kAveragedInvertedCdf;
    const auto method = ParseQuantileMethod(AsText(*value));
    if (!method) {
      throw ConfigError({.where = value->where,
                         .expected = "a method of numpy's quantile, e.g. "
                                     "averaged_inverted_cdf or linear",
                         .got = Describe(*value)});
    }
    return *method;
  }

  static void RefuseSubsample(const ParameterValue* value) {
    if (value == nullptr) return;
    throw ConfigError({.where = value->where,
                       .expected = "no subsample: bins are learned from all "
                                   "rows (null says so too)",
                       .got = Describe(*value)});
  }

  std::size_t BinsOf(std::size_t column) const {
    return n_bins_[per_column_ ? column : 0];
  }

  InnerEdges FitOne(const FrameColumn& column, std::size_t bins,
                    const FitContext& context) const {
    const std::vector<double> sorted = SortedPresent(column.numbers);
    const auto warn = [&](const char* what) {
      context.Warn("KBinsDiscretizer: column '" + column.column.name + "' " +
                   what);
    };
    if (sorted.front() == sorted.back()) {
      warn("is constant; it has one bin");
      return {};
    }
    std::vector<double> edges = EdgesOf(column, sorted, bins);
    if (!AllFinite(edges)) {
      throw DataError(
          {.where = "KBinsDiscretizer, column '" + column.column.name + "'",
           .expected = "numbers whose range is finite",
           .got = "an overflow"});
    }
    if (strategy_ != Strategy::kUniform && RemoveNarrow(edges)) {
      warn("has bins that are too narrow; they are removed");
    }
    if (edges.size() < 3) return {};
    return {edges.begin() + 1, edges.end() - 1};
  }

  std::vector<double> EdgesOf(const FrameColumn& column,
                              std::span<const double> sorted,
                              std::size_t bins) const {
    switch (strategy_) {
      case Strategy::kUniform:
        return Linspace(sorted.front(), sorted.back(), bins + 1);
      case Strategy::kQuantile: {
        std::vector<double> edges = Linspace(0.0, 100.0, bins + 1);
        for (double& edge : edges) {
          edge = Quantile(sorted, edge / 100.0, method_);
        }
        return edges;
      }
      default:
        return KMeansEdges(column, sorted, bins);
    }
  }

  /// Halfway between the centres, which start in the middle of equal bins.
  static std::vector<double> KMeansEdges(const FrameColumn& column,
                                         std::span<const double> sorted,
                                         std::size_t bins) {
    const auto refuse = [&](std::string expected, std::string got) {
      throw DataError(
          {.where = "KBinsDiscretizer, column '" + column.column.name + "'",
           .expected = std::move(expected) + " for strategy kmeans",
           .got = std::move(got)});
    };
    if (sorted.size() < bins) {
      refuse("at least as many rows as bins (" + std::to_string(bins) + ")",
             std::to_string(sorted.size()));
    }
    const double range = sorted.back() - sorted.front();
    if (!std::isfinite(range * range)) {
      refuse("numbers whose squares are finite", "an overflow");
    }
    const std::vector<double> uniform =
        Linspace(sorted.front(), sorted.back(), bins + 1);
    std::vector<double> centers =
        KMeansOnLine(column.numbers, Middles(uniform));
    std::sort(centers.begin(), centers.end());
    std::vector<double> edges = Middles(centers);
    edges.insert(edges.begin(), sorted.front());
    edges.push_back(sorted.back());
    return edges;
  }

  static std::vector<double> Middles(const std::vector<double>& values) {
    std::vector<double> middles;
    for (std::size_t i = 1; i < values.size(); ++i) {
      middles.push_back((values[i] + values[i - 1]) * 0.5);
    }
    return middles;
  }

  /// Keeps the edges that lie far enough from the one before; true when one
  /// did not.
  static bool RemoveNarrow(std::vector<double>& edges) {
    std::vector<double> kept = {edges.front()};
    for (std::size_t i = 1; i < edges.size(); ++i) {
      if (edges[i] - edges[i - 1] > kLeastWidth) kept.push_back(edges[i]);
    }
    const bool removed = kept.size() < edges.size();
    edges = std::move(kept);
    return removed;
  }

  std::vector<std::size_t> n_bins_ = {5};
  bool per_column_ = false;
  bool one_hot_ = true;
  Strategy strategy_ = Strategy::kQuantile;
  QuantileMethod method_ = QuantileMethod::kAveragedInvertedCdf;
};

EstimatorPtr Configure(const ParameterValue& parameters) {
  return std::make_unique<KBinsDiscretizerEstimator>(parameters);
}

}  // namespace

extern const StepFactory kKBinsDiscretizer{"KBinsDiscretizer", Configure,
                                           KBinsDiscretizer::Load};

}  // namespace tidemill
