// Fits steps on the rows of a JSON request and answers what they make of
// them, for comparison with another library: one request a line on standard
// input, one answer a line on standard output.
//
// Request: {"fields": [{"name", "type"}], "steps": YAML text, "train":
//          {column: [cells]}, "test": the same, "target": [numbers], "task",
//          "classes": [labels], "seed"}. A null cell is missing; "inf" and
//          "-inf" are numbers too.
// Answer:  {"names", "fit_transform": [[cells] per column], "transform": the
//          same for the test rows, "warnings"}, or {"error", "kind"}.
//
// The test rows are worked out by the fitted steps, by a plan in batches of
// three sizes, and by steps that were saved and loaded; all must agree bit for
// bit, or the answer is an error of the kind "Mismatch".
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "features/raw_bytes.h"
#include "parity/answer_lines.h"
#include "tidemill/config/yaml_file.h"
#include "tidemill/core/errors.h"
#include "tidemill/features/artifact_io.h"
#include "tidemill/features/frame.h"
#include "tidemill/features/pipeline.h"
#include "tidemill/training/model_importances.h"

namespace tidemill {
namespace {

using nlohmann::json;

double NumberOf(const json& cell) {
  if (cell.is_null()) return std::numeric_limits<double>::quiet_NaN();
  if (cell == "inf") return std::numeric_limits<double>::infinity();
  if (cell == "-inf") return -std::numeric_limits<double>::infinity();
  return cell.get<double>();
}

json CellOf(double number) {
  if (std::isnan(number)) return nullptr;
  if (std::isinf(number)) return number > 0.0 ? "inf" : "-inf";
  return number;
}

/// The fields, with the distinct texts of the rows as dictionaries.
Schema SchemaOf(const json& fields, const json& rows) {
  std::vector<Field> made;
  for (const json& item : fields) {
    Field field;
    field.name = item.at("name").get<std::string>();
    field.type = ParseFieldType(item.at("type").get<std::string>()).value();
    if (field.type == FieldType::kCategory) {
      std::set<std::string> texts;
      for (const json& cell : rows.at(field.name)) {
        if (!cell.is_null()) texts.insert(cell.get<std::string>());
      }
      field.categories = Dictionary({texts.begin(), texts.end()});
    }
    made.push_back(std::move(field));
  }
  return Schema(std::move(made), "", "");
}

void FillCell(const Schema& schema, std::size_t field, std::size_t row,
              const json& cell, EventBatch& batch) {
  const FieldType type = schema.field(field).type;
  if (IsNumeric(type)) {
    batch.numbers(field)[row] = NumberOf(cell);
  } else if (cell.is_null()) {
    return;
  } else if (type == FieldType::kCategory) {
    batch.codes(field)[row] =
        schema.field(field).categories.Find(cell.get<std::string>());
  } else if (type == FieldType::kText) {
    batch.texts(field)[row] = batch.Keep(cell.get<std::string>());
  } else {
    batch.timestamps(field)[row] =
        ParseTimestamp(cell.get<std::string>()).value();
  }
}

EventBatch BatchOf(const Schema& schema, const json& rows, std::size_t first,
                   std::size_t count) {
  EventBatch batch(schema);
  for (std::size_t i = 0; i < count; ++i) batch.AppendRow();
  for (std::size_t field = 0; field < schema.size(); ++field) {
    const json& column = rows.at(schema.field(field).name);
    for (std::size_t i = 0; i < count; ++i) {
      FillCell(schema, field, i, column.at(first + i), batch);
    }
  }
  return batch;
}

std::size_t CountRows(const json& rows) {
  return rows.empty() ? 0 : rows.begin()->size();
}

std::vector<std::size_t> AllRows(std::size_t count) {
  std::vector<std::size_t> rows(count);
  for (std::size_t i = 0; i < count; ++i) rows[i] = i;
  return rows;
}

bool Same(double a, double b) {
  return (std::isnan(a) && std::isnan(b)) || std::memcmp(&a, &b, 8) == 0;
}

void Require(bool holds, const std::string& what) {
  if (!holds) throw std::logic_error(what);
}

/// The pipeline through its saved bytes, compiled, in batches of `size`.
void CheckPlan(const Pipeline& pipeline, const Schema& schema, const json& rows,
               const Frame& expected, std::size_t size) {
  RawBytes out;
  pipeline.Save(out);
  const std::string bytes = out.Finish();
  BinaryReader in(bytes, "saved steps");
  const Plan plan = Pipeline::Load(in).Compile(schema);
  in.Finish();
  Plan::Scratch scratch;
  const std::size_t count = std::min(CountRows(rows), std::size_t{2000});
  RowMatrix matrix(static_cast<Eigen::Index>(size),
                   static_cast<Eigen::Index>(plan.num_features()));
  for (std::size_t first = 0; first < count; first += size) {
    const std::size_t n = std::min(size, count - first);
    const EventBatch batch = BatchOf(schema, rows, first, n);
    plan.Run(batch, scratch, matrix);
    for (std::size_t column = 0; column < plan.num_features(); ++column) {
      for (std::size_t i = 0; i < n; ++i) {
        Require(Same(matrix(static_cast<Eigen::Index>(i),
                            static_cast<Eigen::Index>(column)),
                     expected.columns[column].numbers[first + i]),
                "batches of " + std::to_string(size) + ", column '" +
                    expected.columns[column].column.name + "', row " +
                    std::to_string(first + i));
      }
    }
  }
}

json CellsOf(const Frame& frame) {
  json columns = json::array();
  for (const FrameColumn& column : frame.columns) {
    json cells = json::array();
    for (const double number : column.numbers) cells.push_back(CellOf(number));
    for (const std::int32_t code : column.codes) {
      cells.push_back(
          code == kMissingCode ? json(nullptr)
          : code == kUnseenCode
              ? json("(unseen)")
              : json(column.column.categories[static_cast<std::size_t>(code)]));
    }
    columns.push_back(std::move(cells));
  }
  return columns;
}

Task TaskOf(const std::string& text) {
  return text == "binary"       ? Task::kBinary
         : text == "multiclass" ? Task::kMulticlass
                                : Task::kRegression;
}

json Answer(const json& request) {
  const Schema schema = SchemaOf(request.at("fields"), request.at("train"));
  const auto target = request.value("target", std::vector<double>());
  const auto classes = request.value("classes", std::vector<std::string>());
  std::vector<std::string> warnings;
  const std::vector<EstimatorPtr> estimators = ConfigureSteps(
      ParseYaml(request.at("steps").get<std::string>(), "steps"));
  const std::size_t train_rows = CountRows(request.at("train"));
  const EventBatch train = BatchOf(schema, request.at("train"), 0, train_rows);
  NoProgress quiet;
  const ModelImportances importances(quiet);
  Frame fitted;
  const Pipeline pipeline =
      Pipeline::Fit(estimators, MakeFrame(schema, train, AllRows(train_rows)),
                    {.target = target,
                     .task = TaskOf(request.value("task", "regression")),
                     .class_labels = classes,
                     .seed = request.value("seed", std::uint64_t{0}),
                     .importances = &importances,
                     .warnings = &warnings},
                    &fitted);
  const std::size_t test_rows = CountRows(request.at("test"));
  const EventBatch test = BatchOf(schema, request.at("test"), 0, test_rows);
  const Frame frame = MakeFrame(schema, test, AllRows(test_rows));
  const Frame made =
      Evaluate(BindSteps(pipeline.steps(), SourcesOf(frame)), frame);
  json names = json::array();
  bool numbers = true;
  for (const FrameColumn& column : made.columns) {
    names.push_back(column.column.name);
    numbers = numbers && column.column.kind == ColumnKind::kNumber;
  }
  if (numbers) {
    for (const std::size_t size : {1, 7, 512}) {
      CheckPlan(pipeline, schema, request.at("test"), made, size);
    }
  }
  return {{"names", names},
          {"fit_transform", CellsOf(fitted)},
          {"transform", CellsOf(made)},
          {"warnings", warnings}};
}

}  // namespace
}  // namespace tidemill

int main() { tidemill::AnswerLines(tidemill::Answer); }
