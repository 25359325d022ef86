#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "tidemill/core/baseline.h"

namespace tidemill {

/// The bins that one field, feature or score is counted in beside its baseline.
///
/// Numbers:    `below`, the baseline's bins, `above`, `missing`. Of more than
///             kMaxNumberBins bins, equally many neighbours are joined. A
///             number without any value in training has `above` and `missing`
///             only: whatever comes is above.
/// Categories: the baseline's, in dictionary order, `unseen`, `missing`. With
///             more than kMaxCategoryBins of them the most frequent keep a bin
///             of their own (ties: in dictionary order) and the rest share
///             `other`, which stands behind them.
/// Labels:     unique within the bins, never empty, valid UTF-8, at most
///             kMaxLabelBytes. A number's bin is written as the interval it
///             is, "[0,12.5)", the last one closed, "[70,118.75]", in shortest
///             round-trip form. A category whose text is empty, is one of the
///             names above or begins and ends with a quote stands in double
///             quotes. A long text is cut, and "~2", "~3"... keeps those that
///             then look alike apart.
/// Memory:     fixed once built: 2 bytes per category of the dictionary.
/// Threads:    immutable once built.
class DriftBins {
 public:
  static constexpr std::size_t kMaxCategoryBins = 50;
  static constexpr std::size_t kMaxNumberBins = 50;

  /// Why a baseline cannot be used; empty when it can.
  static std::string WhatIsWrong(const Baseline& baseline);

  /// Requires a baseline with nothing wrong, its edges as Baseline has them.
  explicit DriftBins(const Baseline& baseline);

  BaselineKind kind() const { return kind_; }
  std::size_t size() const { return labels_.size(); }
  const std::vector<std::string>& labels() const { return labels_; }
  /// Rows of the baseline, per bin; 0 in below, above and unseen.
  const std::vector<std::uint64_t>& baseline() const { return baseline_; }

  /// The bin of a number; NaN is missing.
  std::size_t BinOf(double value) const {
    if (!many_steps_.empty()) return BinAmongMany(value);
    // Counted without branches, so that it takes as long whatever comes.
    std::size_t bin = 0;
    for (const double step : steps_) bin += value >= step ? 1U : 0U;
    return std::isnan(value) ? missing_bin() : bin;
  }

  /// The bin of a code of the dictionary, kUnseenCode or kMissingCode; any
  /// other code is unseen.
  std::size_t BinOf(std::int32_t code) const {
    const std::uint32_t place = static_cast<std::uint32_t>(code) + kFirstCode;
    return bin_of_code_[place < bin_of_code_.size() ? place : 0];
  }

  std::size_t missing_bin() const { return labels_.size() - 1; }
  /// Of categories: missing_bin() - 1.
  std::size_t unseen_bin() const { return labels_.size() - 2; }
  std::size_t below_bin() const { return 0; }
  /// Of numbers: missing_bin() - 1.
  std::size_t above_bin() const { return labels_.size() - 2; }

  /// Of numbers: where the events of each bin but `missing` are taken to lie:
  /// the first edge, the bins' middles, the last edge.
  const std::vector<double>& positions() const { return positions_; }

 private:
  /// As many as training makes edges, and one to spare.
  static constexpr std::size_t kFewSteps = 12;
  /// Place of code 0 in bin_of_code_: before it stand unseen and missing.
  static constexpr std::uint32_t kFirstCode = 2;

  void BuildNumber(const Baseline& baseline);
  void BuildCategory(const Baseline& baseline);
  std::size_t BinAmongMany(double value) const;

  BaselineKind kind_;
  /// Of numbers: the least value of each bin but the first; a value's bin is
  /// the number of steps that it reaches. Filled up with NaN, which none does.
  std::array<double, kFewSteps> steps_{};
  std::vector<double> many_steps_;  ///< all of them, where kFewSteps are less
  std::vector<std::uint16_t> bin_of_code_;  ///< of categories
  std::vector<std::string> labels_;
  std::vector<std::uint64_t> baseline_;
  std::vector<double> positions_;
};

}  // namespace tidemill
