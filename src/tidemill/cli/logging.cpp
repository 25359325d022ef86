#include "tidemill/cli/logging.h"

#include <memory>
#include <utility>

#include <nlohmann/json.hpp>
#include <spdlog/formatter.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "tidemill/cli/one_line.h"
#include "tidemill/core/timestamp.h"

namespace tidemill {
namespace {

/// {"time","level","message"}; the message is escaped, so that whatever it
/// quotes stays one line.
class JsonFormatter final : public spdlog::formatter {
 public:
  void format(const spdlog::details::log_msg& message,
              spdlog::memory_buf_t& out) override {
    const auto time = std::chrono::floor<std::chrono::microseconds>(
        message.time.time_since_epoch());
    const auto level = spdlog::level::to_string_view(message.level);
    const nlohmann::ordered_json line = {
        {"time", UtcText(time.count())},
        {"level", std::string(level.data(), level.size())},
        {"message",
         std::string(message.payload.data(), message.payload.size())}};
    const std::string text = line.dump(
        -1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
    out.append(text.data(), text.data() + text.size());
    out.push_back('\n');
  }
  std::unique_ptr<spdlog::formatter> clone() const override {
    return std::make_unique<JsonFormatter>();
  }
};

/// The message in a pattern, as one line whatever it quotes.
class MessageFlag final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&,
              spdlog::memory_buf_t& out) override {
    const std::string line =
        OneLine({message.payload.data(), message.payload.size()});
    out.append(line.data(), line.data() + line.size());
  }
  std::unique_ptr<spdlog::custom_flag_formatter> clone() const override {
    return std::make_unique<MessageFlag>();
  }
};

}  // namespace

void SetUpLogging(const std::string& level, const std::string& format) {
  auto logger = std::make_shared<spdlog::logger>(
      "tidemill", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_level(
      spdlog::level::from_str(level == "warn" ? "warning" : level));
  if (format == "json") {
    logger->set_formatter(std::make_unique<JsonFormatter>());
  } else {
    auto formatter = std::make_unique<spdlog::pattern_formatter>();
    formatter->add_flag<MessageFlag>('*');
    formatter->set_pattern("%Y-%m-%dT%H:%M:%S.%f%z %l %*");
    logger->set_formatter(std::move(formatter));
  }
  logger->flush_on(spdlog::level::trace);
  spdlog::set_default_logger(std::move(logger));
}

}  // namespace tidemill
