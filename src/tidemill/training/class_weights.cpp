#include "tidemill/training/class_weights.h"

#include <algorithm>

#include "tidemill/core/errors.h"
#include "tidemill/training/row_source.h"

namespace tidemill {
namespace {

Eigen::Index ClassOf(double target) {
  return static_cast<Eigen::Index>(target);
}

/// The data's classes, absent ones too: numbers 0 and 1 at least.
Eigen::Index NumClasses(const ModelFitContext& context) {
  return std::max<Eigen::Index>(
      2, static_cast<Eigen::Index>(context.class_labels.size()));
}

double ReadWeight(const ParameterValue& value) {
  const double weight = AsDouble(value);
  if (weight >= 0.0) return weight;
  throw ConfigError({.where = value.where,
                     .expected = "a weight from 0",
                     .got = Describe(value)});
}

}  // namespace

ClassWeights::ClassWeights(ParameterReader& reader) {
  const ParameterValue* value = reader.Optional("class_weight");
  if (value == nullptr) return;
  const auto* text = std::get_if<std::string>(&value->value);
  balanced_ = text != nullptr && *text == "balanced";
  if (balanced_) return;
  if (value->map() == nullptr) {
    throw ConfigError({.where = value->where,
                       .expected = "balanced, or a map of labels to weights",
                       .got = Describe(*value)});
  }
  for (const auto& [label, weight] : *value->map()) {
    named_.push_back({label, ReadWeight(weight), weight.where});
  }
}

ColumnVector ClassWeights::PerClass(const ModelFitContext& context,
                                    const ColumnVector& row_weights) const {
  ColumnVector weights = ColumnVector::Ones(NumClasses(context));
  if (balanced_) {
    ColumnVector totals = ColumnVector::Zero(weights.size());
    for (Eigen::Index i = 0; i < row_weights.size(); ++i) {
      totals[ClassOf(context.target[static_cast<std::size_t>(i)])] +=
          row_weights[i];
    }
    const double present = static_cast<double>((totals.array() > 0.0).count());
    for (Eigen::Index k = 0; k < weights.size(); ++k) {
      if (totals[k] > 0.0) weights[k] = totals.sum() / (present * totals[k]);
    }
  }
  const std::vector<std::string> labels(context.class_labels.begin(),
                                        context.class_labels.end());
  for (const Named& named : named_) {
    const auto found = std::find(labels.begin(), labels.end(), named.label);
    if (found == labels.end()) {
      throw ConfigError(
          {.where = named.where,
           .expected = "a class of the data: " + ListNames(labels),
           .got = "'" + named.label + "'"});
    }
    weights[found - labels.begin()] = named.weight;
  }
  return weights;
}

ColumnVector ClassWeights::RowWeights(const ModelFitContext& context) const {
  ColumnVector rows =
      ColumnVector::Ones(static_cast<Eigen::Index>(context.target.size()));
  if (!context.weights.empty()) {
    rows = Eigen::Map<const ColumnVector>(context.weights.data(), rows.size());
  }
  const ColumnVector classes = PerClass(context, rows);
  for (Eigen::Index i = 0; i < rows.size(); ++i) {
    rows[i] *= classes[ClassOf(context.target[static_cast<std::size_t>(i)])];
  }
  return rows;
}

}  // namespace tidemill
