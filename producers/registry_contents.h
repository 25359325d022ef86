#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "producers/registry_instances.h"
#include "producers/registry_options.h"
#include "tidemill/core/errors.h"
#include "tidemill/rollout/desired_state.h"
#include "tidemill/wire/registry_messages.h"

namespace tidemill {

/// Hands every record of the topics, up to the end they have now, to `take`.
/// Creates the registry's topics where they are absent. Throws
/// UnavailableError when that takes too long.
void ReadTopics(const RegistryTarget& target,
                const std::vector<std::string>& topics,
                const std::function<void(const LogRecord&)>& take);

/// What stands in a registry about a service.
struct RegistryContents {
  RegistryView view;
  Instances instances;
};
/// Reads the state topic, and the status topic when `with_instances`.
RegistryContents ReadContents(const RegistryTarget& target,
                              bool with_instances);

/// Throws AnswerIsNo, naming the nearest known ones, when it is unknown.
const VersionRecord& FindVersion(const RegistryView& view,
                                 const ModelReference& reference);

/// "10", "0.5", "0.0001": never with an exponent.
std::string PercentText(double percent);

/// "champion churn@7, canary churn@8 10 %, shadow churn@9".
std::string RolesText(const RegistryState& state);
/// The role of a version: "champion", "previous", "canary 10 %", "shadow"; or
/// empty.
std::string RoleOf(const RegistryState& state, const ModelReference& version);

/// Does what may be in conflict with another writer; says so when it was.
template <typename Work>
auto ExplainConflict(const Work& work) {
  try {
    return work();
  } catch (const TryAgainError& error) {
    throw TryAgainError(std::string(error.what()) +
                        "; another writer came between, nothing was written: "
                        "look at `tidemill registry show` and try again");
  }
}

/// Says something about a change that is already written; when it cannot be
/// said, the error tells what `done` was.
template <typename Work>
auto ExplainDone(const std::string& done, const Work& work) {
  try {
    return work();
  } catch (const IoError& error) {
    throw IoError(std::string(error.what()) + "; " + done);
  }
}

using OrderedJson = nlohmann::ordered_json;

/// What ToJson() of wire/registry_messages.h wrote.
template <typename Message>
OrderedJson JsonOf(const Message& message) {
  return OrderedJson::parse(ToJson(message));
}

/// The whole output of a command: the text, or one line of JSON in ASCII, as
/// messages may hold what a terminal obeys. Throws IoError.
void Print(std::string_view text);
void PrintJson(const OrderedJson& json);

}  // namespace tidemill
