#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "tidemill/core/errors.h"
#include "tidemill/features/plan.h"
#include "tidemill/model/artifact.h"

namespace tidemill {

/// |a - b| <= tolerance * max(1, |b|) is what "the same score" means.
inline constexpr double kFloat64Tolerance = 1e-12;
/// XGBoost's float32 arithmetic is followed to the last bit.
inline constexpr double kFloat32Tolerance = 0.0;

/// A model that may score: read, compiled and verified.
/// Threads: immutable; shared by all workers.
class LoadedModel {
 public:
  /// `version` is the registry's, 0 for a file that was never registered.
  LoadedModel(Artifact artifact, std::string sha256, std::size_t size,
              std::uint32_t version);

  const Manifest& manifest() const { return artifact_.manifest; }
  const Schema& schema() const { return artifact_.schema; }
  const Plan& plan() const { return plan_; }
  const Predictor& predictor() const { return *artifact_.predictor; }
  const Artifact& artifact() const { return artifact_; }

  std::uint32_t version() const { return version_; }
  const std::string& sha256() const { return sha256_; }
  std::size_t size() const { return size_; }  ///< of the file, in bytes
  /// "churn@7".
  const std::string& reference() const { return reference_; }
  double tolerance() const {
    return predictor().single_precision() ? kFloat32Tolerance
                                          : kFloat64Tolerance;
  }

 private:
  Artifact artifact_;
  Plan plan_;
  std::string sha256_;
  std::size_t size_;
  std::uint32_t version_;
  std::string reference_;
};

using LoadedModelPtr = std::shared_ptr<const LoadedModel>;

/// A verification row whose score came out otherwise.
struct VerificationError : ArtifactError {
  VerificationError(std::size_t number, const ErrorText& text)
      : ArtifactError(text), row(number) {}
  std::size_t row;
};

/// Reads model.bin from memory as hostile bytes, compiles the pipeline and
/// recomputes the verification rows with the code that serves. Throws
/// ArtifactError naming `where` and what differs, VerificationError when it is
/// a score.
LoadedModelPtr LoadArtifact(std::string_view bytes, const std::string& where,
                            std::uint32_t version);

/// The same from a file. Throws IoError when it cannot be read.
LoadedModelPtr LoadArtifactFile(const std::string& path, std::uint32_t version);

/// The bytes of model.bin as every reader will take them: read back, compiled,
/// verified. Throws as LoadArtifact does, and when they are too many.
std::string WriteVerified(const Artifact& artifact, const std::string& where);

}  // namespace tidemill
