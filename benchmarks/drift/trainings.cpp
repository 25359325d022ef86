#include "benchmarks/drift/trainings.h"

#include <algorithm>
#include <sstream>
#include <string>
#include <utility>

#include "tidemill/simulation/publisher.h"
#include "tidemill/simulation/simulator.h"
#include "tidemill/training/baseline_statistics.h"
#include "tidemill/training/split.h"
#include "tidemill/training/trainer.h"

namespace tidemill {
namespace {

std::vector<std::size_t> DrawRows(const EventPool& pool, std::size_t rows,
                                  Random& random) {
  std::vector<std::size_t> drawn;
  while (drawn.size() < rows) {
    const std::size_t row = random.Below(pool.rows());
    if (pool.IsLearnedFrom(row)) drawn.push_back(row);
  }
  return drawn;
}

template <typename T>
std::vector<T> Pick(std::span<const T> values,
                    const std::vector<std::size_t>& places) {
  std::vector<T> picked;
  for (const std::size_t place : places) picked.push_back(values[place]);
  return picked;
}

}  // namespace

Training DrawTraining(const TrainingConfig& config, const EventPool& pool,
                      std::span<const double> scores, std::size_t rows,
                      Random& random) {
  const std::vector<std::size_t> drawn = DrawRows(pool, rows, random);
  const std::vector<double> truth =
      Pick(std::span<const double>(pool.data().target), drawn);
  const Split split = HoldOut(truth, config.split, random.Next());
  const auto learned = Pick(std::span<const std::size_t>(drawn), split.train);
  const auto held_out = Pick(std::span<const std::size_t>(drawn), split.test);

  Training training;
  training.schema = LearnSchema(pool.data(), learned);
  training.baselines.rows = learned.size();
  training.baselines.fields = FieldBaselines(
      training.schema, FrameOf(pool.data(), training.schema, learned));
  if (!scores.empty()) {
    training.baselines.score = NumberBaseline("score", Pick(scores, held_out));
  }
  return training;
}

LoadedModelPtr LearnModel(const TrainingConfig& config, std::uint64_t seed,
                          std::size_t rows) {
  SimulatorOptions options;
  options.seed = seed;
  std::ostringstream lines;
  WriteRows(*MakeSimulator(config.name, options), rows, lines,
            RowFormat::kJsonLines, /*with_truth=*/true);
  std::vector<DataFile> files;
  files.push_back({.name = "simulated.jsonl", .bytes = lines.str()});
  NoProgress progress;
  return LoadArtifact(
      TrainModel(config, std::move(files), {}, progress).artifact,
      "the learned model", 0);
}

std::vector<double> ScoresOf(const LoadedModel& model, const EventPool& pool) {
  constexpr std::size_t kBatch = 512;
  const PoolReader reader(pool, model.schema());
  EventBatch batch(model.schema());
  Plan::Scratch scratch;
  RowMatrix features(static_cast<Eigen::Index>(kBatch),
                     static_cast<Eigen::Index>(model.plan().num_features()));
  std::vector<double> scores(pool.rows());
  for (std::size_t first = 0; first < scores.size(); first += kBatch) {
    const std::size_t count = std::min(kBatch, scores.size() - first);
    reader.Read(first, count, batch);
    model.plan().Run(batch, scratch, features);
    model.predictor().Predict(
        features.topRows(static_cast<Eigen::Index>(count)),
        std::span(scores).subspan(first, count));
  }
  return scores;
}

}  // namespace tidemill
