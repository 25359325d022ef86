#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tidemill/core/baseline.h"
#include "tidemill/core/schema.h"
#include "tidemill/core/task.h"
#include "tidemill/features/pipeline.h"
#include "tidemill/model/predictor.h"

namespace tidemill {

/// What is known about a model beside what scores. Holds no time, machine or
/// version number: the same input gives the same bytes.
struct Manifest {
  std::string name;  ///< from the training config
  Task task = Task::kBinary;
  std::string model;  ///< the estimator, e.g. "XGBClassifier"
  std::string unit;   ///< of a regression's score; empty when it has none
  /// Of a classifier, in class order: of a binary one the negative class, then
  /// the positive one; empty for a regression.
  std::vector<std::string> classes;
  double threshold = 0.5;  ///< binary: a score at or above it is positive
  /// How it came about: "given", or the rule that chose it on the rows held
  /// out and the figure it reached there. Empty unless binary.
  std::string threshold_rule;
  double threshold_figure = 0.0;
  std::string config_sha256;  ///< of the effective training config
  std::string data_sha256;    ///< of the data files' bytes, in order
  std::uint64_t data_rows = 0;
  std::uint64_t seed = 0;
  /// Of the effective training config: dotted names, in its order.
  std::vector<std::pair<std::string, std::string>> parameters;
  std::vector<std::pair<std::string, std::string>> libraries;
  /// On the rows held out, in the order of the training table; those of the
  /// naive model are prefixed `baseline_`.
  std::vector<std::pair<std::string, double>> metrics;
};

/// A raw event with the model's outputs for it that training got.
struct VerificationRow {
  std::string event;
  std::vector<double> outputs;
};

/// Everything needed to score, as it stands in model.bin.
struct Artifact {
  Manifest manifest;
  Schema schema;
  Pipeline pipeline;
  PredictorPtr predictor;
  Baselines baselines;
  std::vector<VerificationRow> verification;
};

/// Bumped whenever a reader of the version before would misread the file.
inline constexpr std::uint32_t kArtifactFormat = 5;
inline constexpr std::size_t kMaxArtifactBytes = 256U << 20U;

/// True for bytes that begin as a model.bin does.
bool BeginsAsArtifact(std::string_view bytes);

/// The bytes of model.bin: magic, format, section lengths, sections, SHA-256.
std::string WriteArtifact(const Artifact& artifact);

/// Reads them back, treating them as hostile. Throws ArtifactError; `where`
/// names the file. Does not recompute the verification rows: see
/// LoadArtifact in scoring/.
Artifact ReadArtifact(std::string_view bytes, const std::string& where);

/// Reads a regular file of at most `max_bytes`. Throws IoError when it cannot
/// be read, ArtifactError when it is larger.
std::string ReadFile(const std::string& path, std::size_t max_bytes);
/// What a file that is written outlives at once.
enum class Durability : std::uint8_t {
  kSynced,   ///< a power failure
  kRenamed,  ///< the process; SyncFile() may follow
};
/// Writes beside `name`, syncs and renames: a reader sees the old file or the
/// new one. Throws IoError, also where something other than a file stands.
void WriteFileAtomically(const std::string& name, std::string_view bytes,
                         Durability durability = Durability::kSynced);
/// Makes a file and its name outlive a power failure. Throws IoError.
void SyncFile(const std::string& path);

}  // namespace tidemill
