#include "producers/registry_contents.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "tidemill/cli/output_file.h"
#include "tidemill/core/parameters.h"
#include "tidemill/kafka/kafka_log.h"

namespace tidemill {
namespace {

constexpr std::size_t kNamedVersions = 8;

std::uint32_t Distance(std::uint32_t a, std::uint32_t b) {
  return a > b ? a - b : b - a;
}

/// Of the same model the nearest ones, else of the model named alike, else any.
std::vector<ModelReference> NearestVersions(const RegistryView& view,
                                            const ModelReference& wanted) {
  std::vector<std::string> models;
  for (const auto& [known, record] : view.versions) {
    models.push_back(known.model);
  }
  const std::string model = NearestName(wanted.model, models);
  std::vector<ModelReference> nearest;
  for (const auto& [known, record] : view.versions) {
    if (model.empty() || known.model == model) nearest.push_back(known);
  }
  std::ranges::stable_sort(nearest, {}, [&](const ModelReference& known) {
    return Distance(known.version, wanted.version);
  });
  if (nearest.size() > kNamedVersions) nearest.resize(kNamedVersions);
  std::ranges::sort(nearest);
  return nearest;
}

}  // namespace

void ReadTopics(const RegistryTarget& target,
                const std::vector<std::string>& topics,
                const std::function<void(const LogRecord&)>& take) {
  // Connects while the topics are looked up.
  KafkaLogReader reader(target.kafka, topics, KafkaEvents{});
  EnsureTopics(target);
  const SystemClock clock;
  SteadyTime deadline = clock.Steady() + kRegistryTimeout;
  while (!reader.at_end()) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - clock.Steady());
    if (left.count() <= 0) {
      throw UnavailableError({.where = "topics of " + target.topics.state,
                              .expected = "records, or their end",
                              .got = "neither for 5 s"});
    }
    const auto records = reader.Poll(left);
    for (const LogRecord& record : records) take(record);
    // A long topic may take its time.
    if (!records.empty()) deadline = clock.Steady() + kRegistryTimeout;
  }
}

RegistryContents ReadContents(const RegistryTarget& target,
                              bool with_instances) {
  RegistryContents contents{.view = {}, .instances = Instances(target.service)};
  std::vector<std::string> topics = {target.topics.state};
  if (with_instances) topics.push_back(target.topics.status);
  ReadTopics(target, topics, [&](const LogRecord& record) {
    if (record.topic == target.topics.state) {
      AddToView(record, target.service, contents.view);
    } else {
      contents.instances.Add(record);
    }
  });
  return contents;
}

const VersionRecord& FindVersion(const RegistryView& view,
                                 const ModelReference& reference) {
  const auto found = view.versions.find(reference);
  if (found != view.versions.end()) return found->second;
  std::string nearest;
  for (const ModelReference& known : NearestVersions(view, reference)) {
    nearest += (nearest.empty() ? "" : ", ") + ToText(known);
  }
  throw AnswerIsNo(
      {.where = ToText(reference),
       .expected = nearest.empty()
                       ? "a version that `tidemill registry add` put there"
                       : "a known version (nearest: " + nearest + ")",
       .got =
           nearest.empty() ? "a registry without versions" : "an unknown one"});
}

std::string PercentText(double percent) {
  // The smallest double has 325 characters more than "0.".
  std::array<char, 512> text{};
  const auto [end, error] =
      std::to_chars(text.data(), text.data() + text.size(), percent,
                    std::chars_format::fixed);
  return error == std::errc{} ? std::string(text.data(), end) : "?";
}

std::string RolesText(const RegistryState& state) {
  std::string text = state.champion
                         ? "champion " + ToText(state.champion->model)
                         : "no champion";
  for (const Challenger& one : state.challengers) {
    text +=
        fmt::format(", {} {}", ToText(one.mode), ToText(one.artifact.model));
    if (one.mode == ChallengerMode::kCanary) {
      text += fmt::format(" {} %", PercentText(one.percent));
    }
  }
  return text;
}

std::string RoleOf(const RegistryState& state, const ModelReference& version) {
  if (state.champion && state.champion->model == version) return "champion";
  for (const Challenger& one : state.challengers) {
    if (one.artifact.model != version) continue;
    return one.mode == ChallengerMode::kCanary
               ? fmt::format("canary {} %", PercentText(one.percent))
               : "shadow";
  }
  if (state.previous && state.previous->model == version) return "previous";
  return "";
}

void Print(std::string_view text) {
  OutputFile output(stdout, kStandardOutput);
  output.Write(text);
  output.Close();
}

void PrintJson(const OrderedJson& json) {
  Print(json.dump(-1, ' ', true, OrderedJson::error_handler_t::replace) + "\n");
}

}  // namespace tidemill
