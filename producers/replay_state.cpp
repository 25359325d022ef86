#include "producers/replay_state.h"

#include <filesystem>
#include <system_error>

#include <nlohmann/json.hpp>

#include "tidemill/core/errors.h"
#include "tidemill/data/byte_source.h"
#include "tidemill/model/artifact.h"
#include "tidemill/model/digest.h"

namespace tidemill {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kStartBytes = std::size_t{64} * 1024;
constexpr std::size_t kMaxStateBytes = 65536;
constexpr int kSchema = 1;

}  // namespace

ReplayState StateOf(const std::string& file, const std::string& topic) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error)) {
    throw IoError({.where = file,
                   .expected = "a file, for --resume reads it again",
                   .got = error ? error.message() : "a pipe or device"});
  }
  ReplayState state;
  state.size = std::filesystem::file_size(file);
  std::string start(kStartBytes, '\0');
  start.resize(FileBytes(file).Read(start));
  state.start_sha256 = ToHex(Sha256(start));
  state.topic = topic;
  return state;
}

std::string StatePath(const std::string& file, const std::string& topic) {
  return file + "." + topic + ".replay";
}

ReplayState ReadState(const std::string& path, const ReplayState& begun) {
  if (!std::filesystem::exists(path)) return begun;
  const Json json = Json::parse(ReadFile(path, kMaxStateBytes), nullptr, false);
  ReplayState state;
  try {
    if (json.at("schema").get<int>() != kSchema) throw std::exception();
    state.size = json.at("size").get<std::uint64_t>();
    state.start_sha256 = json.at("start_sha256").get<std::string>();
    state.topic = json.at("topic").get<std::string>();
    state.delivered = json.at("delivered").get<std::uint64_t>();
    state.done = json.at("done").get<bool>();
  } catch (const std::exception&) {
    throw DataError({.where = path,
                     .expected = "what `replay --resume` has written",
                     .got = "something else"});
  }
  if (state.size != begun.size || state.start_sha256 != begun.start_sha256 ||
      state.topic != begun.topic) {
    throw DataError(
        {.where = path,
         .expected = "the state of this file as it is, and of topic " +
                     begun.topic + " (delete it to begin again)",
         .got = "that of another file or topic"});
  }
  return state;
}

void WriteState(const std::string& path, const ReplayState& state) {
  const Json json = {{"schema", kSchema},
                     {"topic", state.topic},
                     {"size", state.size},
                     {"start_sha256", state.start_sha256},
                     {"delivered", state.delivered},
                     {"done", state.done}};
  WriteFileAtomically(path, json.dump(2) + "\n", Durability::kRenamed);
}

}  // namespace tidemill
