#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "producers/commands.h"
#include "producers/publishing.h"
#include "producers/replay_feed.h"
#include "producers/replay_state.h"
#include "tidemill/cli/cluster_settings.h"
#include "tidemill/cli/format_options.h"
#include "tidemill/cli/option_checks.h"
#include "tidemill/cli/output_file.h"
#include "tidemill/cli/progress_display.h"
#include "tidemill/config/overlay.h"
#include "tidemill/config/service_config.h"
#include "tidemill/config/training_config.h"
#include "tidemill/core/clock.h"
#include "tidemill/core/errors.h"
#include "tidemill/kafka/kafka_sink.h"
#include "tidemill/model/artifact.h"
#include "tidemill/model/digest.h"
#include "tidemill/scoring/loaded_model.h"

namespace tidemill {
namespace {

const std::string kName = "replay";
constexpr double kMaxRate = 1e9;
constexpr std::chrono::seconds kStateEvery{1};

struct ReplayArguments {
  std::string file;
  DataFormat format;
  std::string config;
  std::string bootstrap;
  std::string topic;
  std::string schema;
  std::string key;
  std::optional<double> rate;
  std::optional<std::uint64_t> count;
  std::uint64_t skip = 0;
  bool resume = false;
  std::string state;
};

/// Where the events go, and what is known of them.
struct Destination {
  KafkaSettings settings;
  std::string topic;
  std::optional<Schema> schema;
  bool created_by_serve = false;  ///< by the same CONFIG
};

/// Of a model.bin or a training config.
Schema LoadSchema(const std::string& path) {
  std::array<char, 64> start{};
  const std::size_t count = FileBytes(path).Read(start);
  if (path.ends_with(".bin") || BeginsAsArtifact({start.data(), count})) {
    return LoadArtifactFile(path, 0)->schema();
  }
  return LoadTrainingConfig(path).schema;
}

Destination ResolveDestination(const ReplayArguments& arguments) {
  Destination to;
  std::vector<std::string> sets;
  if (!arguments.bootstrap.empty()) {
    sets.push_back("kafka.bootstrap=" + arguments.bootstrap);
  }
  if (!arguments.topic.empty()) {
    sets.push_back("topics.events=" + arguments.topic);
  }
  if (arguments.config.empty() && arguments.topic.empty()) {
    throw UsageError({.where = "--topic",
                      .expected = "a topic, or a CONFIG that names one",
                      .got = "neither"});
  }
  const ServiceConfig config =
      arguments.config.empty()
          ? DefaultServiceConfig(kName, sets)
          : LoadServiceConfig(arguments.config, sets, ProcessEnvironment());
  to.settings = ClusterSettings(config.kafka);
  to.settings.client_id = "tidemill-replay";
  to.topic = config.topics.events;
  to.created_by_serve = config.topics.create && arguments.topic.empty();
  if (!arguments.schema.empty()) {
    to.schema = LoadSchema(arguments.schema);
  } else if (!config.model.empty()) {
    to.schema = LoadArtifactFile(config.model.string(), 0)->schema();
  }
  return to;
}

/// The field whose text becomes the key; empty: none.
std::string KeyField(const ReplayArguments& arguments, const Destination& to) {
  if (!arguments.key.empty()) return arguments.key;
  if (!to.schema || !to.schema->id_field()) return "";
  return to.schema->field(*to.schema->id_field()).name;
}

DataFile FileOf(const ReplayArguments& arguments) {
  DataFile file{.name = arguments.file, .format = arguments.format};
  if (arguments.file == "-") {
    file.name = kStandardInput;
    file.stream = stdin;
  }
  return file;
}

/// A pipe lets itself be read once.
bool IsReadableTwice(const DataFile& file) {
  return file.stream == nullptr && std::filesystem::is_regular_file(file.name);
}

/// Of the first rows, as ReplayState has it.
std::string RowsSha256(const ReplayFeed& feed, std::uint64_t rows) {
  return rows == 0 ? "" : ToHex(feed.mark(rows - 1).digest);
}

/// Without a schema the cells of CSV are written as what they look like, for
/// which the file is read once more.
std::optional<TableProfile> GuessColumns(const DataFile& file,
                                         const Destination& to,
                                         Progress& progress) {
  if (to.schema) return std::nullopt;
  if (!IsReadableTwice(file)) return std::nullopt;
  if (DataText(file).is_json()) return std::nullopt;
  progress.Begin("reading " + file.name + " for the types of its columns",
                 DataText(file).size());
  return ProfileTable(file, [&](std::size_t position, std::size_t) {
    progress.Advance(position);
  });
}

/// Ends at a row that cannot be sent, so that those before it are delivered
/// first.
class CarefulFeed final : public RecordFeed {
 public:
  explicit CarefulFeed(ReplayFeed& feed) : feed_(feed) {}

