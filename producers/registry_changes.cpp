#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "producers/registry_contents.h"
#include "producers/registry_guardrails.h"
#include "producers/registry_verbs.h"
#include "tidemill/cli/one_line.h"
#include "tidemill/cli/option_checks.h"
#include "tidemill/cli/text_table.h"
#include "tidemill/config/units.h"
#include "tidemill/core/clock.h"
#include "tidemill/core/errors.h"
#include "tidemill/kafka/kafka_log.h"

namespace tidemill {
namespace {

using std::chrono::milliseconds;

struct ChangeArguments {
  SharedRegistryOptions target;
  std::string verb;
  std::string version;
  std::optional<double> percent;
  std::string salt;
  std::string by;
  std::vector<std::string> guardrails;
  std::string reason;
  std::optional<std::uint64_t> expect;
  bool wait = false;
  std::string timeout = "60s";
};

ModelReference ParseVersion(const std::string& text) {
  const auto reference = ParseModelReference(text);
  if (!reference) {
    throw UsageError({.where = "MODEL@VERSION",
                      .expected = "a version such as churn@7",
                      .got = fmt::format("'{}'", text)});
  }
  return *reference;
}

/// What the canary is to be: what it is now, under what the line says.
Challenger MakeCanary(const ChangeArguments& arguments,
                      const RegistryState& state,
                      const ArtifactReference& artifact) {
  Challenger canary{.artifact = artifact, .mode = ChallengerMode::kCanary};
  std::optional<double> percent = arguments.percent;
  for (const Challenger& one : state.challengers) {
    if (one.artifact.model != artifact.model) continue;
    if (one.mode != ChallengerMode::kCanary) continue;
    canary = one;
    if (!percent) percent = one.percent;
  }
  if (!percent) {
    throw UsageError({.where = "--percent",
                      .expected = "the share of the keys for a new canary",
                      .got = "none"});
  }
  canary.percent = *percent;
  if (!arguments.salt.empty()) canary.salt = arguments.salt;
  if (!arguments.by.empty()) canary.by = arguments.by;
  return canary;
}

/// The next state but for what its writer fills in.
RegistryState NextState(const ChangeArguments& arguments,
                        const RegistryView& view) {
  const RegistryState state = view.state.value_or(RegistryState{});
  const std::string& verb = arguments.verb;
  if (verb == "rollback") return Rollback(state);
  const ModelReference reference = ParseVersion(arguments.version);
  if (verb == "retire" && !RoleOf(state, reference).empty()) {
    return Retire(state, reference);
  }
  const ArtifactReference& artifact = FindVersion(view, reference).artifact;
  if (verb == "deploy") return Deploy(state, artifact);
  if (verb == "promote") return Promote(state, reference);
  if (verb == "retire") return Retire(state, reference);
  if (verb == "shadow") {
    return Challenge(state,
                     {.artifact = artifact, .mode = ChallengerMode::kShadow});
  }
  return Challenge(state, MakeCanary(arguments, state, artifact));
}

ChangeRequest MakeRequest(const ChangeArguments& arguments,
                          const RegistryTarget& target) {
  constexpr std::size_t kMaxReasonBytes = 1024;  // of a message's reason
  return {
      .topics = target.topics,
      .service = target.service,
      .verb = arguments.verb,
      .subject = arguments.version,
      .reason = AsMessageText(arguments.reason, "--reason", kMaxReasonBytes),
      .issued_by = IssuedBy(),
      .expect = arguments.expect,
      .evidence = std::nullopt};
}

std::string AnswersTable(const std::vector<InstanceStatus>& statuses,
                         const Answers& answers) {
  if (statuses.empty()) return "no live instance\n";
  TextTable table({"instance", "state", "swap time", "detail"});
  for (const InstanceStatus& status : statuses) {
    if (answers.HasAnswered(status.instance)) {
      table.Add({status.instance, std::string(ToText(status.state)),
                 SwapTimeText(status), status.detail});
    } else {
      table.Add({status.instance, "no answer", "",
                 fmt::format("last: sequence {} {}", status.sequence,
                             ToText(status.state))});
    }
  }
  return table.Text();
}

std::string Join(const std::vector<std::string>& texts) {
  return fmt::format("{}", fmt::join(texts, ", "));
}

/// `found`: none when it is not known which instances live.
void PrintAnswers(const ChangeArguments& arguments, const RegistryState& state,
                  const std::optional<std::vector<InstanceStatus>>& found,
                  const Answers& answers) {
  if (!arguments.target->json) {
    if (found) Print(AnswersTable(*found, answers));
    return;
  }
  OrderedJson json = JsonOf(state);
  json["instances"] = nullptr;
  if (found) {
    json["instances"] = OrderedJson::array();
    for (const InstanceStatus& status : *found) {
      json["instances"].push_back(JsonOf(status));
    }
  }
  PrintJson(json);
}

/// Waits for the instances and says what they answered.
int ReportAnswers(const ChangeArguments& arguments, const RegistryState& state,
                  WallTime written, LogReader& reader) {
  const SystemClock clock;
  const milliseconds timeout = ParseDuration(arguments.timeout).value();
  Answers answers({.service = state.service,
                   .sequence = state.sequence,
                   .written = written});
  const bool complete = WaitForAnswers(reader, clock, timeout, answers);
  if (!reader.at_end()) {
    PrintAnswers(arguments, state, std::nullopt, answers);
    throw TryAgainError(
        {.where = fmt::format("sequence {}", state.sequence),
         .expected = "the end of the status topic within " + arguments.timeout,
         .got = "more to read"});
  }
  const WallTime now = clock.Now();
  const std::vector<InstanceStatus> found = answers.Statuses(now);
  PrintAnswers(arguments, state, found, answers);
  const std::vector<std::string> refusals = answers.Refusals(now);
  if (!refusals.empty()) {
    throw AnswerIsNo({.where = fmt::format("sequence {}", state.sequence),
                      .expected = "every live instance to take it",
                      .got = "a refusal by " + Join(refusals)});
  }
  std::vector<std::string> silent;
  for (const InstanceStatus& status : found) {
    if (!answers.HasAnswered(status.instance)) {
      silent.push_back(status.instance);
    }
  }
  if (complete || silent.empty()) return 0;
  throw TryAgainError({.where = fmt::format("sequence {}", state.sequence),
                       .expected = "an answer of every live instance within " +
                                   arguments.timeout,
                       .got = "none from " + Join(silent)});
}

int Change(const ChangeArguments& arguments) {
  const RegistryTarget target = ResolveTarget(*arguments.target);
  const ChangeRequest request = MakeRequest(arguments, target);
  // They connect beside each other while the topics are looked up.
  KafkaLogWriter writer(target.WriterSettings(), kRegistryTimeout, {});
  KafkaLogReader reader(target.kafka, {target.topics.state}, {});
  std::unique_ptr<KafkaLogReader> answers;
  if (arguments.wait) {
    answers = std::make_unique<KafkaLogReader>(
        target.kafka, std::vector{target.topics.status, target.topics.state},
        KafkaEvents{});
  }
  EnsureTopics(target);
  const SystemClock clock;
  WallTime written;
  const auto change = [&](const RegistryView& view) {
    written = clock.Now();
    RegistryState next = NextState(arguments, view);
    ApplyGuardrails(arguments.guardrails, next.guardrails);
    return next;
  };
  const RegistryState state = ExplainConflict(
      [&] { return ChangeState(writer, reader, request, change, clock); });
  const std::string done =
      fmt::format("the change was made (sequence {})", state.sequence);
  return ExplainDone(done, [&] {
    if (!arguments.target->json) {
      Print(fmt::format("sequence {}: {}\n", state.sequence, RolesText(state)));
    } else if (!arguments.wait) {
      PrintJson(JsonOf(state));
    }
    return arguments.wait ? ReportAnswers(arguments, state, written, *answers)
                          : 0;
  });
}

std::string CheckVersion(const std::string& text) {
  return ParseModelReference(text)
             ? ""
             : "expected a version such as churn@7, got '" + text + "'";
}

std::string CheckSalt(const std::string& text) {
  constexpr std::size_t kMaxSaltBytes = 200;  // of a message's salt
  const bool fits = text.size() <= kMaxSaltBytes && OneLine(text) == text;
  if (fits) return "";
  return fmt::format(
      "expected 1 to {} bytes without control characters, got {}",
      kMaxSaltBytes,
      text.size() > kMaxSaltBytes ? std::to_string(text.size())
                                  : "'" + text + "'");
}

std::string CheckTimeout(const std::string& text) {
  return ParseDuration(text)
             ? ""
             : "expected a time such as 60s or 500ms, got '" + text + "'";
}

void AddCanaryOptions(CLI::App& verb, ChangeArguments& a) {
  verb.add_option("--percent", a.percent,
                  "Share of the keys, 0 or 0.0001 to 100; needed for a new "
                  "canary")
      ->check(CanaryPercent());
  verb.add_option("--salt", a.salt,
                  "What the share is drawn with; default: MODEL@VERSION, then "
                  "the one it has. Another salt, other keys")
      ->check(CheckSalt);
  verb.add_option("--by", a.by,
                  "'key', or the field of the event to draw by; default: key")
      ->type_name("FIELD");
}

void AddGuardrailOption(CLI::App& verb, ChangeArguments& a) {
  verb.add_option("--guardrail", a.guardrails,
                  "NAME=VALUE, of max_error_ratio, max_p99_ms, max_score_psi, "
                  "max_missing_ratio, min_events, probation_events, "
                  "probation_seconds, auto; a limit's VALUE may be none. Or "
                  "none, to remove all. Repeatable; kept until changed")
      ->expected(1)
      ->take_all();
}

void AddVerb(CLI::App& registry, const SharedRegistryOptions& shared,
             const std::string& name, const std::string& description,
             std::function<int()>& run) {
  const auto arguments = std::make_shared<ChangeArguments>();
  ChangeArguments& a = *arguments;
  a.target = shared;
  a.verb = name;
  CLI::App* verb = registry.add_subcommand(name, description);
  if (name != "rollback") {
    verb->add_option("MODEL@VERSION", a.version, "Such as churn@7")
        ->required()
        ->check(CheckVersion);
  }
  AddConfigArgument(*verb, *shared);
  AddRegistryOptions(*verb, *shared);
  if (name == "canary") AddCanaryOptions(*verb, a);
  if (name != "rollback" && name != "retire") AddGuardrailOption(*verb, a);
  verb->add_option("--reason", a.reason, "Why; shown by history");
  verb->add_option("--expect", a.expect,
                   "Only when the state has this sequence; 0: when there is "
                   "none")
      ->check(WholeNumberUpTo(kMaxSequence));
  CLI::Option* wait = verb->add_flag("--wait", a.wait,
                                     "Until every live instance has answered");
  verb->add_option("--timeout", a.timeout, "How long to wait at most")
      ->capture_default_str()
      ->check(CheckTimeout)
      ->needs(wait);
  verb->callback(
      [arguments, &run] { run = [arguments] { return Change(*arguments); }; });
}

}  // namespace

void AddRegistryChanges(CLI::App& registry, const SharedRegistryOptions& shared,
                        std::function<int()>& run) {
  AddVerb(registry, shared, "deploy", "Makes a version the champion", run);
  AddVerb(registry, shared, "shadow",
          "Lets a version score a copy of the events", run);
  AddVerb(registry, shared, "canary",
          "Lets a version answer for a share of the keys", run);
  AddVerb(registry, shared, "promote", "Makes a challenger the champion", run);
  AddVerb(registry, shared, "rollback",
          "Makes the previous version the champion again", run);
  AddVerb(registry, shared, "retire",
          "Takes a challenger out, or forgets the previous version", run);
}

}  // namespace tidemill
