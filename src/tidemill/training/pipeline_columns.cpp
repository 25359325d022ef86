#include "tidemill/training/pipeline_columns.h"

#include <string>
#include <vector>

#include "tidemill/core/config_problems.h"

namespace tidemill {
namespace {

void CheckColumn(const ParameterValue& column, const Schema& schema) {
  const auto* name = std::get_if<std::string>(&column.value);
  if (name == nullptr || schema.Find(*name)) return;
  std::vector<std::string> known;
  for (const Field& field : schema.fields()) known.push_back(field.name);
  const std::string nearest = NearestName(*name, known);
  throw ConfigError({.where = column.where,
                     .expected = nearest.empty()
                                     ? "a field of the schema"
                                     : "a field of the schema (did you mean '" +
                                           nearest + "'?)",
                     .got = "'" + *name + "'"});
}

void CheckColumns(const ParameterValue& columns, const Schema& schema,
                  ConfigProblems& problems) {
  if (columns.list() == nullptr) {
    problems.Try([&] { CheckColumn(columns, schema); });
    return;
  }
  for (const ParameterValue& column : *columns.list()) {
    problems.Try([&] { CheckColumn(column, schema); });
  }
}

}  // namespace

void CheckPipelineColumns(const TrainingConfig& config) {
  // No schema: it has an error of its own.
  if (config.schema.size() == 0 || config.pipeline.empty()) return;
  const NamedParameters& first = config.pipeline.front();
  if (first.name != "ColumnTransformer") return;
  const ParameterValue* branches = first.parameters.Find("transformers");
  if (branches == nullptr || branches->list() == nullptr) return;
  ConfigProblems problems;
  for (const ParameterValue& branch : *branches->list()) {
    const ParameterValue* columns = branch.Find("columns");
    if (columns != nullptr) CheckColumns(*columns, config.schema, problems);
  }
  problems.Throw();
}

}  // namespace tidemill
