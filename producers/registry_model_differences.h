#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tidemill/scoring/loaded_model.h"

namespace tidemill {

/// A thing of two models, side by side.
struct SideBySide {
  std::string name;
  std::optional<std::string> a;  ///< absent: it has none
  std::optional<std::string> b;
};

/// Digests, labels, libraries and so on: what the manifests hold but metrics
/// and parameters.
std::vector<SideBySide> CompareManifests(const LoadedModel& a,
                                         const LoadedModel& b);

/// Of the training configs: in the order of a's, then what only b has.
std::vector<SideBySide> CompareParameters(const Manifest& a, const Manifest& b);

struct MetricsSideBySide {
  std::string name;
  std::optional<double> a;
  std::optional<double> b;
};
/// In the order of a's, then what only b has.
std::vector<MetricsSideBySide> CompareMetrics(const LoadedModel& a,
                                              const LoadedModel& b);

/// A field in which the schemas differ.
struct FieldDifference {
  std::string field;
  std::string kind;  ///< added, removed, type, required, unit, categories, role
  std::string a;
  std::string b;
};
std::vector<FieldDifference> CompareSchemas(const Schema& a, const Schema& b);

struct FeatureDifferences {
  std::vector<std::string> only_a;
  std::vector<std::string> only_b;
  bool other_order = false;  ///< of those that both have
};
FeatureDifferences CompareFeatures(const std::vector<std::string>& a,
                                   const std::vector<std::string>& b);

}  // namespace tidemill
