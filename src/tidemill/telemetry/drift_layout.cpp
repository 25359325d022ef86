#include "tidemill/telemetry/drift_layout.h"

#include <cassert>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "tidemill/telemetry/label_text.h"
#include "tidemill/telemetry/unique_labels.h"

namespace tidemill {
namespace {

bool IsWatched(const Schema& schema, std::size_t field) {
  const FieldType type = schema.field(field).type;
  return schema.id_field() != field &&
         (IsNumeric(type) || type == FieldType::kCategory);
}

/// Why a baseline is not this field's; empty when it is.
std::string WhatIsWrong(const Field& field, const Baseline& baseline) {
  const bool category = field.type == FieldType::kCategory;
  if (category != (baseline.kind == BaselineKind::kCategory)) {
    return fmt::format("a {} with a baseline of {}", ToText(field.type),
                       category ? "numbers" : "categories");
  }
  if (category && field.categories.values() != baseline.categories) {
    return fmt::format("{} categories with a baseline of {} others",
                       field.categories.size(), baseline.categories.size());
  }
  return DriftBins::WhatIsWrong(baseline);
}

/// The same of a feature's or the score's, named `name`.
std::string WhatIsWrong(const std::string& name, const Baseline& baseline) {
  if (baseline.name != name) {
    return fmt::format("a baseline of '{}'", LabelText(baseline.name));
  }
  if (baseline.kind != BaselineKind::kNumber) {
    return "a number with a baseline of categories";
  }
  return DriftBins::WhatIsWrong(baseline);
}

}  // namespace

DriftLayout::DriftLayout(const Schema& schema,
                         const std::vector<std::string>& feature_names,
                         const Baselines& baselines, bool with_features)
    : baseline_rows_(baselines.rows) {
  UniqueLabels labels;
  AddFields(schema, baselines.fields, labels);
  if (with_features) AddFeatures(feature_names, baselines.features, labels);
  AddScore(baselines.score);
}

const DriftLayout::Column* DriftLayout::score() const {
  const bool has_one =
      !columns_.empty() && columns_.back().source == Source::kScore;
  return has_one ? &columns_.back() : nullptr;
}

void DriftLayout::AddFields(const Schema& schema,
                            const std::vector<Baseline>& baselines,
                            UniqueLabels& labels) {
  std::vector<const Baseline*> found(schema.size());
  for (const Baseline& baseline : baselines) {
    const std::optional<std::size_t> field = schema.Find(baseline.name);
    if (!field) {
      Skip("baseline", baseline.name, "the schema has no such field");
    } else if (!IsWatched(schema, *field)) {
      Skip("baseline", baseline.name, "of a field that is not watched");
    } else if (found[*field] != nullptr) {
      Skip("baseline", baseline.name, "the field has one already");
    } else {
      found[*field] = &baseline;
    }
  }
  for (std::size_t i = 0; i < schema.size(); ++i) {
    if (!IsWatched(schema, i)) continue;
    const Field& field = schema.field(i);
    const std::string wrong =
        found[i] != nullptr ? WhatIsWrong(field, *found[i]) : "no baseline";
    if (!wrong.empty()) {
      Skip("field", field.name, wrong);
      continue;
    }
    Add("field", field.name,
        {.label = labels.Make(field.name),
         .source = Source::kField,
         .index = i,
         .type = field.type,
         .bins = DriftBins(*found[i])});
  }
}

void DriftLayout::AddFeatures(const std::vector<std::string>& names,
                              const std::vector<Baseline>& baselines,
                              UniqueLabels& labels) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string wrong = i < baselines.size()
                                  ? WhatIsWrong(names[i], baselines[i])
                                  : "no baseline";
    if (!wrong.empty()) {
      Skip("feature", names[i], wrong);
      continue;
    }
    Add("feature", names[i],
        {.label = labels.Make("pipeline/" + names[i]),
         .source = Source::kFeature,
         .index = i,
         .bins = DriftBins(baselines[i])});
  }
  for (std::size_t i = names.size(); i < baselines.size(); ++i) {
    Skip("baseline", baselines[i].name, "the pipeline has no such feature");
  }
}

void DriftLayout::AddScore(const Baseline& baseline) {
  const std::string wrong = baseline.edges.empty()
                                ? "no baseline"
                                : WhatIsWrong(baseline.name, baseline);
  if (!wrong.empty()) {
    skipped_.push_back("the score: " + wrong);
    return;
  }
  Add("score", baseline.name,
      {.label = {}, .source = Source::kScore, .bins = DriftBins(baseline)});
}

void DriftLayout::Add(std::string_view what, std::string_view name,
                      Column column) {
  if (num_slots_ + column.bins.size() > kMaxSlots) {
    return Skip(
        what, name,
        fmt::format("no room beside {} bins of {}", num_slots_, kMaxSlots));
  }
  column.first_slot = num_slots_;
  num_slots_ += column.bins.size();
  columns_.push_back(std::move(column));
}

void DriftLayout::Skip(std::string_view what, std::string_view name,
                       std::string_view reason) {
  skipped_.push_back(fmt::format("{} '{}': {}", what, LabelText(name), reason));
}

}  // namespace tidemill
