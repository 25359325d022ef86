#include "tidemill/rollout/last_good.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "tidemill/core/errors.h"
#include "tidemill/model/artifact.h"
#include "tidemill/model/digest.h"
#include "tidemill/wire/registry_messages.h"

namespace tidemill {
namespace {

namespace fs = std::filesystem;

constexpr const char* kStateName = "state.json";

const std::string& CheckedName(const char* key, const std::string& name) {
  const bool only_dots =
      std::all_of(name.begin(), name.end(), [](char c) { return c == '.'; });
  if (!IsRegistryName(name) || only_dots) {
    throw ConfigError({.where = key,
                       .expected = "1 to 200 of A-Z a-z 0-9 . _ -, not only "
                                   "dots, to name a folder",
                       .got = std::to_string(name.size()) + " other bytes"});
  }
  return name;
}

void CheckBytes(const ArtifactReference& champion, std::string_view bytes,
                const std::string& where) {
  if (bytes.size() != champion.size) {
    throw ArtifactError({.where = where,
                         .expected = std::to_string(champion.size) + " bytes",
                         .got = std::to_string(bytes.size())});
  }
  if (const std::string found = ToHex(Sha256(bytes));
      found != champion.sha256) {
    throw ArtifactError({.where = where,
                         .expected = "SHA-256 " + champion.sha256,
                         .got = found});
  }
}

const ArtifactReference& ChampionOf(const RegistryState& state,
                                    const std::string& where) {
  if (!state.champion) {
    throw ArtifactError(
        {.where = where, .expected = "a state with a champion", .got = "none"});
  }
  return *state.champion;
}

bool IsThere(const fs::path& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (fs::status_known(status)) return fs::exists(status);
  throw IoError({.where = path.string(),
                 .expected = "a readable place",
                 .got = error.message()});
}

/// Whether all of the champion's bytes seem to be there.
bool HasBytes(const fs::path& path, const ArtifactReference& champion) {
  std::error_code error;
  return fs::is_regular_file(path, error) &&
         fs::file_size(path, error) == champion.size && !error;
}

}  // namespace

LastGood::LastGood(const std::string& folder, std::string service,
                   const std::string& instance)
    : service_(std::move(service)),
      folder_(fs::path(folder) / CheckedName("service", service_) /
              CheckedName("instance", instance)) {}

fs::path LastGood::BytesPath(const ArtifactReference& champion) const {
  return folder_ / (champion.sha256 + ".bin");
}

void LastGood::Remember(const RegistryState& state,
                        std::string_view champion_bytes) {
  CheckBytes(ChampionOf(state, "the state to remember"), champion_bytes,
             "the champion to remember");
  std::error_code error;
  fs::create_directories(folder_, error);
  if (error) {
    throw IoError({.where = folder_.string(),
                   .expected = "a folder to write to",
                   .got = error.message()});
  }
  const fs::path bytes = BytesPath(*state.champion);
  WriteFileAtomically(bytes.string(), champion_bytes, Durability::kRenamed);
  digested_ = state.champion->sha256;
  WriteState(state);
  RemoveAllBut(bytes);
}

void LastGood::Remember(const RegistryState& state) {
  const ArtifactReference& champion =
      ChampionOf(state, "the state to remember");
  const fs::path bytes = BytesPath(champion);
  if (!HasBytes(bytes, champion)) {
    throw IoError({.where = bytes.string(),
                   .expected = "the champion's bytes, remembered before",
                   .got = "none of that size"});
  }
  WriteState(state);
  RemoveAllBut(bytes);
}

bool LastGood::Holds(const ArtifactReference& champion) {
  const fs::path bytes = BytesPath(champion);
  if (!HasBytes(bytes, champion)) return false;
  if (digested_ == champion.sha256) return true;
  try {
    CheckBytes(champion, ReadFile(bytes.string(), champion.size),
               bytes.string());
  } catch (const Error&) {
    return false;
  }
  digested_ = champion.sha256;
  return true;
}

void LastGood::WriteState(const RegistryState& state) const {
  WriteFileAtomically((folder_ / kStateName).string(), ToJson(state) + '\n',
                      Durability::kRenamed);
}

void LastGood::Sync(const RegistryState& state) const {
  SyncFile(BytesPath(*state.champion).string());
  SyncFile((folder_ / kStateName).string());
}

/// Also the temporary files of a process that was killed. What cannot be
/// removed costs room and nothing else.
void LastGood::RemoveAllBut(const fs::path& bytes) const {
  std::error_code error;
  for (fs::directory_iterator it(folder_, error), end; !error && it != end;
       it.increment(error)) {
    const std::string name = it->path().filename().string();
    const bool ours =
        name.ends_with(".bin") || name.find(".part") != std::string::npos;
    std::error_code ignored;
    if (ours && it->path() != bytes) fs::remove(it->path(), ignored);
  }
}

std::optional<LastGood::Remembered> LastGood::Recall() const {
  const fs::path path = folder_ / kStateName;
  if (!IsThere(path)) return std::nullopt;
  Remembered remembered;
  try {
    remembered.state =
        ParseRegistryState(ReadFile(path.string(), kMaxRegistryMessageBytes),
                           service_)
            .message;
  } catch (const MessageError& error) {
    throw ArtifactError(path.string() + ": " + error.what());
  }
  const ArtifactReference& champion =
      ChampionOf(remembered.state, path.string());
  const std::string bytes = BytesPath(champion).string();
  remembered.champion_bytes =
      ReadFile(bytes, static_cast<std::size_t>(champion.size));
  CheckBytes(champion, remembered.champion_bytes, bytes);
  return remembered;
}

}  // namespace tidemill
