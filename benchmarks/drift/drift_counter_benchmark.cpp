// What counting an event for drift costs beside scoring it, by batch size: with
// and without the pipeline's features, of all events and of a tenth. The last
// table has the ratios, of medians when --benchmark_repetitions is given.
#include <algorithm>
#include <array>
#include <cstdio>
#include <exception>
#include <map>
#include <memory>
#include <span>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "tidemill/config/training_config.h"
#include "tidemill/scoring/batch_scorer.h"
#include "tidemill/scoring/loaded_model.h"
#include "tidemill/simulation/publisher.h"
#include "tidemill/simulation/simulator.h"
#include "tidemill/telemetry/drift_counter.h"
#include "tidemill/telemetry/drift_layout.h"
#include "tidemill/training/trainer.h"

namespace tidemill {
namespace {

constexpr std::size_t kTrainingRows = 8000;
/// So many events that the branch predictor does not know them by heart.
constexpr std::size_t kEvents = 8192;
constexpr std::array<std::string_view, 2> kServices = {"churn", "taxi"};
constexpr std::array<std::size_t, 3> kBatchSizes = {1, 32, 512};

LoadedModelPtr LearnModel(const std::string& service) {
  SimulatorOptions options;
  options.seed = 3;
  std::ostringstream rows;
  WriteRows(*MakeSimulator(service, options), kTrainingRows, rows,
            RowFormat::kJsonLines, /*with_truth=*/true);
  NoProgress progress;
  std::vector<DataFile> files;
  files.push_back({.name = "simulated.jsonl", .bytes = rows.str()});
  const TrainingConfig config = LoadTrainingConfig(
      fmt::format("{}/{}.train.yaml", TIDEMILL_CONFIG_FOLDER, service));
  return LoadArtifact(
      TrainModel(config, std::move(files), {}, progress).artifact,
      "the learned model", 0);
}

/// A model and events for it.
struct Service {
  explicit Service(const std::string& name) : model(LearnModel(name)) {
    SimulatorOptions options;
    options.seed = 7;
    const auto simulator = MakeSimulator(name, options);
    for (std::size_t i = 0; i < kEvents; ++i) {
      events.push_back(simulator->Next().value);
    }
    views.assign(events.begin(), events.end());
  }

  std::span<const std::string_view> Batch(std::size_t number,
                                          std::size_t size) const {
    return std::span(views).subspan(number % (kEvents / size) * size, size);
  }

  LoadedModelPtr model;
  std::vector<std::string> events;
  std::vector<std::string_view> views;
};

const Service& Find(std::string_view name) {
  static std::map<std::string, Service, std::less<>> services;
  const auto place = services.find(name);
  if (place != services.end()) return place->second;
  return services.try_emplace(std::string(name), std::string(name))
      .first->second;
}

struct Variant {
  bool features;
  double sample;

  std::string Name() const {
    return fmt::format("{}, sample {}", features ? "with features" : "fields",
                       sample);
  }
};
constexpr std::array<Variant, 4> kVariants = {
    {{false, 1.0}, {false, 0.1}, {true, 1.0}, {true, 0.1}}};

/// Counts batches as a worker of `tidemill serve` does: draws the sample,
/// counts its rows, publishes.
class BatchCounter {
 public:
  BatchCounter(const LoadedModel& model, const Variant& variant)
      : counter_(std::make_shared<DriftCounts>(
            std::make_shared<const DriftLayout>(
                model.schema(), model.plan().names(),
                model.artifact().baselines, variant.features),
            variant.sample)) {}

  std::size_t columns() const {
    return counter_.counts().layout().columns().size();
  }

  void Count(const ScoredInputs& inputs, std::size_t events) {
    rows_.clear();
    for (std::size_t i = 0; i < events; ++i) {
      if (counter_.counts().Samples(0, offset_++)) {
        rows_.push_back(static_cast<std::uint32_t>(i));
      }
    }
    if (!rows_.empty()) {
      counter_.Count(inputs.batch, inputs.features, inputs.scores, rows_);
    }
    counter_.Publish();
  }

