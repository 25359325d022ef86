#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "tidemill/core/registry_state.h"

namespace tidemill {

/// The last state an instance served, on its disk: state and champion's bytes,
/// so that it can start while registry and store are away.
///
/// Files:   <folder>/<service>/<instance>/, a folder of its own (names may
///          have dots, and instances may share a disk): state.json, and
///          <sha256>.bin with the champion; each written to a temporary file
///          and renamed, the JSON last, so that it never names bytes that are
///          not there. Bytes that it does not need any more are removed. What
///          a power failure may tear before Sync() is told by its digest.
/// Threads: one at a time.
class LastGood {
 public:
  /// Touches no disk. Throws ConfigError when a name is no IsRegistryName(),
  /// or dots only.
  LastGood(const std::string& folder, std::string service,
           const std::string& instance);

  /// `state` has a champion, and these are its bytes, else ArtifactError.
  /// Throws IoError; what was remembered before is then still whole.
  void Remember(const RegistryState& state, std::string_view champion_bytes);
  /// The same champion under a newer state: only the JSON is written. Throws
  /// IoError also when its bytes are not remembered.
  void Remember(const RegistryState& state);

  /// Whether this champion's bytes are remembered. They are read and digested
  /// when this object first meets them, later told by their presence and size.
  bool Holds(const ArtifactReference& champion);

  /// What was remembered of this state outlives a power failure. Throws
  /// IoError.
  void Sync(const RegistryState& state) const;

  struct Remembered {
    RegistryState state;  ///< has a champion
    std::string champion_bytes;
  };
  /// None when nothing was remembered. Throws ArtifactError or IoError when
  /// what is there is damaged.
  std::optional<Remembered> Recall() const;

 private:
  std::filesystem::path BytesPath(const ArtifactReference& champion) const;
  void WriteState(const RegistryState& state) const;
  void RemoveAllBut(const std::filesystem::path& bytes) const;

  std::string service_;
  std::filesystem::path folder_;         ///< this instance's
  std::optional<std::string> digested_;  ///< SHA-256 of bytes found whole
};

}  // namespace tidemill
