// What an event costs between its bytes and its score, with the churn model,
// by stage and batch size. Time per event is the last column.
//
// The model is learned from simulated rows at the start, or read from
// $TIDEMILL_BENCHMARK_MODEL (a model.bin with the churn schema).
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <span>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>
#include <nlohmann/json.hpp>

#include "tidemill/config/training_config.h"
#include "tidemill/core/event_batch.h"
#include "tidemill/scoring/batch_scorer.h"
#include "tidemill/scoring/loaded_model.h"
#include "tidemill/simulation/publisher.h"
#include "tidemill/simulation/simulator.h"
#include "tidemill/training/trainer.h"
#include "tidemill/wire/event_decoder.h"

namespace tidemill {
namespace {

constexpr std::size_t kTrainingRows = 8000;
/// So many events that neither the caches nor the branch predictor know them
/// by heart.
constexpr std::size_t kEvents = 8192;

LoadedModelPtr LearnModel() {
  SimulatorOptions options;
  options.seed = 3;
  std::ostringstream rows;
  WriteRows(*MakeSimulator("churn", options), kTrainingRows, rows,
            RowFormat::kJsonLines, /*with_truth=*/true);
  NoProgress progress;
  std::vector<DataFile> files;
  files.push_back({.name = "simulated.jsonl", .bytes = rows.str()});
  const TrainingResult result =
      TrainModel(LoadTrainingConfig(TIDEMILL_CHURN_CONFIG), std::move(files),
                 {}, progress);
  return LoadArtifact(result.artifact, "the learned model", 0);
}

const LoadedModel& Model() {
  static const LoadedModelPtr model = [] {
    const char* path = std::getenv("TIDEMILL_BENCHMARK_MODEL");
    return path == nullptr ? LearnModel() : LoadArtifactFile(path, 0);
  }();
  return *model;
}

const std::vector<std::string>& Events() {
  static const std::vector<std::string> events = [] {
    SimulatorOptions options;
    options.seed = 7;
    const auto simulator = MakeSimulator("churn", options);
    std::vector<std::string> made;
    for (std::size_t i = 0; i < kEvents; ++i) {
      made.push_back(simulator->Next().value);
    }
    return made;
  }();
  return events;
}

/// The events in batches of one size, taken one after the other, round and
/// round.
class Batches {
 public:
  explicit Batches(std::size_t size) : size_(size) {
    for (const std::string& event : Events()) views_.emplace_back(event);
  }

  std::size_t count() const { return views_.size() / size_; }
  std::span<const std::string_view> At(std::size_t batch) const {
    return std::span(views_).subspan(batch * size_, size_);
  }
  std::size_t NextIndex() {
    next_ = next_ + 1 < count() ? next_ + 1 : 0;
    return next_;
  }
  std::span<const std::string_view> Next() { return At(NextIndex()); }

