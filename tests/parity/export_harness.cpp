// Reads export files and answers what comes of events, for comparison with the
// pipeline in Python: one request a line on standard input, one answer a line
// on standard output.
//
// Request: {"file": path, "events": [JSON texts]}.
// Answer:  {"names", "features": [[cells] per column], "outputs": [[numbers]
//          per row], "rejected": {row: reason}}, or {"error", "kind"}. A
//          rejected event's cells are null.
#include <cmath>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "parity/answer_lines.h"
#include "tidemill/core/event_batch.h"
#include "tidemill/features/plan.h"
#include "tidemill/importing/export_file.h"
#include "tidemill/wire/event_decoder.h"

namespace tidemill {
namespace {

using nlohmann::json;

std::string BytesOf(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

json CellOf(double number) {
  if (std::isnan(number)) return nullptr;
  if (std::isinf(number)) return number > 0.0 ? "inf" : "-inf";
  return number;
}

/// The events that are accepted; `rejected` receives the others, which stay
/// rows of missing cells.
EventBatch Decode(const Schema& schema, const json& events, json& rejected) {
  EventDecoder decoder;
  EventBatch batch(schema);
  for (std::size_t row = 0; row < events.size(); ++row) {
    const auto text = events[row].get<std::string>();
    if (const auto error = decoder.Decode(schema, text, batch)) {
      rejected[std::to_string(row)] = error->detail;
      batch.AppendRow();
    }
  }
  return batch;
}

json ColumnsOf(const RowMatrix& features) {
  json columns = json::array();
  for (Eigen::Index j = 0; j < features.cols(); ++j) {
    json cells = json::array();
    for (Eigen::Index i = 0; i < features.rows(); ++i) {
      cells.push_back(CellOf(features(i, j)));
    }
    columns.push_back(std::move(cells));
  }
  return columns;
}

json OutputsOf(const Predictor& predictor, const RowMatrix& features) {
  const std::size_t width = predictor.num_outputs();
  const auto count = static_cast<std::size_t>(features.rows());
  std::vector<double> outputs(count * width);
  predictor.Predict(features, outputs);
  json rows = json::array();
  for (std::size_t i = 0; i < count; ++i) {
    json row = json::array();
    for (std::size_t k = 0; k < width; ++k) {
      row.push_back(CellOf(outputs[i * width + k]));
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

json Answer(const json& request) {
  const auto path = request.at("file").get<std::string>();
  const Artifact artifact = ReadExportFile(BytesOf(path), path);
  const Plan plan = artifact.pipeline.Compile(artifact.schema);
  json rejected = json::object();
  const EventBatch batch =
      Decode(artifact.schema, request.at("events"), rejected);
  Plan::Scratch scratch;
  RowMatrix features(static_cast<Eigen::Index>(batch.num_rows()),
                     static_cast<Eigen::Index>(plan.num_features()));
  plan.Run(batch, scratch, features);
  return {{"names", plan.names()},
          {"features", ColumnsOf(features)},
          {"outputs", OutputsOf(*artifact.predictor, features)},
          {"rejected", rejected}};
}

}  // namespace
}  // namespace tidemill

int main() { tidemill::AnswerLines(tidemill::Answer); }
