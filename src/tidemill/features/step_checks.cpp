#include <algorithm>
#include <set>

#include "tidemill/core/errors.h"
#include "tidemill/features/step.h"

namespace tidemill {

void CheckInputs(std::string_view step, std::span<const ExpressionPtr> inputs,
                 std::span<const std::string> expected) {
  const auto refuse = [&](const std::string& want, const std::string& got) {
    throw ArtifactError(
        {.where = "step " + std::string(step), .expected = want, .got = got});
  };
  if (inputs.size() != expected.size()) {
    refuse(std::to_string(expected.size()) + " columns",
           std::to_string(inputs.size()));
  }
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i]->column.name != expected[i]) {
      refuse("column '" + expected[i] + "'",
             "'" + inputs[i]->column.name + "'");
    }
  }
}

void CheckKind(std::string_view step, const Expression& input,
               ColumnKind kind) {
  if (input.column.kind == kind) return;
  throw ArtifactError({.where = "step " + std::string(step) + ", column '" +
                                input.column.name + "'",
                       .expected = "a " + std::string(ToText(kind)),
                       .got = "a " + std::string(ToText(input.column.kind))});
}

void RequireKind(std::string_view step, const Column& column, ColumnKind kind) {
  if (column.kind == kind) return;
  throw ConfigError(
      {.where =
           "pipeline, " + std::string(step) + ", column '" + column.name + "'",
       .expected = "a " + std::string(ToText(kind)) + " column",
       .got = "a " + std::string(ToText(column.kind)) + " column"});
}

ColumnIndex::ColumnIndex(std::span<const ExpressionPtr> inputs)
    : inputs_(inputs) {
  places_.reserve(inputs.size());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    places_.emplace_back(inputs[i]->column.name, i);
  }
  std::sort(places_.begin(), places_.end());
}

std::vector<ExpressionPtr> ColumnIndex::Select(
    std::string_view step, std::span<const std::string> names) const {
  std::vector<ExpressionPtr> selected;
  selected.reserve(names.size());
  for (const std::string& name : names) {
    const std::pair<std::string_view, std::size_t> first(name, 0);
    const auto place = std::lower_bound(places_.begin(), places_.end(), first);
    if (place == places_.end() || place->first != name) {
      throw ArtifactError({.where = "step " + std::string(step),
                           .expected = "a column '" + name + "'",
                           .got = "none of that name"});
    }
    selected.push_back(inputs_[place->second]);
  }
  return selected;
}

std::vector<ExpressionPtr> SelectByName(std::string_view step,
                                        std::span<const ExpressionPtr> inputs,
                                        std::span<const std::string> names) {
  return ColumnIndex(inputs).Select(step, names);
}

void StepOutputs::Add(ExpressionPtr column) {
  // Names too: a few long ones can be put together to very many.
  words_ += column->words + column->column.name.size() / 8;
  const std::size_t depth = column->depth;
  columns_.push_back(std::move(column));
  if (columns_.size() > kMaxColumns || words_ > kMaxTableEntries ||
      depth > kMaxExpressionDepth) {
    throw ArtifactError(
        {.where = "pipeline",
         .expected = "at most " + std::to_string(kMaxColumns) + " columns, " +
                     std::to_string(kMaxTableEntries) + " table entries and " +
                     std::to_string(kMaxExpressionDepth) +
                     " steps one after the other",
         .got = std::to_string(columns_.size()) + " columns, " +
                std::to_string(words_) + " entries and " +
                std::to_string(depth) + " steps"});
  }
}

void StepOutputs::Add(std::span<const ExpressionPtr> columns) {
  for (const ExpressionPtr& column : columns) Add(column);
}

std::vector<std::string> ColumnsOfKind(std::string_view step,
                                       const Frame& inputs, ColumnKind kind) {
  std::vector<std::string> columns;
  for (const FrameColumn& column : inputs.columns) {
    RequireKind(step, column.column, kind);
    columns.push_back(column.column.name);
  }
  return columns;
}

std::vector<ExpressionPtr> BindOneMap(std::string_view step,
                                      std::span<const ExpressionPtr> inputs,
                                      std::span<const std::string> columns,
                                      std::shared_ptr<const NumberMap> map) {
  CheckInputs(step, inputs, columns);
  StepOutputs outputs;
  for (const ExpressionPtr& input : inputs) {
    CheckKind(step, *input, ColumnKind::kNumber);
    outputs.Add(MakeMap(input->column.name, input, map));
  }
  return outputs.Take();
}

void RequireColumns(std::string_view step, const Frame& inputs,
                    std::span<const std::string> names) {
  std::vector<std::string> known;
  for (const FrameColumn& column : inputs.columns) {
    known.push_back(column.column.name);
  }
  for (const std::string& name : names) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    const std::string nearest = NearestName(name, known);
    throw ConfigError(
        {.where = "pipeline, " + std::string(step),
         .expected = nearest.empty() ? "the name of a column"
                                     : "the name of a column (did you mean '" +
                                           nearest + "'?)",
         .got = "'" + name + "'"});
  }
}

void RequireDistinctNames(std::string_view step, const Frame& made) {
  std::set<std::string_view> names;
  for (const FrameColumn& column : made.columns) {
    if (names.insert(column.column.name).second) continue;
    throw ConfigError({.where = "pipeline, " + std::string(step),
                       .expected = "columns with distinct names (rename a "
                                   "field, or drop one of the two)",
                       .got = "'" + column.column.name + "' twice"});
  }
}

}  // namespace tidemill
