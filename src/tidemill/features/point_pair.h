#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tidemill/features/step.h"

namespace tidemill {

/// Four columns that are two points, and the name of what is made of them.
///
/// Inputs:  latitude, longitude, latitude, longitude in degrees, in the order
///          in which the transformer selects them.
struct PointPair {
  std::vector<std::string> columns;
  std::string output;

  /// Throws ArtifactError unless the inputs are those.
  ExpressionPtr Bind(std::string_view step,
                     std::span<const ExpressionPtr> inputs,
                     std::shared_ptr<const Kernel> kernel) const;
  void Save(ArtifactWriter& out) const;
  static PointPair Load(ArtifactReader& in);
};

/// Throws ConfigError unless the frame has four number columns.
PointPair FitPointPair(std::string_view step, const Frame& inputs,
                       std::string output);

}  // namespace tidemill