  bool Next(OutRecord& record) override {
    try {
      return feed_.Next(record);
    } catch (const Error&) {
      error_ = std::current_exception();
      return false;
    }
  }
  std::exception_ptr error() const { return error_; }

 private:
  ReplayFeed& feed_;
  std::exception_ptr error_;
};

class Replay {
 public:
  Replay(const ReplayArguments& arguments, Destination to)
      : arguments_(arguments),
        to_(std::move(to)),
        file_(FileOf(arguments)),
        progress_(MakeProgress(clock_)) {}

  int Run() {
    CheckReadable({file_});
    LoadState();
    const auto profile = GuessColumns(file_, to_, *progress_);
    ReplayFeed feed(file_, {.schema = to_.schema ? &*to_.schema : nullptr,
                            .profile = profile ? &*profile : nullptr,
                            .key = KeyField(arguments_, to_),
                            .digests = arguments_.resume});
    SayHow(feed);
    if (to_.created_by_serve) {
      AwaitTopic(kName, to_.settings, to_.topic);
    } else {
      RequireTopic(to_.settings, to_.topic);
    }
    Skip(feed);
    StopInOrderOnSignals();
    progress_->Begin("delivered to " + to_.topic, feed.size());
    const PublishSummary done = Send(feed);
    progress_.reset();
    return Report(feed, done);
  }

 private:
  void LoadState() {
    if (!arguments_.resume) return;
    if (!IsReadableTwice(file_)) {
      throw UsageError({.where = "--resume",
                        .expected = "a file, for it is read again",
                        .got = file_.name});
    }
    state_path_ = arguments_.state.empty() ? StatePath(file_.name, to_.topic)
                                           : arguments_.state;
    lock_.emplace(state_path_);
    state_ = ReadState(state_path_, to_.topic);
    // Says before the work, not within it, that the state has no place.
    WriteState(state_path_, *state_);
  }

  void SayHow(const ReplayFeed& feed) const {
    if (KeyField(arguments_, to_).empty()) {
      Summarise(kName,
                "no key: name a field with --key, or a --schema with an "
                "id");
    }
    for (const std::string& column : feed.left_out()) {
      Summarise(kName, "left out: column '" + column +
                           "', which is no field of the schema");
    }
  }

  /// Leaves out what is delivered, or what --skip says.
  void Skip(ReplayFeed& feed) {
    first_ = feed.Skip(state_ ? state_->delivered : arguments_.skip);
    if (state_) {
      RequireSameRows(feed);
    } else if (first_ < arguments_.skip) {
      Summarise(kName, fmt::format("{} has {} rows, all of them left out by "
                                   "--skip {}",
                                   file_.name, first_, arguments_.skip));
    }
  }

  void RequireSameRows(const ReplayFeed& feed) const {
    const bool all = first_ == state_->delivered;
    if (all && RowsSha256(feed, first_) == state_->rows_sha256) return;
    throw DataError(
        {.where = file_.name,
         .expected = fmt::format("to begin with the {} rows that are delivered "
                                 "by {} (delete that to begin again)",
                                 state_->delivered, state_path_),
         .got = all ? "other rows" : fmt::format("{} rows", first_)});
  }

  PublishSummary Send(ReplayFeed& feed) {
    KafkaSink sink(to_.settings, nullptr, PrintErrors(kName));
    PublishOptions options;
    options.topic = sink.OpenTopic(to_.topic);
    options.rate = arguments_.rate;
    options.count = arguments_.count;
    options.stop = &stop_asked;
    options.stop_at_failure = true;
    options.watch = [&](const PublishSummary& summary) {
      Show(feed, summary);
      if (clock_.Steady() - saved_ >= kStateEvery) Save(feed, summary, false);
    };
    CarefulFeed careful(feed);
    const PublishSummary done = Publish(careful, options, sink, clock_);
    error_ = careful.error();
    return done;
  }

  void Show(const ReplayFeed& feed, const PublishSummary& summary) {
    if (summary.prefix == 0) return;
    const std::uint64_t last = first_ + summary.prefix - 1;
    progress_->Advance(feed.size() > 0 ? feed.mark(last).position
                                       : static_cast<std::size_t>(last + 1));
  }

  void Save(const ReplayFeed& feed, const PublishSummary& summary, bool done) {
    saved_ = clock_.Steady();
    if (!state_) return;
    state_->delivered = first_ + summary.prefix;
    state_->rows_sha256 = RowsSha256(feed, state_->delivered);
    state_->done = done;
    WriteState(state_path_, *state_);
  }

