#include "tidemill/kafka/rdkafka_ptr.h"

#include <chrono>
#include <future>
#include <mutex>
#include <thread>
#include <vector>

namespace tidemill {
namespace {

constexpr std::chrono::seconds kDestroyTimeout{5};

}  // namespace

void DestroyClient::operator()(rd_kafka_t* client) const {
  std::promise<void> done;
  std::future<void> finished = done.get_future();
  std::thread destroyer([client, done = std::move(done)]() mutable {
    // A source is closed before; one that could not be must not be again.
    rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    done.set_value();
  });
  if (finished.wait_for(kDestroyTimeout) == std::future_status::ready) {
    destroyer.join();
  } else {
    destroyer.detach();
  }
}

void Abandon(ClientPtr client) {
  // Kept in sight, so that leak checkers see that it is on purpose.
  static std::mutex mutex;
  static auto* const kAbandoned = new std::vector<rd_kafka_t*>;
  const std::lock_guard lock(mutex);
  kAbandoned->push_back(client.release());
}

}  // namespace tidemill
