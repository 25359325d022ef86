#include "tidemill/training/baseline_statistics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace tidemill {
namespace {

constexpr std::size_t kMaxBins = 10;

/// A number above `low` and not above `high`, half way where float64 has one.
double Between(double low, double high) {
  const double middle = low / 2.0 + high / 2.0;
  return middle > low && middle <= high ? middle : high;
}

/// The place of every first value of its kind in sorted values; stops beyond
/// kMaxBins of them.
std::vector<double> DistinctValues(const std::vector<double>& sorted) {
  std::vector<double> distinct;
  for (const double value : sorted) {
    if (!distinct.empty() && value == distinct.back()) continue;
    distinct.push_back(value);
    if (distinct.size() > kMaxBins) break;
  }
  return distinct;
}

/// Edges between the deciles; a value that makes up a decile or more and is
/// the greatest gets a bin of its own.
std::vector<double> InnerDeciles(const std::vector<double>& sorted) {
  const double greatest = sorted.back();
  std::vector<double> inner;
  for (std::size_t i = 1; i < kMaxBins; ++i) {
    double edge = sorted[i * sorted.size() / kMaxBins];
    if (edge == greatest) {
      const auto first =
          std::lower_bound(sorted.begin(), sorted.end(), greatest);
      edge = Between(*(first - 1), greatest);
    }
    inner.push_back(edge);
  }
  return inner;
}

std::vector<double> MakeEdges(const std::vector<double>& sorted) {
  if (sorted.empty()) return {};
  const std::vector<double> distinct = DistinctValues(sorted);
  if (distinct.size() == 1) return {distinct[0], distinct[0]};
  std::vector<double> inner;
  if (distinct.size() <= kMaxBins) {
    for (std::size_t i = 1; i < distinct.size(); ++i) {
      inner.push_back(Between(distinct[i - 1], distinct[i]));
    }
  } else {
    inner = InnerDeciles(sorted);
  }
  std::vector<double> edges = {sorted.front()};
  for (const double edge : inner) {
    if (edge > edges.back() && edge < sorted.back()) edges.push_back(edge);
  }
  edges.push_back(sorted.back());
  return edges;
}

std::size_t BinOf(double value, const std::vector<double>& edges) {
  const auto above =
      std::upper_bound(edges.begin() + 1, edges.end() - 1, value);
  return static_cast<std::size_t>(above - edges.begin()) - 1;
}

}  // namespace

Baseline NumberBaseline(std::string name, std::span<const double> values) {
  Baseline baseline;
  baseline.name = std::move(name);
  std::vector<double> sorted;
  double sum = 0.0;
  for (const double value : values) {
    if (std::isnan(value)) continue;
    // -0.0 and 0.0 are one value.
    sorted.push_back(value + 0.0);
    sum += value;
  }
  baseline.missing = values.size() - sorted.size();
  const auto n = static_cast<double>(sorted.size());
  baseline.mean =
      sorted.empty() ? std::numeric_limits<double>::quiet_NaN() : sum / n;
  double squares = 0.0;
  for (const double value : sorted) {
    squares += (value - baseline.mean) * (value - baseline.mean);
  }
  baseline.standard_deviation =
      sorted.empty() ? baseline.mean : std::sqrt(squares / n);

  std::sort(sorted.begin(), sorted.end());
  baseline.edges = MakeEdges(sorted);
  if (sorted.empty()) return baseline;
  baseline.counts.assign(baseline.edges.size() - 1, 0);
  for (const double value : sorted) {
    ++baseline.counts[BinOf(value, baseline.edges)];
  }
  return baseline;
}

Baseline CategoryBaseline(std::string name,
                          const std::vector<std::string>& categories,
                          std::span<const std::int32_t> codes) {
  Baseline baseline;
  baseline.name = std::move(name);
  baseline.kind = BaselineKind::kCategory;
  baseline.categories = categories;
  baseline.counts.assign(categories.size(), 0);
  for (const std::int32_t code : codes) {
    if (code < 0) {
      ++baseline.missing;
    } else {
      ++baseline.counts[static_cast<std::size_t>(code)];
    }
  }
  return baseline;
}

std::vector<Baseline> FieldBaselines(const Schema& schema, const Frame& frame) {
  std::vector<Baseline> baselines;
  for (std::size_t i = 0; i < schema.size(); ++i) {
    const FrameColumn& column = frame.columns[i];
    if (schema.id_field() == i) continue;
    if (column.column.kind == ColumnKind::kNumber) {
      baselines.push_back(NumberBaseline(column.column.name, column.numbers));
    } else if (column.column.kind == ColumnKind::kCategory) {
      baselines.push_back(CategoryBaseline(
          column.column.name, column.column.categories, column.codes));
    }
  }
  return baselines;
}

std::vector<Baseline> FeatureBaselines(const std::vector<std::string>& names,
                                       const RowMatrix& features) {
  std::vector<Baseline> baselines;
  for (std::size_t j = 0; j < names.size(); ++j) {
    const ColumnVector column = features.col(static_cast<Eigen::Index>(j));
    baselines.push_back(NumberBaseline(
        names[j], {column.data(), static_cast<std::size_t>(column.size())}));
  }
  return baselines;
}

}  // namespace tidemill
