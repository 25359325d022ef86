#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

#include "tidemill/cli/commands.h"
#include "tidemill/cli/distinct_files.h"
#include "tidemill/cli/output_file.h"
#include "tidemill/core/errors.h"
#include "tidemill/data/decompress.h"
#include "tidemill/data/line_reader.h"
#include "tidemill/scoring/batch_scorer.h"
#include "tidemill/scoring/offline_prediction.h"
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

/// Events in gzip or zstd are read as what is in them.
ByteSourcePtr OpenInput(const std::string& path) {
  if (path == kStandard) {
    const std::string name(kStandardInput);
    return Decompressed(std::make_unique<FileBytes>(stdin, name), name);
  }
  return Decompressed(std::make_unique<FileBytes>(path), path);
}

/// Opening a file to write empties it.
void CheckFiles(const Options& options) {
  const auto check = [](const FileUse& written, const FileUse& other) {
    if (written.path == kStandard || written.path.empty()) return;
    if (other.path != kStandard) CheckDistinct(written, other);
  };
  const FileUse model{"MODEL", options.model};
  const FileUse input{"--input", options.input};
  const FileUse output{"--output", options.output};
  const FileUse rejects{"--rejects", options.rejects};
  check(output, model);
  check(output, input);
  check(rejects, model);
  check(rejects, input);
  check(rejects, output);
}

std::unique_ptr<OutputFile> OpenOutput(const std::string& path,
                                       std::FILE* standard,
                                       std::string_view standard_name) {
  if (path.empty() || path == kStandard) {
    return std::make_unique<OutputFile>(standard, standard_name);
  }
  return std::make_unique<OutputFile>(path);
}

/// Scores batch after batch of lines.
class Scoring {
 public:
  Scoring(const Options& options, LoadedModelPtr model)
      : options_(options),
        model_(std::move(model)),
        input_(OpenInput(options.input)),
        output_(OpenOutput(options.output, stdout, kStandardOutput)),
        rejects_(OpenOutput(options.rejects, stderr, kStandardError)) {}

  int Run() {
    LineReader reader(*input_, DecodeLimits().max_bytes);
    bool more = true;
    while (more) {
      lines_.clear();
      line_bytes_.clear();
      std::string line;
      while (lines_.size() < kBatchLines && (more = reader.Read(line))) {
        lines_.push_back(std::move(line));
        line_bytes_.push_back(reader.line_bytes());
      }
      ScoreLines();
    }
    output_->Close();
    rejects_->Close();
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
        AppendRejected(*scored[i].error, i);
      } else {
        Append(scored[i]);
      }
    }
    output_->Write(text_);
    rejects_->Write(rejected_text_);
  }

  void AppendRejected(const EventError& error, std::size_t i) {
    EventError shown = error;
    if (error.reason == Reason::kTooLarge) {
      // The decoder has only seen how far the line was read.
      shown.detail = "expected at most " +
                     std::to_string(DecodeLimits().max_bytes) + " bytes, got " +
                     std::to_string(line_bytes_[i]) +
                     "; the event here is its beginning";
    }
    AppendReject(line_number_, shown, lines_[i], rejected_text_);
    rejected_text_ += '\n';
  }

  void Append(const ScoredEvent& scored) {
    const std::string id =
        options_.input + "/0/" + std::to_string(line_number_);
    AppendPrediction(OfflinePrediction(*model_, scored, id), text_);
    text_ += '\n';
  }

  const Options& options_;
  LoadedModelPtr model_;
  ByteSourcePtr input_;
  std::unique_ptr<OutputFile> output_;
  std::unique_ptr<OutputFile> rejects_;
  BatchScorer scorer_;
  std::vector<std::string> lines_;
  std::vector<std::size_t> line_bytes_;
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
  command->add_option(
      "--input", options->input,
      "File of events, one a line, plain or in gzip or zstd (default: "
      "standard input)");
  command->add_option("--output", options->output,
                      "File for predictions (default: standard output)");
  command->add_option(
      "--rejects", options->rejects,
      "File for lines that cannot be scored (default: standard error)");
  command->add_flag("--strict", options->strict,
                    "Exit 65 when any line was rejected");
  command->callback([options, &run] {
    run = [options] {
      CheckFiles(*options);
      return Scoring(*options, LoadArtifactFile(options->model, 0)).Run();
    };
  });
}

}  // namespace tidemill
