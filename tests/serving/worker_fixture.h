#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "serving/fakes.h"
#include "serving/model_sets.h"
#include "serving/small_model.h"
#include "tidemill/serving/worker.h"

namespace tidemill {

/// A worker over fakes. Every test scripts the source, then runs to the end.
class WorkerTest : public ::testing::Test {
 protected:
  WorkerTest() { Serve(SmallModel()); }

  void Serve(LoadedModelPtr model) {
    models_.Set(SetOf(metrics_, std::move(model)));
  }

  void Event(std::int32_t partition, const std::string& id, double x) {
    OwnedRecord record;
    record.partition = partition;
    record.key = id;
    record.value = R"({"id":")" + id + R"(","x":)" + std::to_string(x) + "}";
    source_.Add(std::move(record));
  }
  /// An event without a key.
  void RawEvent(std::int32_t partition, std::optional<std::string> value) {
    OwnedRecord record;
    record.partition = partition;
    record.value = std::move(value);
    source_.Add(std::move(record));
  }

  /// Assigns these partitions and runs until nothing happens any more.
  WorkerEnd Run(std::vector<std::int32_t> partitions = {0}) {
    source_.AtNextPoll([this, partitions] {
      for (const std::int32_t partition : partitions) {
        source_.Assign(partition, 0);
      }
    });
    for (const auto& action : actions_) source_.AtNextPoll(action);
    const auto stop = [this] { StopWhenQuiet(); };
    source_.AtNextPoll(stop);
    return worker().Run();
  }

  /// Gives the worker some rounds, then asks it to stop.
  void StopWhenQuiet() {
    if (++quiet_rounds_ > 20) {
      worker().RequestStop();
    } else {
      source_.AtNextPoll([this] { StopWhenQuiet(); });
    }
  }

  Worker& worker() {
    if (!worker_) {
      options_.service = "small";
      options_.events_topic = "in";
      options_.predictions_topic = "out";
      options_.dead_letters_topic = "dlq";
      worker_ = std::make_unique<Worker>(options_, source_, sink_, models_,
                                         metrics_, clock_, shadows_);
    }
    return *worker_;
  }

  std::vector<std::string> SourcesOf(const std::string& topic) const {
    std::vector<std::string> sources;
    for (const Produced& made : sink_.delivered) {
      if (made.topic == topic) {
        sources.push_back(made.HeaderOf("tidemill.source"));
      }
    }
    return sources;
  }

  FakeClock clock_;
  FakeSource source_{clock_};
  FakeSink sink_{clock_};
  ServiceMetrics metrics_{"small"};
  ModelTable models_;
  WorkerOptions options_;
  ShadowQueue* shadows_ = nullptr;
  std::unique_ptr<Worker> worker_;
  std::vector<std::function<void()>> actions_;
  int quiet_rounds_ = 0;
};

}  // namespace tidemill
