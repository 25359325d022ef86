// Loads a predictor out of its open form and answers what it makes of rows from
// another program: one JSON request a line on standard input, one answer a line
// on standard output.
//
// Request: {"predictor": file, "numbers": file}. The numbers are float64 as
//          they lie in memory: the rows' features.
// Answer:  {"rows", "outputs": of a row, "single_precision"}, the outputs
//          having replaced the numbers in their file; or {"error", "kind"}.
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "parity/answer_lines.h"
#include "tidemill/features/artifact_binary.h"
#include "tidemill/importing/json_reader.h"
#include "tidemill/model/predictor.h"

namespace tidemill {
namespace {

using nlohmann::json;

std::string Bytes(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Through the open form and through model.bin's: what serving loads.
PredictorPtr Load(const std::string& path) {
  const JsonDocument document(Bytes(path), "predictor");
  JsonReader open(document);
  const PredictorPtr loaded = LoadPredictor(open);
  open.Finish();
  BinaryWriter out;
  SavePredictor(*loaded, out);
  const std::string bytes = out.Finish();
  BinaryReader in(bytes, "predictor");
  PredictorPtr predictor = LoadPredictor(in);
  in.Finish();
  return predictor;
}

RowMatrix Rows(const std::string& path, std::size_t columns) {
  const std::string bytes = Bytes(path);
  const std::size_t numbers = bytes.size() / sizeof(double);
  if (numbers % columns != 0) {
    throw std::logic_error("the predictor takes " + std::to_string(columns) +
                           " features");
  }
  RowMatrix rows(static_cast<Eigen::Index>(numbers / columns),
                 static_cast<Eigen::Index>(columns));
  bytes.copy(reinterpret_cast<char*>(rows.data()), bytes.size());
  return rows;
}

json Answer(const json& request) {
  const PredictorPtr predictor =
      Load(request.at("predictor").get<std::string>());
  const auto path = request.at("numbers").get<std::string>();
  const RowMatrix rows = Rows(path, predictor->num_features());
  std::vector<double> outputs(static_cast<std::size_t>(rows.rows()) *
                              predictor->num_outputs());
  predictor->Predict(rows, outputs);
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(outputs.data()),
             static_cast<std::streamsize>(outputs.size() * sizeof(double)));
  return {{"rows", rows.rows()},
          {"outputs", predictor->num_outputs()},
          {"single_precision", predictor->single_precision()}};
}

}  // namespace
}  // namespace tidemill

int main() { tidemill::AnswerLines(tidemill::Answer); }
