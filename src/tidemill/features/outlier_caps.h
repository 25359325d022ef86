#pragma once

#include <limits>
#include <string_view>
#include <vector>

#include "tidemill/features/chosen_columns.h"

namespace tidemill {

/// The least and greatest number that a column keeps; infinite = no bound.
struct Caps {
  double lower = -std::numeric_limits<double>::infinity();
  double upper = std::numeric_limits<double>::infinity();
};

/// Columns that are cut at their bounds, and the columns that say so.
///
/// Outputs: every column under its own name, then NAME_left where
///          `left_indicators` and NAME_right where `right_indicators`, of each
///          chosen column in turn: 1 where the value was cut there, else 0.
/// Missing: NaN stays NaN; its indicators are 0.
struct CappedColumns {
  ChosenColumns columns;
  std::vector<Caps> caps;  ///< per chosen column
  bool left_indicators = false;
  bool right_indicators = false;

  std::vector<ExpressionPtr> Bind(std::string_view step,
                                  std::span<const ExpressionPtr> inputs) const;
  void Save(ArtifactWriter& out) const;
  static CappedColumns Load(ArtifactReader& in);
};

}  // namespace tidemill
