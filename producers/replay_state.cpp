#include "producers/replay_state.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include <nlohmann/json.hpp>

#include "tidemill/core/errors.h"
#include "tidemill/model/artifact.h"

namespace tidemill {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMaxStateBytes = 65536;
constexpr int kSchema = 2;
constexpr int kOwnerWrites = 0644;

}  // namespace

std::string StatePath(const std::string& file, const std::string& topic) {
  return file + "." + topic + ".replay";
}

ReplayState ReadState(const std::string& path, const std::string& topic) {
  ReplayState state;
  state.topic = topic;
  if (!std::filesystem::exists(path)) return state;
  const Json json = Json::parse(ReadFile(path, kMaxStateBytes), nullptr, false);
  try {
    if (json.at("schema").get<int>() != kSchema) throw std::exception();
    state.topic = json.at("topic").get<std::string>();
    state.delivered = json.at("delivered").get<std::uint64_t>();
    state.rows_sha256 = json.at("rows_sha256").get<std::string>();
    state.done = json.at("done").get<bool>();
  } catch (const std::exception&) {
    throw DataError({.where = path,
                     .expected = "what `replay --resume` has written",
                     .got = "something else"});
  }
  if (state.topic == topic) return state;
  throw DataError({.where = path,
                   .expected = "the state of topic " + topic +
                               " (delete it to begin again)",
                   .got = "that of another topic"});
}

void WriteState(const std::string& path, const ReplayState& state) {
  const Json json = {{"schema", kSchema},
                     {"topic", state.topic},
                     {"delivered", state.delivered},
                     {"rows_sha256", state.rows_sha256},
                     {"done", state.done}};
  WriteFileAtomically(path, json.dump(2) + "\n", Durability::kRenamed);
}

StateLock::StateLock(const std::string& state_path)
    : state_path_(state_path), path_(state_path + ".lock") {
  do Take();
  while (!IsStillThere());
}

StateLock::~StateLock() { ::unlink(path_.c_str()); }

void StateLock::Take() {
  file_ = Descriptor(
      ::open(path_.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, kOwnerWrites));
  if (file_.get() >= 0 && ::flock(file_.get(), LOCK_EX | LOCK_NB) == 0) return;
  if (errno == EWOULDBLOCK) {
    throw TryAgainError({.where = state_path_,
                         .expected = "one `replay --resume` at a time",
                         .got = "another one that is still under way"});
  }
  throw IoError({.where = path_,
                 .expected = "a file that can be written and locked",
                 .got = std::strerror(errno)});
}

bool StateLock::IsStillThere() const {
  struct stat held {};
  struct stat named {};
  return ::fstat(file_.get(), &held) == 0 &&
         ::stat(path_.c_str(), &named) == 0 && held.st_dev == named.st_dev &&
         held.st_ino == named.st_ino;
}

}  // namespace tidemill
