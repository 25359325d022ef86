// Reads a model file of another library and answers what it makes of rows, for
// comparison with that library: one JSON request a line on standard input, one
// answer a line on standard output.
//
// Request: {"library": "xgboost" or "lightgbm", "model": path, "file", "rows",
//          "columns", "outputs": path}. The file is the rows' float64 numbers
//          as they lie in memory; the outputs are written the same way, of
//          XGBoost's models followed by the margins they come from.
// Answer:  {"library", "objective", "task", "classes", "width", "features":
//          [{"name", "type", "category", "categories"}], "frame_categories"},
//          or {"error", "kind"}.
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <nlohmann/json.hpp>

#include "parity/answer_lines.h"
#include "parity/number_file.h"
#include "tidemill/importing/lightgbm_file.h"
#include "tidemill/importing/xgboost_file.h"
#include "tidemill/model/linear_booster.h"
#include "tidemill/model/tree_walker.h"

namespace tidemill {
namespace {

using nlohmann::json;

std::string BytesOf(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

json ListOf(const CategoryValues& values) {
  json list = json::array();
  for (const CategoryValue& value : values) {
    std::visit([&](const auto& x) { list.push_back(x); }, value);
  }
  return list;
}

json FeaturesOf(const ImportedModel& model) {
  json features = json::array();
  for (const ImportedFeature& feature : model.features) {
    features.push_back({{"name", feature.name},
                        {"type", feature.type},
                        {"category", feature.is_category},
                        {"categories", ListOf(feature.categories)}});
  }
  return features;
}

/// The same model without its link; nullptr for one that is not XGBoost's.
PredictorPtr WithoutLink(const Predictor& predictor) {
  if (const auto* walker = dynamic_cast<const TreeWalker*>(&predictor)) {
    TreeEnsemble ensemble = walker->ensemble();
    ensemble.link = Link::kIdentity;
    return std::make_unique<TreeWalker>(std::move(ensemble));
  }
  if (const auto* booster = dynamic_cast<const LinearBooster*>(&predictor)) {
    LinearBooster::Parts parts = booster->parts();
    parts.link = Link::kIdentity;
    return std::make_unique<LinearBooster>(std::move(parts));
  }
  return nullptr;
}

void WriteOutputs(const Predictor& predictor, const RowMatrix& rows,
                  std::ofstream& out) {
  std::vector<double> outputs(static_cast<std::size_t>(rows.rows()) *
                              predictor.num_outputs());
  predictor.Predict(rows, outputs);
  out.write(reinterpret_cast<const char*>(outputs.data()),
            static_cast<std::streamsize>(outputs.size() * sizeof(double)));
}

json Answer(const json& request) {
  const std::string path = request.at("model").get<std::string>();
  const auto read =
      request.at("library") == "xgboost" ? ReadXgboostFile : ReadLightgbmFile;
  const ImportedModel model = read(BytesOf(path), "model");
  NumberFile file(request.at("file").get<std::string>());
  const RowMatrix rows = file.Next(request.at("rows").get<std::size_t>(),
                                   request.at("columns").get<std::size_t>());
  std::ofstream out(request.at("outputs").get<std::string>(), std::ios::binary);
  WriteOutputs(*model.predictor, rows, out);
  if (const PredictorPtr linkless = WithoutLink(*model.predictor)) {
    WriteOutputs(*linkless, rows, out);
  }
  json frame = json::array();
  for (const CategoryValues& values : model.frame_categories) {
    frame.push_back(ListOf(values));
  }
  return {{"library", model.library},
          {"objective", model.objective},
          {"task", ToText(model.task)},
          {"classes", model.num_classes()},
          {"width", model.predictor->num_outputs()},
          {"features", FeaturesOf(model)},
          {"frame_categories", std::move(frame)}};
}

}  // namespace
}  // namespace tidemill

int main() { tidemill::AnswerLines(tidemill::Answer); }
