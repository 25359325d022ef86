#include "tidemill/importing/bare_model.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "tidemill/core/all_finite.h"
#include "tidemill/core/errors.h"
#include "tidemill/features/frame.h"
#include "tidemill/importing/bare_pipeline.h"
#include "tidemill/importing/bare_rows.h"
#include "tidemill/training/baseline_statistics.h"
#include "tidemill/training/library_versions.h"
#include "tidemill/wire/event_encoder.h"

namespace tidemill {
namespace {

constexpr std::size_t kVerificationRows = 200;

std::vector<std::string> ClassesOf(const ImportedModel& model,
                                   const BareModelOptions& options) {
  const std::size_t count = model.num_classes();
  if (options.classes.empty()) {
    std::vector<std::string> numbers;
    for (std::size_t i = 0; i < count; ++i) {
      numbers.push_back(std::to_string(i));
    }
    return numbers;
  }
  if (options.classes.size() != count) {
    throw UsageError({.where = "--classes",
                      .expected = count == 0
                                      ? "none for a regression"
                                      : std::to_string(count) + " labels",
                      .got = std::to_string(options.classes.size())});
  }
  return options.classes;
}

double ThresholdOf(const ImportedModel& model,
                   const BareModelOptions& options) {
  if (options.threshold && model.task != Task::kBinary) {
    throw UsageError({.where = "--threshold",
                      .expected = "a model of two classes",
                      .got = std::string(ToText(model.task))});
  }
  return options.threshold.value_or(0.5);
}

Manifest ManifestOf(const ImportedModel& model,
                    const BareModelOptions& options) {
  Manifest manifest;
  manifest.name = options.name;
  manifest.task = model.task;
  manifest.model = model.objective;
  manifest.classes = ClassesOf(model, options);
  manifest.threshold = ThresholdOf(model, options);
  manifest.parameters = {{"objective", model.objective}};
  manifest.libraries = {{"trained by", model.library}, OwnVersion()};
  return manifest;
}

/// What the code that serves makes of events.
struct Scored {
  RowMatrix features;
  std::vector<double> outputs;  ///< rows x num_outputs()
};

Scored Score(const Artifact& artifact, const EventBatch& events) {
  const Plan plan = artifact.pipeline.Compile(artifact.schema);
  if (plan.num_features() != artifact.predictor->num_features()) {
    throw ArtifactError(
        {.where = "the model's features",
         .expected = std::to_string(artifact.predictor->num_features()),
         .got = std::to_string(plan.num_features())});
  }
  Scored scored;
  scored.features.resize(static_cast<Eigen::Index>(events.num_rows()),
                         static_cast<Eigen::Index>(plan.num_features()));
  Plan::Scratch scratch;
  plan.Run(events, scratch, scored.features);
  scored.outputs.resize(events.num_rows() * artifact.predictor->num_outputs());
  artifact.predictor->Predict(scored.features, scored.outputs);
  return scored;
}

/// Evenly spread over the events; those whose outputs are finite.
std::vector<VerificationRow> VerificationOf(const Artifact& artifact,
                                            const EventBatch& events,
                                            const Scored& scored) {
  const std::size_t width = artifact.predictor->num_outputs();
  const std::size_t count = std::min(events.num_rows(), kVerificationRows);
  std::vector<VerificationRow> rows;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t row = i * events.num_rows() / count;
    const std::span<const double> outputs =
        std::span(scored.outputs).subspan(row * width, width);
    if (!AllFinite(outputs)) continue;
    VerificationRow& made = rows.emplace_back();
    AppendEvent(artifact.schema, events, row, made.event);
    made.outputs.assign(outputs.begin(), outputs.end());
  }
  return rows;
}

/// The events' columns, an unseen category as missing: a baseline is what was
/// there to learn from.
Frame FrameOf(const Schema& schema, const EventBatch& events) {
  std::vector<std::size_t> rows(events.num_rows());
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  Frame frame = MakeFrame(schema, events, rows);
  for (FrameColumn& column : frame.columns) {
    std::replace(column.codes.begin(), column.codes.end(), kUnseenCode,
                 kMissingCode);
  }
  return frame;
}

Baselines BaselinesOf(const Artifact& artifact, const EventBatch& events,
                      const Scored& scored) {
  const std::size_t width = artifact.predictor->num_outputs();
  std::vector<double> scores;
  for (std::size_t i = 0; i < scored.outputs.size(); i += width) {
    const auto row = std::span(scored.outputs).subspan(i, width);
    scores.push_back(*std::max_element(row.begin(), row.end()));
  }
  Baselines baselines;
  baselines.rows = events.num_rows();
  baselines.fields =
      FieldBaselines(artifact.schema, FrameOf(artifact.schema, events));
  baselines.features = FeatureBaselines(
      artifact.pipeline.Compile(artifact.schema).names(), scored.features);
  baselines.score = NumberBaseline("score", scores);
  return baselines;
}

}  // namespace

Artifact MakeBareArtifact(ImportedModel model, const BareModelOptions& options,
                          const std::string& where,
                          std::vector<std::string>& warnings) {
  Artifact artifact;
  artifact.manifest = ManifestOf(model, options);
  BarePipeline made =
      MakeBarePipeline(model, options.id_field, options.time_field, where);
  artifact.schema = std::move(made.schema);
  artifact.pipeline = std::move(made.pipeline);
  artifact.predictor = std::move(model.predictor);
  const bool given = !options.events.empty();
  const EventBatch events =
      given ? ReadBareEvents(artifact.schema, options.events)
            : SampleBareEvents(artifact.schema, kVerificationRows);
  const Scored scored = Score(artifact, events);
  artifact.verification = VerificationOf(artifact, events, scored);
  if (given) {
    artifact.baselines = BaselinesOf(artifact, events, scored);
    artifact.manifest.data_rows = events.num_rows();
  } else {
    artifact.baselines.score.name = "score";
    warnings.emplace_back(
        "no events were given (--events FILE): there are no baselines, so "
        "drift cannot be measured");
  }
  return artifact;
}

}  // namespace tidemill
