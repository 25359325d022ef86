#pragma once

#include <cstddef>
#include <span>

#include "tidemill/features/mapped_columns.h"

namespace tidemill {

/// z = (x - centre) / scale. Missing: NaN stays NaN.
class Standardise final : public SavedMap {
 public:
  /// Requires a finite centre and a finite scale > 0.
  Standardise(double centre, double scale) : centre_(centre), scale_(scale) {}

  void Apply(std::span<double> values) const override;
  bool nondecreasing() const override { return true; }
  void Save(ArtifactWriter& out) const override;
  static SavedMapPtr Load(ArtifactReader& in);

 private:
  double centre_;
  double scale_;
};

/// Mean and population variance of the values that are not missing.
/// Source: scikit-learn 1.9 StandardScaler, bit for bit: row after row, two
///         passes with the correction of Chan et al. (1983).
struct Moments {
  double mean = 0.0;
  double variance = 0.0;
  std::size_t count = 0;

  bool finite() const;
  /// Rounding alone can make a constant column vary by this much.
  bool constant() const;
};
Moments MomentsOf(std::span<const double> values);

/// A scale to divide by: 1 in place of one below 10 epsilon, which a constant
/// column has. Source: scikit-learn 1.9, its scalers of ranges.
double ScaleOrOne(double scale);

}  // namespace tidemill
