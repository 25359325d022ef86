#include "tidemill/training/trainer.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "tidemill/config/dotted_values.h"
#include "tidemill/core/errors.h"
#include "tidemill/model/artifact.h"
#include "tidemill/model/digest.h"
#include "tidemill/scoring/loaded_model.h"
#include "tidemill/training/baseline_statistics.h"
#include "tidemill/training/data_reader.h"
#include "tidemill/training/evaluation.h"
#include "tidemill/training/fitted_model.h"
#include "tidemill/training/library_versions.h"
#include "tidemill/training/row_source.h"
#include "tidemill/training/split.h"
#include "tidemill/training/threshold_choice.h"
#include "tidemill/training/verification_rows.h"

namespace tidemill {
namespace {

/// Says which fields cannot teach a model anything.
void WarnAboutFields(const Baselines& baselines, const Dataset& data,
                     std::vector<std::string>& warnings) {
  std::vector<std::string> constant;
  std::vector<std::string> empty;
  for (const Baseline& field : baselines.fields) {
    const auto used = std::count_if(field.counts.begin(), field.counts.end(),
                                    [](std::uint64_t n) { return n > 0; });
    // Of a field without a column it was said when the file was read.
    const bool known = data.fields_without_column.contains(field.name);
    if (used == 0 && !known) empty.push_back(field.name);
    if (used == 1 && field.missing == 0) constant.push_back(field.name);
  }
  if (!constant.empty()) {
    warnings.push_back("one value in every row to learn from: " +
                       ListNames(constant));
  }
  if (!empty.empty()) {
    warnings.push_back("no value in any row to learn from: " +
                       ListNames(empty));
  }
}

/// One score per row, as BatchScorer gives it: of more than two classes the
/// greatest probability.
std::vector<double> ScoresOf(std::span<const double> outputs,
                             std::size_t width) {
  std::vector<double> scores;
  for (std::size_t i = 0; i < outputs.size(); i += width) {
    const auto row = outputs.subspan(i, width);
    scores.push_back(*std::max_element(row.begin(), row.end()));
  }
  return scores;
}

Baselines MakeBaselines(const FittedModel& fitted, const Dataset& data,
                        const Split& split, std::span<const double> held_out) {
  const Frame frame = FrameOf(data, fitted.schema, split.train);
  Baselines baselines;
  baselines.rows = split.train.size();
  baselines.fields = FieldBaselines(fitted.schema, frame);
  baselines.features =
      FeatureBaselines(fitted.feature_names, fitted.Features(frame));
  baselines.score = NumberBaseline(
      "score", ScoresOf(held_out, fitted.model.predictor->num_outputs()));
  return baselines;
}

/// How many threads learned is no part of what was learned.
TrainingConfig WithoutThreads(TrainingConfig config) {
  auto* parameters =
      std::get_if<ParameterValue::Map>(&config.model.parameters.value);
  if (parameters != nullptr) {
    std::erase_if(*parameters,
                  [](const auto& entry) { return entry.first == "nthread"; });
  }
  return config;
}

Manifest MakeManifest(const TrainingConfig& config, const Dataset& data,
                      const TrainingReport& report) {
  Manifest manifest;
  manifest.name = config.name;
  manifest.task = config.task;
  manifest.model = config.model.name;
  manifest.unit = config.target.unit;
  manifest.classes = data.classes;
  if (config.task == Task::kBinary) {
    manifest.threshold = report.threshold.value;
    manifest.threshold_rule = ToText(report.threshold.rule);
    manifest.threshold_figure = report.threshold.figure;
  }
  manifest.config_sha256 = report.config_sha256;
  manifest.data_sha256 = report.data_sha256;
  manifest.data_rows = report.rows;
  manifest.seed = config.seed;
  manifest.parameters = DottedValues(ToTree(WithoutThreads(config)));
  manifest.libraries = LibraryVersions();
  manifest.metrics = report.held_out;
  for (const auto& [name, value] : report.baseline) {
    manifest.metrics.emplace_back("baseline_" + name, value);
  }
  return manifest;
}

std::string VerifiedBytes(const Artifact& artifact) try {
  return WriteVerified(artifact, "the trained model");
} catch (const VerificationError& error) {
  throw Error(ExitCode::kOurBug, error.what());
}

void RemoveRepeats(std::vector<std::string>& texts) {
  std::vector<std::string> kept;
  for (std::string& text : texts) {
    if (std::find(kept.begin(), kept.end(), text) == kept.end()) {
      kept.push_back(std::move(text));
    }
  }
  texts = std::move(kept);
}

/// A step that finds no value in a column may owe that to a file without the
/// column: its error then says so.
FittedModel FitKnowingFiles(const Recipe& recipe, const Dataset& data,
                            const std::vector<std::size_t>& rows,
                            Progress& progress,
                            std::vector<std::string>& warnings) try {
  return FitModel(recipe, data, rows, "training", progress, warnings);
} catch (const DataError& error) {
  if (data.fields_without_column.empty()) throw;
  std::string text = error.what();
  for (const std::string& warning : warnings) text += "; " + warning;
  throw DataError(text);
}

}  // namespace

TrainingResult TrainModel(const TrainingConfig& config,
                          std::vector<DataFile> files,
                          const TrainingOptions& options, Progress& progress) {
  const Recipe recipe = MakeRecipe(config);
  TrainingResult result;
  TrainingReport& report = result.report;
  const Dataset data = ReadDataset(config, files, progress, report.warnings);
  report.data_sha256 = data.sha256;
  files = {};  // The columns are all that is needed from here on.
  const Split split = HoldOut(data.target, config.split, config.seed);
  report.name = config.name;
  report.task = config.task;
  report.model = config.model.name;
  report.unit = config.target.unit;
  report.seed = config.seed;
  report.rows = data.rows();
  report.rows_train = split.train.size();
  report.rows_test = split.test.size();
  report.rows_without_target = data.rows_without_target;
  report.rows_out_of_range = data.rows_out_of_range;
  report.config_sha256 = ToHex(Sha256(CanonicalText(WithoutThreads(config))));

  FittedModel fitted =
      FitKnowingFiles(recipe, data, split.train, progress, report.warnings);
  report.num_features = fitted.feature_names.size();
  const std::vector<double> truth = TargetsOf(data, split.test);
  const std::vector<double> outputs = fitted.LibraryScores(data, split.test);
  if (config.task == Task::kBinary) {
    report.threshold = ChooseThreshold(config.threshold, truth, outputs);
  }
  const auto metrics_of = [&](std::span<const double> answers) {
    return MetricsOf(config.task, report.threshold.value, truth, answers);
  };
  report.held_out = metrics_of(outputs);
  report.baseline =
      metrics_of(NaiveOutputs(config.task, data.classes.size(),
                              TargetsOf(data, split.train), truth.size()));
  if (options.folds > 0) {
    report.folds = options.folds;
    report.cross_validation =
        CrossValidate(recipe, data, report.threshold.value, options.folds,
                      progress, report.warnings);
  }

  Artifact artifact;
  artifact.manifest = MakeManifest(config, data, report);
  artifact.baselines = MakeBaselines(fitted, data, split, outputs);
  artifact.verification =
      MakeVerificationRows(fitted, data, split, config.seed);
  artifact.schema = std::move(fitted.schema);
  artifact.pipeline = std::move(fitted.pipeline);
  artifact.predictor = std::move(fitted.model.predictor);
  WarnAboutFields(artifact.baselines, data, report.warnings);
  RemoveRepeats(report.warnings);
  result.artifact = VerifiedBytes(artifact);
  report.artifact_sha256 = ToHex(Sha256(result.artifact));
  report.artifact_bytes = result.artifact.size();
  return result;
}

TrainingResult TrainModel(const TrainingConfig& config,
                          const std::vector<std::string>& paths,
                          const TrainingOptions& options, Progress& progress) {
  return TrainModel(config, FilesAt(paths, options.format), options, progress);
}

}  // namespace tidemill
