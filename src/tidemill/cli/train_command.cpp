#include "tidemill/cli/train_command.h"

#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "tidemill/cli/format_options.h"
#include "tidemill/cli/model_output.h"
#include "tidemill/cli/option_checks.h"
#include "tidemill/cli/output_file.h"
#include "tidemill/cli/progress_display.h"
#include "tidemill/config/training_config.h"
#include "tidemill/core/clock.h"
#include "tidemill/core/errors.h"
#include "tidemill/model/artifact.h"
#include "tidemill/training/trainer.h"

namespace tidemill {
namespace {

struct Options {
  std::string config;
  std::vector<std::string> data;
  std::string out = "model.bin";
  std::vector<std::string> sets;
  std::optional<std::uint64_t> seed;
  std::optional<std::size_t> folds;
  DataFormat format;
  bool json = false;
};

void CheckOut(const Options& options) {
  std::vector<FileUse> inputs = {{"CONFIG", options.config}};
  for (const std::string& data : options.data) {
    inputs.push_back({"--data", data});
  }
  CheckModelOutput(options.out, inputs);
}

TrainingResult Train(const Options& options) {
  CheckOut(options);
  TrainingConfig config = LoadTrainingConfig(options.config, options.sets);
  if (options.seed) config.seed = *options.seed;
  const SystemClock clock;
  const std::unique_ptr<Progress> progress = MakeProgress(clock);
  return TrainModel(
      config, options.data,
      {.folds = options.folds.value_or(0), .format = options.format},
      *progress);
}

int Run(const Options& options) {
  const TrainingResult result = Train(options);
  const TrainingReport& report = result.report;
  for (const std::string& warning : report.warnings) {
    fmt::print(stderr, "tidemill: warning: {}\n", warning);
  }
  WriteFileAtomically(options.out, result.artifact);
  std::string text;
  if (options.json) {
    text = ToJson(report, options.out) + '\n';
  } else {
    text = ToTable(report) + fmt::format("\nwrote {} ({} bytes, sha256 {})\n",
                                         options.out, report.artifact_bytes,
                                         report.artifact_sha256);
  }
  OutputFile output(stdout, kStandardOutput);
  output.Write(text);
  output.Close();
  return static_cast<int>(ExitCode::kDone);
}

}  // namespace

void AddTrainCommand(CLI::App& app, std::function<int()>& run) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "train", "Learns a model from rows with a known outcome");
  command
      ->add_option("CONFIG", options->config,
                   "A training config, e.g. config/churn.train.yaml")
      ->required();
  command
      ->add_option(
          "--data", options->data,
          "Files of rows, CSV or JSON lines, plain or in gzip or zstd, "
          "one after the other")
      ->required();
  AddFormatOptions(*command, options->format);
  command->add_option("--out", options->out, "Where to write the model")
      ->capture_default_str();
  AddSetOption(*command, options->sets, "model.Ridge.alpha=2");
  // As in a config, where numbers are float64.
  constexpr std::uint64_t kMaxSeed = std::uint64_t{1} << 53U;
  command
      ->add_option("--seed", options->seed,
                   "Seed over the config's (split, folds, training)")
      ->check(CLI::Range(std::uint64_t{0}, kMaxSeed));
  // Beyond that each fold would learn from the same rows but a few.
  constexpr std::size_t kMaxFolds = 1000;
  command
      ->add_option("--folds", options->folds,
                   "Cross-validate with so many folds, 2 or more")
      ->check(CLI::Range(std::size_t{2}, kMaxFolds));
  command->add_flag("--json", options->json, "Print the figures as JSON");
  command->callback(
      [options, &run] { run = [options] { return Run(*options); }; });
}

}  // namespace tidemill