 private:
  DriftCounter counter_;
  std::vector<std::uint32_t> rows_;
  std::int64_t offset_ = 0;
};

void ScoreBatch(BatchScorer& scorer, const Service& service, std::size_t number,
                std::size_t size) {
  const auto scored = scorer.Score(*service.model, service.Batch(number, size));
  benchmark::DoNotOptimize(scored.data());
}

void Score(benchmark::State& state, std::string_view name) {
  const Service& service = Find(name);
  const auto size = static_cast<std::size_t>(state.range(0));
  BatchScorer scorer;
  std::size_t number = 0;
  for (auto _ : state) ScoreBatch(scorer, service, number++, size);
}

/// Of inputs that lie in the cache, as they do when they were just scored.
void Count(benchmark::State& state, std::string_view name, Variant variant) {
  constexpr std::size_t kScored = 16;
  const Service& service = Find(name);
  const auto size = static_cast<std::size_t>(state.range(0));
  std::vector<BatchScorer> scorers(kScored);
  for (std::size_t i = 0; i < kScored; ++i) {
    ScoreBatch(scorers[i], service, i, size);
  }
  BatchCounter counter(*service.model, variant);
  state.counters["columns"] = static_cast<double>(counter.columns());
  std::size_t number = 0;
  for (auto _ : state) {
    counter.Count(scorers[number++ % kScored].inputs(), size);
    benchmark::ClobberMemory();
  }
}

/// Both, one after the other: what each does to the other's caches is in it.
void ScoreAndCount(benchmark::State& state, std::string_view name,
                   Variant variant) {
  const Service& service = Find(name);
  const auto size = static_cast<std::size_t>(state.range(0));
  BatchScorer scorer;
  BatchCounter counter(*service.model, variant);
  std::size_t number = 0;
  for (auto _ : state) {
    ScoreBatch(scorer, service, number++, size);
    counter.Count(scorer.inputs(), size);
  }
}

std::string NameOf(std::string_view what, std::string_view service,
                   const Variant* variant = nullptr) {
  return variant == nullptr
             ? fmt::format("{}/{}", what, service)
             : fmt::format("{}/{}/{}", what, service, variant->Name());
}

void RegisterAll() {
  const auto with_sizes = [](benchmark::internal::Benchmark* benchmark) {
    for (const std::size_t size : kBatchSizes) {
      benchmark->Arg(static_cast<std::int64_t>(size));
    }
  };
  for (const std::string_view service : kServices) {
    with_sizes(benchmark::RegisterBenchmark(
        NameOf("score", service).c_str(),
        [service](benchmark::State& state) { Score(state, service); }));
    for (const Variant& variant : kVariants) {
      with_sizes(benchmark::RegisterBenchmark(
          NameOf("count", service, &variant).c_str(),
          [service, variant](benchmark::State& state) {
            Count(state, service, variant);
          }));
      with_sizes(benchmark::RegisterBenchmark(
          NameOf("score and count", service, &variant).c_str(),
          [service, variant](benchmark::State& state) {
            ScoreAndCount(state, service, variant);
          }));
    }
  }
}

/// Keeps the CPU times, for the ratios.
class RatioReporter final : public benchmark::ConsoleReporter {
 public:
  void ReportRuns(const std::vector<Run>& runs) override {
    ConsoleReporter::ReportRuns(runs);
    for (const Run& run : runs) {
      if (run.run_type != Run::RT_Iteration || run.error_occurred) continue;
      seconds_[run.run_name.function_name + '/' + run.run_name.args].push_back(
          run.cpu_accumulated_time / static_cast<double>(run.iterations));
    }
  }

  void PrintRatios() {
    std::puts(
        "\n| service | batch | score, ns/event | counted | count, ns/event |"
        " count / score | score and count / score |\n"
        "|---|---|---|---|---|---|---|");
    for (const std::string_view service : kServices) {
      for (const std::size_t size : kBatchSizes) {
        for (const Variant& variant : kVariants) {
          PrintRow(service, size, variant);
        }
      }
    }
  }

 private:
  void PrintRow(std::string_view service, std::size_t size,
                const Variant& variant) {
    const double score = PerEvent(NameOf("score", service), size);
    const double count = PerEvent(NameOf("count", service, &variant), size);
    const double both =
        PerEvent(NameOf("score and count", service, &variant), size);
    if (score == 0.0 || count == 0.0) return;  // filtered out
    std::puts(
        fmt::format("| {} | {} | {:.0f} | {} | {:.1f} | {:.3f} | {:.3f} |",
                    service, size, score, variant.Name(), count, count / score,
                    both / score)
            .c_str());
  }

  /// Median, in nanoseconds; 0 when it did not run.
  double PerEvent(const std::string& name, std::size_t size) {
    std::vector<double>& seconds = seconds_[fmt::format("{}/{}", name, size)];
    if (seconds.empty()) return 0.0;
    std::ranges::sort(seconds);
    return 1e9 * seconds[seconds.size() / 2] / static_cast<double>(size);
  }

  std::map<std::string, std::vector<double>> seconds_;
};

}  // namespace
}  // namespace tidemill

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 64;
  try {
    tidemill::RegisterAll();
    tidemill::RatioReporter reporter;
    benchmark::RunSpecifiedBenchmarks(&reporter);
    reporter.PrintRatios();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "drift_counter_benchmark: %s\n", error.what());
    return 1;
  }
  return 0;
}
