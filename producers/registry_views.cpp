#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "producers/registry_contents.h"
#include "producers/registry_guardrails.h"
#include "producers/registry_verbs.h"
#include "tidemill/cli/one_line.h"
#include "tidemill/cli/text_table.h"
#include "tidemill/core/clock.h"

namespace tidemill {
namespace {

constexpr std::size_t kDigestShown = 12;
constexpr std::size_t kMetricsShown = 3;

/// The first ones of the training table.
std::string Headline(const VersionRecord& record) {
  std::vector<std::string> texts;
  for (const auto& [name, value] : record.metrics) {
    if (texts.size() >= kMetricsShown) break;
    if (name.starts_with("baseline_")) continue;
    texts.push_back(fmt::format("{} {:.4f}", name, value));
  }
  return fmt::format("{}", fmt::join(texts, ", "));
}

std::string VersionsTable(const RegistryView& view) {
  TextTable table({"version", "role", "service", "created", "by", "size",
                   "sha256", "metrics"});
  for (const auto& [reference, record] : view.versions) {
    table.Add(
        {ToText(reference), view.state ? RoleOf(*view.state, reference) : "",
         record.service, record.created, record.created_by,
         std::to_string(record.artifact.size),
         record.artifact.sha256.substr(0, kDigestShown), Headline(record)});
  }
  return table.Text();
}

OrderedJson VersionsJson(const RegistryView& view) {
  OrderedJson json = OrderedJson::array();
  for (const auto& [reference, record] : view.versions) {
    OrderedJson one = JsonOf(record);
    one["role"] = view.state ? RoleOf(*view.state, reference) : "";
    json.push_back(std::move(one));
  }
  return json;
}

int List(const RegistryOptions& options) {
  const RegistryTarget target = ResolveTarget(options);
  const RegistryView view = ReadContents(target, false).view;
  if (options.json) {
    PrintJson(VersionsJson(view));
  } else if (view.versions.empty()) {
    Print(fmt::format("{}: no versions\n", target.topics.state));
  } else {
    Print(VersionsTable(view));
  }
  return 0;
}

std::string Line(std::string_view name, std::string_view value) {
  return fmt::format("{:<11} {}\n", name, OneLine(value));
}

std::string StateText(const RegistryState& state) {
  std::string text = Line("service", state.service);
  text += Line("sequence", std::to_string(state.sequence));
  text +=
      Line("champion", state.champion ? ToText(state.champion->model) : "-");
  text +=
      Line("previous", state.previous ? ToText(state.previous->model) : "-");
  for (const Challenger& one : state.challengers) {
    std::string what = ToText(one.artifact.model);
    if (one.mode == ChallengerMode::kCanary) {
      what += fmt::format(" {} % by {}, salt {}", PercentText(one.percent),
                          one.by, one.salt);
    }
    text += Line(ToText(one.mode), what);
  }
  text += Line(
      "guardrails",
      state.guardrails
          ? fmt::format("{}", fmt::join(GuardrailTexts(*state.guardrails), " "))
          : "none");
  text += Line("reason", state.reason.empty() ? "-" : state.reason);
  text += Line("issued", state.issued_at + " by " + state.issued_by);
  return text;
}

std::string InstancesTable(const std::vector<InstanceReport>& live) {
  if (live.empty()) return "no live instance\n";
  TextTable table({"instance", "state", "sequence", "champion", "swap time",
                   "heard", "detail"});
  for (const InstanceReport& report : live) {
    const InstanceStatus& status = report.status;
    table.Add({status.instance, std::string(ToText(status.state)),
               std::to_string(status.sequence), status.champion,
               SwapTimeText(status), status.time, status.detail});
  }
  return table.Text();
}

void PrintState(const RegistryContents& contents,
                const std::vector<InstanceReport>& live) {
  const RegistryView& view = contents.view;
  OrderedJson json;
  json["state"] = view.state ? JsonOf(*view.state) : OrderedJson(nullptr);
  json["instances"] = OrderedJson::array();
  for (const InstanceReport& report : live) {
    json["instances"].push_back(JsonOf(report.status));
  }
  json["bad_messages"] = view.bad_messages;
  PrintJson(json);
}

int Show(const RegistryOptions& options) {
  const RegistryTarget target = ResolveTarget(options);
  const RegistryContents contents = ReadContents(target, true);
  const auto live = contents.instances.Live(SystemClock().Now());
  const RegistryView& view = contents.view;
  if (options.json) {
    PrintState(contents, live);
    return 0;
  }
  std::string text = view.state
                         ? StateText(*view.state)
                         : fmt::format("{}: no state of {}\n",
                                       target.topics.state, target.service);
  if (view.bad_messages > 0) {
    text += Line("ignored", fmt::format("{} bad messages", view.bad_messages));
  }
  Print(text + InstancesTable(live));
  return 0;
}

void AddView(CLI::App& registry, const SharedRegistryOptions& shared,
             const std::string& name, const std::string& description,
             int (*view)(const RegistryOptions&), std::function<int()>& run) {
  CLI::App* verb = registry.add_subcommand(name, description);
  AddConfigArgument(*verb, *shared);
  AddRegistryOptions(*verb, *shared);
  verb->callback(
      [shared, view, &run] { run = [shared, view] { return view(*shared); }; });
}

}  // namespace

void AddRegistryViews(CLI::App& registry, const SharedRegistryOptions& shared,
                      std::function<int()>& run) {
  AddView(registry, shared, "list", "Shows the versions", List, run);
  AddView(registry, shared, "show",
          "Shows the desired state and what the instances say", Show, run);
}

}  // namespace tidemill
