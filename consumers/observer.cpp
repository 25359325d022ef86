#include "consumers/observer.h"

#include <chrono>
#include <exception>

#include <spdlog/spdlog.h>

namespace tidemill {
namespace {

constexpr std::chrono::seconds kEvery{1};

}  // namespace

Observer::Observer(const ServiceMetrics& metrics, const ModelTable& models,
                   const Clock& clock)
    : metrics_(metrics),
      models_(models),
      clock_(clock),
      comparison_(metrics, metrics.drift()->options().window),
      thread_([this] { Run(); }) {}

Observer::~Observer() { Stop(); }

void Observer::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

/// At the workers' priority: it takes locks of theirs for some microseconds.
void Observer::Run() {
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, kEvery, [this] { return stopping_; })) {
    lock.unlock();
    try {
      const SteadyTime now = clock_.Steady();
      metrics_.drift()->Update(now);
      comparison_.Update(models_.current().get(), now);
      readings_.Take(metrics_, now);
    } catch (const std::exception& error) {
      // Figures are late; the service goes on.
      spdlog::error("the figures of this second: {}", error.what());
    }
    lock.lock();
  }
}

}  // namespace tidemill
