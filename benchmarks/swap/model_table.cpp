// What an exchange of the models costs the loader, and what looking for new
// models costs a worker: per batch, not per event.
//
//   Set         the exchange itself, with `readers` threads that read all along
//   SetCollect  with the freeing of the old set, as a loader pays for it
//   Read        when nothing has changed, on 1 and 2 threads
//   ReadChanged when every read finds another set
#include "tidemill/rollout/model_table.h"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>

namespace tidemill {
namespace {

ModelSetPtr MakeSet(std::uint64_t sequence) {
  auto models = std::make_shared<ModelSet>();
  models->sequence = sequence;
  return models;
}

/// Threads that read all along, as workers do that have nothing else to do.
class BusyReaders {
 public:
  BusyReaders(const ModelTable& table, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      threads_.emplace_back([this, &table] {
        ModelTable::Reader reader(table);
        started_.fetch_add(1);
        while (!stopped_.load(std::memory_order_relaxed)) {
          benchmark::DoNotOptimize(reader.Read());
        }
      });
    }
    while (started_.load() < count) std::this_thread::yield();
  }
  ~BusyReaders() {
    stopped_.store(true);
    for (std::thread& thread : threads_) thread.join();
  }

 private:
  std::atomic<bool> stopped_{false};
  std::atomic<std::size_t> started_{0};
  std::vector<std::thread> threads_;
};

std::vector<ModelSetPtr> MakeSets(std::size_t count) {
  std::vector<ModelSetPtr> sets;
  for (std::size_t i = 0; i < count; ++i) sets.push_back(MakeSet(i + 1));
  return sets;
}

/// Sets are made, and old ones freed, between the exchanges that are timed.
void Set(benchmark::State& state) {
  constexpr std::size_t kExchanges = 64;
  ModelTable table;
  table.Set(MakeSet(0));
  const BusyReaders readers(table, static_cast<std::size_t>(state.range(0)));
  while (state.KeepRunningBatch(kExchanges)) {
    std::vector<ModelSetPtr> sets = MakeSets(kExchanges);
    const auto start = std::chrono::steady_clock::now();
    for (ModelSetPtr& set : sets) table.Set(std::move(set));
    const auto took = std::chrono::steady_clock::now() - start;
    state.SetIterationTime(std::chrono::duration<double>(took).count());
    table.Collect();
  }
}

void SetCollect(benchmark::State& state) {
  ModelTable table;
  table.Set(MakeSet(0));
  const BusyReaders readers(table, static_cast<std::size_t>(state.range(0)));
  std::uint64_t sequence = 0;
  for (auto _ : state) {
    table.Set(MakeSet(++sequence));
    benchmark::DoNotOptimize(table.Collect());
  }
}

const ModelTable& UnchangingTable() {
  static ModelTable* table = [] {
    auto* made = new ModelTable;  // lives as long as the process
    made->Set(MakeSet(1));
    return made;
  }();
  return *table;
}

void Read(benchmark::State& state) {
  ModelTable::Reader reader(UnchangingTable());
  for (auto _ : state) benchmark::DoNotOptimize(reader.Read());
}

void ReadChanged(benchmark::State& state) {
  constexpr std::size_t kReads = 64;
  ModelTable table;
  ModelTable::Reader reader(table);
  while (state.KeepRunningBatch(kReads)) {
    double seconds = 0.0;
    for (const ModelSetPtr& set : MakeSets(kReads)) {
      table.Set(set);
      const auto start = std::chrono::steady_clock::now();
      benchmark::DoNotOptimize(reader.Read());
      const auto took = std::chrono::steady_clock::now() - start;
      seconds += std::chrono::duration<double>(took).count();
    }
    state.SetIterationTime(seconds);
    table.Collect();
  }
}

constexpr double kSeconds = 0.1;

BENCHMARK(Set)->ArgName("readers")->Arg(0)->Arg(1)->UseManualTime()->MinTime(
    kSeconds);
BENCHMARK(SetCollect)
    ->ArgName("readers")
    ->Arg(0)
    ->Arg(1)
    ->UseRealTime()
    ->MinTime(kSeconds);
BENCHMARK(Read)->Threads(1)->Threads(2)->UseRealTime()->MinTime(kSeconds);
// Each time holds a reading of the clock, some 30 ns.
BENCHMARK(ReadChanged)->UseManualTime()->MinTime(kSeconds);

}  // namespace
}  // namespace tidemill

BENCHMARK_MAIN();