  int Report(const ReplayFeed& feed, const PublishSummary& done) {
    const bool all = feed.at_end() && done.prefix == done.sent &&
                     !done.refused && !done.failure;
    Save(feed, done, all);
    const double seconds = done.elapsed.count();
    Summarise(
        kName,
        fmt::format(
            "{} events delivered to {} in {:.1f} s ({:.0f}/s), {} "
            "failed, {} unconfirmed{}",
            done.delivered, to_.topic, seconds,
            seconds > 0.0 ? static_cast<double>(done.delivered) / seconds : 0.0,
            done.failed, done.unconfirmed,
            feed.without_key() > 0
                ? fmt::format(", {} without a key", feed.without_key())
                : ""));
    const std::uint64_t next = first_ + done.prefix;
    if (!all) SayHowToGoOn(next);
    ThrowWhatEndedIt(feed, done);
    return static_cast<int>(ExitCode::kDone);
  }

  /// Nothing when all that was sent is confirmed, stopped or not.
  void ThrowWhatEndedIt(const ReplayFeed& feed, const PublishSummary& done) {
    if (done.refused && !done.failure) {
      throw DataError(
          {.where =
               RowPlace{&file_.name, feed.mark(first_ + *done.refused).line}
                   .Text(),
           .expected = "an event that topic " + to_.topic + " takes",
           .got = "a refusal (of this one or of a neighbour in its batch: too "
                  "large?)"});
    }
    RequireAllDelivered(to_.topic, done);
    if (error_) std::rethrow_exception(error_);
  }

  void SayHowToGoOn(std::uint64_t next) const {
    Summarise(kName, fmt::format("the first {} rows are delivered; {} goes on "
                                 "behind them",
                                 next,
                                 state_ ? std::string("--resume")
                                        : fmt::format("--skip {}", next)));
  }

  const ReplayArguments& arguments_;
  Destination to_;
  DataFile file_;
  SystemClock clock_;
  std::unique_ptr<Progress> progress_;
  std::optional<StateLock> lock_;
  std::optional<ReplayState> state_;
  std::string state_path_;
  std::uint64_t first_ = 0;  ///< rows that are left out
  SteadyTime saved_{};
  std::exception_ptr error_;  ///< what ended the file too early
};

}  // namespace

void AddReplayCommand(CLI::App& app, std::function<int()>& run) {
  const auto arguments = std::make_shared<ReplayArguments>();
  ReplayArguments& a = *arguments;
  CLI::App* command = app.add_subcommand(
      "replay", "Send the rows of a file to a topic, as events");
  command
      ->add_option("FILE", a.file,
                   "CSV or JSON lines, plain or in gzip or zstd; '-': standard "
                   "input")
      ->required();
  command->add_option("CONFIG", a.config,
                      "Config of a service (YAML): its broker, events topic "
                      "and model");
  command
      ->add_option("--bootstrap", a.bootstrap,
                   "HOST:PORT of the broker, over the config's; default: "
                   "127.0.0.1:9092")
      ->check(BrokerAddresses());
  command->add_option("--topic", a.topic, "Topic, over the config's")
      ->check(TopicName());
  command->add_option(
      "--schema,--model", a.schema,
      "A model.bin or a training config: which CSV columns are "
      "sent, as what, and which\nis the id; without it all, as what "
      "they look like");
  command->add_option("--key", a.key,
                      "Field that becomes the key; default: the schema's id");
  command
      ->add_option("--rate", a.rate,
                   "Events per second; 0, the default: as fast as possible")
      ->check(NumberBetween(0.0, kMaxRate));
  constexpr auto kMax = std::numeric_limits<std::uint64_t>::max();
  command->add_option("--count", a.count, "Events; default: all")
      ->check(WholeNumberUpTo(kMax));
  CLI::Option* skip =
      command->add_option("--skip", a.skip, "Rows to leave out at the start")
          ->check(WholeNumberUpTo(kMax));
  CLI::Option* resume = command->add_flag(
      "--resume", a.resume,
      "Go on where a run with --resume ended, however it did");
  resume->excludes(skip);
  command
      ->add_option("--state", a.state,
                   "File that says how far --resume has come; default: "
                   "FILE.TOPIC.replay")
      ->needs(resume);
  AddFormatOptions(*command, a.format);
  command->callback([arguments, &run] {
    run = [arguments] {
      return Replay(*arguments, ResolveDestination(*arguments)).Run();
    };
  });
}

}  // namespace tidemill
