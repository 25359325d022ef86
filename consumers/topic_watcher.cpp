#include "consumers/topic_watcher.h"

#include <utility>

namespace tidemill {
namespace {

KafkaSettings SettingsFor(const std::string& bootstrap,
                          const std::string& topic) {
  KafkaSettings settings;
  settings.bootstrap = bootstrap;
  settings.group = "watch-" + topic;
  settings.client_id = "tidemill-watch";
  return settings;
}

}  // namespace

TopicWatcher::TopicWatcher(const std::string& bootstrap,
                           const std::string& topic, std::size_t keep)
    : source_(SettingsFor(bootstrap, topic), topic, {}), keep_(keep) {
  thread_ = std::thread([this] { Run(); });
}

TopicWatcher::~TopicWatcher() {
  stop_.store(true);
  thread_.join();
}

std::vector<std::string> TopicWatcher::last() const {
  const std::lock_guard lock(mutex_);
  return {last_.begin(), last_.end()};
}

std::map<std::string, std::uint64_t> TopicWatcher::by_model() const {
  const std::lock_guard lock(mutex_);
  return by_model_;
}

std::optional<SteadyTime> TopicWatcher::first_time() const {
  const std::lock_guard lock(mutex_);
  return first_time_;
}

void TopicWatcher::Run() {
  source_.Subscribe(*this);
  while (!stop_.load()) {
    const auto records = source_.Poll(std::chrono::milliseconds(100), 500);
    if (records.empty()) continue;
    {
      const std::lock_guard lock(mutex_);
      if (!first_time_) first_time_ = std::chrono::steady_clock::now();
      for (const Record& record : records) {
        last_.emplace_back(record.value.value_or(std::string_view()));
        if (last_.size() > keep_) last_.pop_front();
        for (const Header& header : record.headers) {
          if (header.name == "tidemill.model") {
            ++by_model_[std::string(header.value.value_or(""))];
          }
        }
      }
    }
    count_.fetch_add(records.size());
  }
  source_.Close();
}

}  // namespace tidemill
