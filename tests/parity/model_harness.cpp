// Fits a model on rows from another program and answers what it makes of other
// rows, for comparison with another library: one JSON request a line on
// standard input, one answer a line on standard output.
//
// Request: {"model", "task", "parameters": YAML text, "file", "rows",
//          "columns", "test_rows", "weighted", "classes": [labels]}. The file
//          is float64 numbers as they lie in memory: the rows' features, their
//          targets, their weights when weighted, the test rows' features.
// Answer:  {"outputs": [test rows x outputs], "coefficients", "intercepts",
//          "warnings", "seconds"}, or {"error", "kind"}.
#include <chrono>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "parity/answer_lines.h"
#include "parity/number_file.h"
#include "tidemill/config/yaml_file.h"
#include "tidemill/core/errors.h"
#include "tidemill/model/linear_model.h"
#include "tidemill/training/model_estimator.h"

namespace tidemill {
namespace {

using nlohmann::json;

Task TaskOf(const std::string& text) {
  return text == "binary"       ? Task::kBinary
         : text == "multiclass" ? Task::kMulticlass
                                : Task::kRegression;
}

json Answer(const json& request) {
  const auto rows = request.at("rows").get<std::size_t>();
  const auto columns = request.at("columns").get<std::size_t>();
  const auto test_rows = request.at("test_rows").get<std::size_t>();
  NumberFile file(request.at("file").get<std::string>());
  const RowMatrix features = file.Next(rows, columns);
  const std::vector<double> target = file.Next(rows);
  const std::vector<double> weights =
      file.Next(request.at("weighted").get<bool>() ? rows : 0);
  const RowMatrix test = file.Next(test_rows, columns);
  const auto classes = request.at("classes").get<std::vector<std::string>>();
  const std::vector<std::string> names(columns, "x");
  std::vector<std::string> warnings;
  NoProgress progress;
  const ParameterValue parameters =
      ParseYaml(request.at("parameters").get<std::string>(), "parameters");
  const ModelFactory& factory =
      FindModel(request.at("model").get<std::string>(),
                TaskOf(request.at("task").get<std::string>()), "model");
  const auto start = std::chrono::steady_clock::now();
  const TrainedModel model = factory.configure(parameters)
                                 ->Fit(features, {.target = target,
                                                  .class_labels = classes,
                                                  .weights = weights,
                                                  .feature_names = names,
                                                  .seed = 0,
                                                  .stage = "fitting",
                                                  .progress = &progress,
                                                  .warnings = &warnings});
  const std::chrono::duration<double> taken =
      std::chrono::steady_clock::now() - start;
  std::vector<double> outputs(test_rows * model.predictor->num_outputs());
  model.predictor->Predict(test, outputs);
  json answer = {
      {"outputs", outputs}, {"warnings", warnings}, {"seconds", taken.count()}};
  if (const auto* linear =
          dynamic_cast<const LinearModel*>(model.predictor.get())) {
    answer["coefficients"] = linear->coefficients();
    answer["intercepts"] = linear->intercepts();
  }
  return answer;
}

}  // namespace
}  // namespace tidemill

int main() { tidemill::AnswerLines(tidemill::Answer); }
