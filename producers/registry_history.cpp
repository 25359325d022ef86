#include "producers/registry_history.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <memory>
#include <utility>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "producers/registry_contents.h"
#include "producers/registry_verbs.h"
#include "tidemill/cli/one_line.h"
#include "tidemill/cli/text_table.h"

namespace tidemill {
namespace {

std::string ChampionOf(const RegistryState& state) {
  return state.champion ? ToText(state.champion->model) : "";
}

bool IsAnswer(const InstanceStatus& status) {
  return status.state == InstanceState::kActive ||
         status.state == InstanceState::kRejected ||
         status.state == InstanceState::kRolledBack;
}

/// When the first instance took it; empty: none has.
std::string FirstTaken(const RegistryHistory::Change& change) {
  std::string first;
  for (const auto& [instance, answer] : change.answers) {
    if (answer.taken_at.empty()) continue;
    // RFC 3339 in UTC sorts as text.
    if (first.empty() || answer.taken_at < first) first = answer.taken_at;
  }
  return first;
}

std::string Instances(const RegistryHistory::Change& change) {
  std::vector<std::string> texts;
  for (const auto& [instance, answer] : change.answers) {
    const InstanceStatus& status = answer.status;
    texts.push_back(fmt::format("{} {}{}", instance, ToText(status.state),
                                status.state == InstanceState::kActive
                                    ? ""
                                    : " (" + status.detail + ")"));
  }
  return fmt::format("{}", fmt::join(texts, ", "));
}

std::string CanaryText(const Challenger& canary) {
  const std::string name = ToText(canary.artifact.model);
  std::string text = fmt::format("{} {} %", name, PercentText(canary.percent));
  if (canary.salt != name) text += ", salt " + canary.salt;
  if (canary.by != "key") text += ", by " + canary.by;
  return text;
}

bool IsUtf8Start(char c) {
  return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U;
}

std::string ChangesTable(const RegistryHistory& history) {
  TextTable table({"sequence", "when", "verb", "what", "who", "champion", "why",
                   "evidence", "instances"});
  for (const RegistryHistory::Change& change : history.changes()) {
    const auto& state = change.audit.state;
    const std::string to = change.to();
    table.Add(
        {state ? std::to_string(state->sequence) : "", change.time(),
         change.audit.verb, change.what(), change.who(),
         !state ? ""
         : change.from == to
             ? to
             : fmt::format("{} -> {}",
                           change.from.empty() ? "none" : change.from,
                           to.empty() ? "none" : to),
         state ? ShortReason(state->reason) : "",
         change.audit.evidence ? EvidenceText(*change.audit.evidence) : "",
         Instances(change)});
  }
  return table.Text();
}

std::string ReignsTable(const std::vector<RegistryHistory::Reign>& reigns) {
  TextTable table({"champion", "from", "to", "by sequence", "known from"});
  for (const RegistryHistory::Reign& reign : reigns) {
    table.Add({reign.champion, reign.from, reign.to.value_or("now"),
               std::to_string(reign.sequence),
               reign.answered ? "an instance that took it" : "the message"});
  }
  return table.Text();
}

OrderedJson ToJson(const RegistryHistory& history) {
  OrderedJson json;
  json["changes"] = OrderedJson::array();
  for (const RegistryHistory::Change& change : history.changes()) {
    OrderedJson one = JsonOf(change.audit);
    one["when"] = change.time();
    one["who"] = change.who();
    one["champion"] = {{"from", change.from}, {"to", change.to()}};
    one["instances"] = OrderedJson::array();
    for (const auto& [instance, answer] : change.answers) {
      one["instances"].push_back(JsonOf(answer.status));
    }
    json["changes"].push_back(std::move(one));
  }
  json["champions"] = OrderedJson::array();
  for (const RegistryHistory::Reign& reign : history.Reigns()) {
    json["champions"].push_back(
        {{"champion", reign.champion},
         {"from", reign.from},
         {"to", reign.to ? OrderedJson(*reign.to) : OrderedJson(nullptr)},
         {"sequence", reign.sequence},
         {"taken", reign.answered}});
  }
  json["bad_messages"] = history.bad_messages();
  return json;
}

int PrintHistory(const RegistryOptions& options) {
  const RegistryTarget target = ResolveTarget(options);
  RegistryHistory history(target.service);
  ReadTopics(target, {target.topics.audit},
             [&](const LogRecord& record) { history.Add(record); });
  if (options.json) {
    PrintJson(ToJson(history));
    return 0;
  }
  if (history.changes().empty()) {
    Print(fmt::format("{}: no changes of {}\n", target.topics.audit,
                      target.service));
    return 0;
  }
  std::string text = ChangesTable(history);
  const auto reigns = history.Reigns();
  if (!reigns.empty()) text += "\n" + ReignsTable(reigns);
  if (history.bad_messages() > 0) {
    text += fmt::format("\n{} bad messages ignored\n", history.bad_messages());
  }
  Print(text);
  return 0;
}

}  // namespace

bool IsOf(const AuditRecord& record, std::string_view service) {
  return (record.state && record.state->service == service) ||
         (record.status && record.status->service == service) ||
         (record.added && record.added->service == service);
}

std::string EvidenceText(const GuardrailEvidence& evidence) {
  return fmt::format("{} {:.4g} over {:.4g} ({} {} on {}, {} events)",
                     evidence.rule, evidence.found, evidence.limit,
                     evidence.variant, evidence.version, evidence.instance,
                     evidence.events);
}

std::string ShortReason(std::string_view reason) {
  constexpr std::ptrdiff_t kMaxCharacters = 60;
  constexpr std::string_view kMore = "...";
  const std::string line = OneLine(reason);
  if (std::ranges::count_if(line, IsUtf8Start) <= kMaxCharacters) return line;
  std::size_t end = 0;
  auto left = kMaxCharacters - std::ssize(kMore) + 1;
  while (!IsUtf8Start(line[end]) || --left > 0) ++end;
  return line.substr(0, end) + std::string(kMore);
}

std::string StatusText(const InstanceStatus& status) {
  std::string text = fmt::format("{} sequence {} {}", status.instance,
                                 status.sequence, ToText(status.state));
  if (!status.champion.empty()) text += ", champion " + status.champion;
  if (status.swap_us) text += ", swap " + SwapTimeText(status);
  if (!status.detail.empty()) text += ": " + status.detail;
  return text;
}

std::string AuditText(const AuditRecord& record) {
  if (record.status) return StatusText(*record.status);
  if (record.added) {
    return fmt::format("{} {} by {}", record.verb,
                       ToText(record.added->artifact.model),
                       record.added->created_by);
  }
  std::string text = fmt::format(
      "sequence {} {}{}: {}; by {}", record.state->sequence, record.verb,
      record.subject.empty() ? "" : " " + record.subject,
      RolesText(*record.state), record.state->issued_by);
  if (!record.state->reason.empty()) text += ", " + record.state->reason;
  if (record.evidence) text += "; " + EvidenceText(*record.evidence);
  return text;
}

const std::string& RegistryHistory::Change::time() const {
  return audit.state ? audit.state->issued_at : audit.added->created;
}

const std::string& RegistryHistory::Change::who() const {
  return audit.state ? audit.state->issued_by : audit.added->created_by;
}

std::string RegistryHistory::Change::to() const {
  return audit.state ? ChampionOf(*audit.state) : from;
}

std::string RegistryHistory::Change::what() const {
  const std::string& subject = audit.subject;
  if (audit.verb == "rollback" && subject.empty()) return to();
  if (!audit.state) return subject;
  for (const Challenger& one : audit.state->challengers) {
    if (one.mode == ChallengerMode::kCanary &&
        ToText(one.artifact.model) == subject) {
      return CanaryText(one);
    }
  }
  return subject;
}

bool RegistryHistory::Change::RefusedByAll() const {
  return !answers.empty() &&
         std::ranges::all_of(answers, [](const auto& answer) {
           return answer.second.status.state == InstanceState::kRejected;
         });
}

void RegistryHistory::Add(const LogRecord& record) {
  try {
    AuditRecord audit =
        ParseAuditRecord(record.value ? *record.value : std::string()).message;
    if (!IsOf(audit, service_)) return;
    if (audit.status) {
      AddAnswer(*audit.status);
    } else {
      AddChange(std::move(audit));
    }
  } catch (const MessageError&) {
    ++bad_messages_;
  }
}

void RegistryHistory::AddChange(AuditRecord audit) {
  std::string before;
  if (!by_sequence_.empty()) {
    const auto& [sequence, at] = *by_sequence_.rbegin();
    if (audit.state && audit.state->sequence <= sequence) {
      ++bad_messages_;
      return;
    }
    before = changes_[at].to();
  }
  if (audit.state) by_sequence_[audit.state->sequence] = changes_.size();
  changes_.push_back(
      {.audit = std::move(audit), .from = std::move(before), .answers = {}});
}

void RegistryHistory::AddAnswer(const InstanceStatus& status) {
  const auto found = by_sequence_.find(status.sequence);
  if (found == by_sequence_.end() || !IsAnswer(status)) return;
  Answer& answer = changes_[found->second].answers[status.instance];
  // A restart says it again; but what was refused may be taken later, and what
  // was taken rolled back.
  const bool is_first = answer.status.instance.empty();
  if (is_first || answer.status.state != status.state) answer.status = status;
  if (status.state == InstanceState::kActive && answer.taken_at.empty()) {
    answer.taken_at = status.time;
  }
}

std::vector<RegistryHistory::Reign> RegistryHistory::Reigns() const {
  std::vector<Reign> reigns;
  for (const Change& change : changes_) {
    if (!change.audit.state || change.RefusedByAll()) continue;
    const std::string champion = change.to();
    if (!reigns.empty() && reigns.back().champion == champion) continue;
    const std::string taken = FirstTaken(change);
    const std::string& from = taken.empty() ? change.time() : taken;
    if (!reigns.empty()) reigns.back().to = from;
    if (champion.empty()) continue;
    reigns.push_back({.champion = champion,
                      .from = from,
                      .to = std::nullopt,
                      .sequence = change.audit.state->sequence,
                      .answered = !taken.empty()});
  }
  return reigns;
}

void AddRegistryHistory(CLI::App& registry, const SharedRegistryOptions& shared,
                        std::function<int()>& run) {
  CLI::App* verb = registry.add_subcommand(
      "history", "Shows which version was live when, who put it there and why");
  AddConfigArgument(*verb, *shared);
  AddRegistryOptions(*verb, *shared);
  verb->callback(
      [shared, &run] { run = [shared] { return PrintHistory(*shared); }; });
}

}  // namespace tidemill
