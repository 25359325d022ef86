#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tidemill {

enum class BaselineKind : std::uint8_t { kNumber, kCategory };
inline constexpr std::array<std::string_view, 2> kBaselineKindNames = {
    "number", "category"};

/// What training saw of one field, one feature or the score.
struct Baseline {
  std::string name;
  BaselineKind kind = BaselineKind::kNumber;

  /// Numbers: strictly rising, first = least and last = greatest value seen;
  /// bin i is [edges[i], edges[i+1]), the last one closed. A column with one
  /// value has that value twice as the edges of its only bin; a column with
  /// none has no edges. Values outside count as below and above when serving.
  std::vector<double> edges;
  /// Categories: the texts in dictionary order, one bin each.
  std::vector<std::string> categories;

  /// Rows per bin; sums with `missing` to the rows of the baseline.
  std::vector<std::uint64_t> counts;
  std::uint64_t missing = 0;

  /// Numbers: over the values that are there; NaN when there are none.
  double mean = 0.0;
  double standard_deviation = 0.0;  ///< population form, as StandardScaler's
};

/// All that drift is measured against.
struct Baselines {
  std::uint64_t rows = 0;
  std::vector<Baseline> fields;    ///< raw fields but id, event time and text
  std::vector<Baseline> features;  ///< what the pipeline makes of them
  Baseline score;                  ///< over the rows held out from fitting
};

}  // namespace tidemill
