#include "tidemill/features/chosen_columns.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "tidemill/core/errors.h"

namespace tidemill {
namespace {

void RefuseRepeats(const std::string& where,
                   const std::vector<std::string>& names) {
  std::set<std::string_view> seen;
  for (const std::string& name : names) {
    if (!seen.insert(name).second) {
      throw ConfigError({.where = where,
                         .expected = "every column once",
                         .got = "'" + name + "' twice"});
    }
  }
}

std::size_t PlaceOf(const Frame& inputs, const std::string& name) {
  const auto place = std::find_if(
      inputs.columns.begin(), inputs.columns.end(),
      [&](const FrameColumn& column) { return column.column.name == name; });
  return static_cast<std::size_t>(place - inputs.columns.begin());
}

std::vector<std::size_t> NumberColumns(std::string_view step,
                                       const Frame& inputs) {
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < inputs.columns.size(); ++i) {
    if (inputs.columns[i].column.kind == ColumnKind::kNumber) {
      places.push_back(i);
    }
  }
  if (places.empty()) {
    throw ConfigError({.where = "pipeline, " + std::string(step),
                       .expected = "a number column",
                       .got = "none"});
  }
  return places;
}

}  // namespace

MissingCells ReadMissingValues(ParameterReader& reader,
                               std::string_view otherwise) {
  return reader.Choice("missing_values", otherwise, {"raise", "ignore"}) ==
                 "raise"
             ? MissingCells::kRefuse
             : MissingCells::kKeep;
}

void RequireNumbers(std::string_view step, const FrameColumn& column,
                    MissingCells missing) {
  RequireKind(step, column.column, ColumnKind::kNumber);
  const auto refuse = [&](std::string expected, std::string got) {
    throw DataError(
        {.where = std::string(step) + ", column '" + column.column.name + "'",
         .expected = std::move(expected),
         .got = std::move(got)});
  };
  if (column.numbers.empty()) refuse("at least one row", "none");
  if (missing == MissingCells::kKeep) return;
  std::size_t absent = 0;
  for (const double value : column.numbers) {
    if (std::isinf(value)) refuse("finite numbers", "an infinity");
    if (std::isnan(value)) ++absent;
  }
  if (absent > 0) {
    refuse("no missing cell (SimpleImputer before it fills them)",
           std::to_string(absent) + " of " +
               std::to_string(column.numbers.size()));
  }
}

std::optional<std::vector<std::string>> ReadVariables(ParameterReader& reader,
                                                      std::string_view key) {
  const ParameterValue* found = reader.Optional(key);
  std::vector<std::string> names = reader.Texts(key);
  if (found == nullptr) return std::nullopt;
  if (names.empty()) {
    throw ConfigError({.where = found->where,
                       .expected = "the names of columns",
                       .got = "an empty list"});
  }
  RefuseRepeats(found->where, names);
  return names;
}

std::vector<std::string> RequireVariables(ParameterReader& reader,
                                          std::string_view key) {
  reader.Required(key);
  return *ReadVariables(reader, key);
}

NumbersByName ReadNumbersByName(ParameterReader& reader, std::string_view key) {
  NumbersByName numbers;
  const ParameterValue* found = reader.Optional(key);
  if (found == nullptr) return numbers;
  if (found->map() == nullptr) {
    throw ConfigError({.where = found->where,
                       .expected = "a map of columns to numbers",
                       .got = Describe(*found)});
  }
  std::vector<std::string> names;
  for (const auto& [name, value] : *found->map()) {
    numbers.emplace_back(name, AsDouble(value));
    names.push_back(name);
  }
  RefuseRepeats(found->where, names);
  return numbers;
}

void ChosenColumns::Check(std::string_view step,
                          std::span<const ExpressionPtr> inputs) const {
  CheckInputs(step, inputs, columns);
  for (const std::size_t place : chosen) {
    CheckKind(step, *inputs[place], ColumnKind::kNumber);
  }
}

std::vector<ExpressionPtr> ChosenColumns::Without(
    std::span<const ExpressionPtr> inputs,
    std::span<const std::size_t> dropped) {
  std::vector<bool> keep(inputs.size(), true);
  for (const std::size_t place : dropped) keep[place] = false;
  std::vector<ExpressionPtr> kept;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (keep[i]) kept.push_back(inputs[i]);
  }
  return kept;
}

void ChosenColumns::Save(ArtifactWriter& out) const {
  out.Texts("columns", columns);
  SaveChosen("variables", out);
}

void ChosenColumns::SaveChosen(std::string_view name,
                               ArtifactWriter& out) const {
  out.U64s(name, {chosen.begin(), chosen.end()});
}

ChosenColumns ChosenColumns::Load(ArtifactReader& in) {
  return LoadChosen("variables", in.Texts("columns"), in);
}

ChosenColumns ChosenColumns::LoadChosen(std::string_view name,
                                        std::vector<std::string> columns,
                                        ArtifactReader& in) {
  ChosenColumns made{.columns = std::move(columns), .chosen = {}};
  std::vector<bool> taken(made.columns.size(), false);
  for (const std::uint64_t place : in.U64s(name)) {
    if (place >= made.columns.size() || taken[place]) {
      in.Refuse("places of " + std::to_string(made.columns.size()) +
                    " columns, each once",
                std::to_string(place));
    }
    taken[place] = true;
    made.chosen.push_back(place);
  }
  return made;
}

ChosenColumns Choose(std::string_view step, const Frame& inputs,
                     const std::optional<std::vector<std::string>>& variables,
                     MissingCells missing) {
  ChosenColumns made;
  for (const FrameColumn& column : inputs.columns) {
    made.columns.push_back(column.column.name);
  }
  if (variables) {
    RequireColumns(step, inputs, *variables);
    for (const std::string& name : *variables) {
      made.chosen.push_back(PlaceOf(inputs, name));
    }
  } else {
    made.chosen = NumberColumns(step, inputs);
  }
  for (const std::size_t place : made.chosen) {
    RequireNumbers(step, inputs.columns[place], missing);
  }
  return made;
}

}  // namespace tidemill
