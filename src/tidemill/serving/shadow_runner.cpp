#include "tidemill/serving/shadow_runner.h"

#include <exception>
#include <utility>

#include <spdlog/spdlog.h>

namespace tidemill {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kIdleWait{100};
/// While reports are to come.
constexpr milliseconds kBusyWait{5};

}  // namespace

ShadowRunner::ShadowRunner(const ShadowOptions& options, ShadowQueue& queue,
                           RecordSink& sink, const ModelTable& models,
                           const Clock& clock)
    : queue_(queue),
      clock_(clock),
      drain_timeout_(options.drain_timeout),
      models_(models),
      scorer_(options, sink, clock),
      thread_([this] { Run(); }) {}

ShadowRunner::~ShadowRunner() { Stop(); }

void ShadowRunner::Stop() {
  stop_.store(true);
  queue_.Close();
  if (thread_.joinable()) thread_.join();
}

void ShadowRunner::Run() try {
  while (!stop_.load()) RunOnce();
  Drain();
} catch (const std::exception& error) {
  // The service goes on without shadows; the workers count what they drop.
  queue_.Close();
  spdlog::error("shadows have stopped: {}", error.what());
}

void ShadowRunner::RunOnce() {
  scorer_.TakeReports(milliseconds(0));
  std::unique_ptr<ShadowBlock> block =
      queue_.Take(scorer_.unreported() > 0 ? kBusyWait : kIdleWait);
  const ModelSet* models = models_.Read();
  scorer_.Retain(models);
  if (block == nullptr) return;
  if (models != nullptr) scorer_.Score(*block, *models);
  queue_.Return(std::move(block));
}

void ShadowRunner::Drain() {
  const SteadyTime end = clock_.Steady() + drain_timeout_;
  scorer_.DrainUntil(end);
  while (std::unique_ptr<ShadowBlock> block = queue_.Take(milliseconds(0))) {
    const ModelSet* models = models_.Read();
    scorer_.Retain(models);
    if (models != nullptr && clock_.Steady() < end) {
      scorer_.Score(*block, *models);
    } else if (models != nullptr) {
      for (const ServedModel& shadow : models->shadows) {
        shadow.shadow->CountDropped(block->events().size());
      }
    }
    queue_.Return(std::move(block));
  }
  scorer_.Settle();
}

}  // namespace tidemill