 private:
  std::size_t size_;
  std::vector<std::string_view> views_;
  std::size_t next_ = 0;
};

std::size_t BatchSize(const benchmark::State& state) {
  return static_cast<std::size_t>(state.range(0));
}

void CountEvents(benchmark::State& state) {
  const auto events = static_cast<double>(state.iterations() * state.range(0));
  state.counters["per_event"] = benchmark::Counter(
      events, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void DecodeAll(EventDecoder& decoder, std::span<const std::string_view> events,
               EventBatch& batch) {
  batch.Reset(Model().schema());
  for (const std::string_view event : events) {
    if (decoder.Decode(Model().schema(), event, batch)) {
      throw std::runtime_error("a simulated event was refused");
    }
  }
}

RowMatrix FeatureMatrix(std::size_t rows) {
  return RowMatrix(static_cast<Eigen::Index>(rows),
                   static_cast<Eigen::Index>(Model().plan().num_features()));
}

void Decode(benchmark::State& state) {
  Batches batches(BatchSize(state));
  EventDecoder decoder;
  EventBatch batch;
  for (auto _ : state) {
    DecodeAll(decoder, batches.Next(), batch);
    benchmark::DoNotOptimize(batch.num_rows());
  }
  CountEvents(state);
}

/// The rival: a document per event, its fields looked up by name.
void DecodeWithNlohmann(benchmark::State& state) {
  Batches batches(BatchSize(state));
  const Schema& schema = Model().schema();
  std::vector<double> numbers;
  std::vector<std::string> texts;
  for (auto _ : state) {
    numbers.clear();
    texts.clear();
    for (const std::string_view text : batches.Next()) {
      const nlohmann::json event = nlohmann::json::parse(text);
      for (const Field& field : schema.fields()) {
        const auto value = event.find(field.name);
        if (value == event.end() || value->is_null()) continue;
        if (IsNumeric(field.type)) {
          numbers.push_back(value->get<double>());
        } else {
          texts.push_back(value->get<std::string>());
        }
      }
    }
    benchmark::DoNotOptimize(numbers.data());
    benchmark::DoNotOptimize(texts.data());
  }
  CountEvents(state);
}

void Features(benchmark::State& state) {
  // The decoder's batch is in the cache when the plan runs. A few batches are,
  // too, and the plan branches on nothing that it could learn by heart.
  constexpr std::size_t kDecoded = 4;
  Batches batches(BatchSize(state));
  EventDecoder decoder;
  std::vector<EventBatch> decoded(kDecoded);
  for (EventBatch& batch : decoded) DecodeAll(decoder, batches.Next(), batch);
  Plan::Scratch scratch;
  RowMatrix features = FeatureMatrix(BatchSize(state));
  std::size_t next = 0;
  for (auto _ : state) {
    Model().plan().Run(decoded[next], scratch, features);
    next = (next + 1) % kDecoded;
    benchmark::DoNotOptimize(features.data());
  }
  CountEvents(state);
}

void Predict(benchmark::State& state) {
  EventDecoder decoder;
  EventBatch batch;
  DecodeAll(decoder, Batches(kEvents).At(0), batch);
  Plan::Scratch scratch;
  RowMatrix features = FeatureMatrix(kEvents);
  Model().plan().Run(batch, scratch, features);
  Batches batches(BatchSize(state));
  const auto rows = static_cast<Eigen::Index>(BatchSize(state));
  std::vector<double> scores(BatchSize(state));
  for (auto _ : state) {
    const auto first = static_cast<Eigen::Index>(batches.NextIndex()) * rows;
    Model().predictor().Predict(features.middleRows(first, rows), scores);
    benchmark::DoNotOptimize(scores.data());
  }
  CountEvents(state);
}

void Score(benchmark::State& state) {
  Batches batches(BatchSize(state));
  BatchScorer scorer;
  for (auto _ : state) {
    const std::span<const ScoredEvent> scored =
        scorer.Score(Model(), batches.Next());
    benchmark::DoNotOptimize(scored.data());
  }
  CountEvents(state);
}

void BatchSizes(benchmark::internal::Benchmark* benchmark) {
  benchmark->Arg(1)->Arg(16)->Arg(64)->Arg(512);
}

BENCHMARK(Decode)->Apply(BatchSizes);
BENCHMARK(DecodeWithNlohmann)->Apply(BatchSizes);
BENCHMARK(Features)->Apply(BatchSizes);
BENCHMARK(Predict)->Apply(BatchSizes);
BENCHMARK(Score)->Apply(BatchSizes);

}  // namespace
}  // namespace tidemill

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 64;
  try {
    const tidemill::LoadedModel& model = tidemill::Model();
    std::fprintf(stderr, "model %s: %zu features, engine %s\n",
                 model.sha256().c_str(), model.plan().num_features(),
                 std::string(model.predictor().engine()).c_str());
    benchmark::RunSpecifiedBenchmarks();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "batch_scorer_benchmark: %s\n", error.what());
    return 1;
  }
  return 0;
}
