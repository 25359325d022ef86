#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "tidemill/cli/commands.h"
#include "tidemill/cli/line_reader.h"
#include "tidemill/core/errors.h"
#include "tidemill/scoring/batch_scorer.h"
#include "tidemill/wire/json_text.h"
#include "tidemill/wire/prediction_encoder.h"
#include "tidemill/wire/reject_encoder.h"

namespace tidemill {
namespace {

constexpr std::size_t kBatchLines = 512;
constexpr std::string_view kStandard = "-";

struct Options {
  std::string model;
  std::string input{kStandard};
  std::string output{kStandard};
  std::string rejects;
  bool strict = false;
};

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using FilePtr = std::unique_ptr<std::FILE, CloseFile>;

/// A file to write lines to, or one of the standard streams.
class Output {
 public:
  Output(const std::string& path, std::FILE* standard)
      : path_(path.empty() ? std::string(kStandard) : path) {
    if (path_ == kStandard) {
      stream_ = standard;
      return;
    }
    owned_.reset(std::fopen(path_.c_str(), "wb"));
    if (!owned_) Fail("a writable file");
    stream_ = owned_.get();
  }

  void Write(const std::string& text) {
    if (std::fwrite(text.data(), 1, text.size(), stream_) != text.size()) {
      Fail("room to write");
    }
  }
  void Flush() {
    if (std::fflush(stream_) != 0) Fail("room to write");
  }

 private:
  [[noreturn]] void Fail(const std::string& expected) const {
    throw IoError({.where = path_,
                   .expected = expected,
                   .got = std::strerror(errno)});
  }

  std::string path_;
  FilePtr owned_;
  std::FILE* stream_ = nullptr;
};

FilePtr OpenInput(const std::string& path) {
  FilePtr file(std::fopen(path.c_str(), "rb"));
  if (!file) {
    throw IoError({.where = path,
                   .expected = "a readable file",
                   .got = std::strerror(errno)});
  }
  return file;
}

/// Scores batch after batch of lines.
class Scoring {
 public:
  Scoring(const Options& options, LoadedModelPtr model)
      : options_(options),
        model_(std::move(model)),
        output_(options.output, stdout),
        rejects_(options.rejects, stderr) {}

  int Run() {
    const FilePtr file =
        options_.input == kStandard ? nullptr : OpenInput(options_.input);
    LineReader reader(file ? file.get() : stdin, DecodeLimits().max_bytes,
                      options_.input);
    bool more = true;
    while (more) {
      lines_.clear();
      std::string line;
      while (lines_.size() < kBatchLines && (more = reader.Read(line))) {
        lines_.push_back(std::move(line));
      }
      ScoreLines();
    }
    output_.Flush();
    rejects_.Flush();
    return static_cast<int>(options_.strict && rejected_ > 0
                                ? ExitCode::kBadData
                                : ExitCode::kDone);
  }

 private:
  void ScoreLines() {
    const std::vector<std::string_view> events(lines_.begin(), lines_.end());
    const std::span<const ScoredEvent> scored = scorer_.Score(*model_, events);
    text_.clear();
    rejected_text_.clear();
    for (std::size_t i = 0; i < scored.size(); ++i, ++line_number_) {
      if (scored[i].error != nullptr) {
        ++rejected_;
        AppendReject(line_number_, *scored[i].error, lines_[i],
                     rejected_text_);
        rejected_text_ += '\n';
      } else {
        Append(scored[i]);
      }
    }
    output_.Write(text_);
    rejects_.Write(rejected_text_);
  }

  void Append(const ScoredEvent& scored) {
    const std::string id =
        options_.input + "/0/" + std::to_string(line_number_);
    const Manifest& manifest = model_->manifest();
    AppendPrediction(
        {.id = id,
         .event_id = scored.event_id.data() == nullptr ? id : scored.event_id,
         .service = manifest.name,
         .model = manifest.name,
         .version = model_->version(),
         .variant = Variant::kChampion,
         .score = scored.score,
         .label = scored.label,
         .event_time_us = scored.event_time_us,
         .scored_time_us = std::nullopt},
        text_);
    text_ += '\n';
  }

  const Options& options_;
  LoadedModelPtr model_;
  Output output_;
  Output rejects_;
  BatchScorer scorer_;
  std::vector<std::string> lines_;
  std::string text_;
  std::string rejected_text_;
  std::uint64_t line_number_ = 0;
  std::uint64_t rejected_ = 0;
};

}  // namespace

void AddScoreCommand(CLI::App& app, std::function<int()>& run) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "score", "Scores events (JSON lines) without a broker, in order");
  command->add_option("MODEL", options->model, "A model.bin")->required();
  command->add_option("--input", options->input,
                      "File of events, one a line (default: standard input)");
  command->add_option("--output", options->output,
                      "File for predictions (default: standard output)");
  command->add_option(
      "--rejects", options->rejects,
      "File for lines that cannot be scored (default: standard error)");
  command->add_flag("--strict", options->strict,
                    "Exit 65 when any line was rejected");
  command->callback([options, &run] {
    run = [options] {
      return Scoring(*options, LoadArtifactFile(options->model, 0)).Run();
    };
  });
}

}  // namespace tidemill
