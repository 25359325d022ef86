#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "producers/registry_contents.h"
#include "producers/registry_verbs.h"
#include "tidemill/cli/option_checks.h"
#include "tidemill/core/clock.h"
#include "tidemill/core/errors.h"
#include "tidemill/kafka/kafka_log.h"
#include "tidemill/scoring/loaded_model.h"

namespace tidemill {
namespace {

struct AddArguments {
  SharedRegistryOptions target;
  std::string file;
  std::optional<std::uint32_t> version;
  std::optional<std::uint64_t> expect;
};

/// A file that may be added, and its bytes: those that were verified.
struct NewArtifact {
  std::string bytes;
  LoadedModelPtr model;
};

NewArtifact Load(const std::string& path) {
  NewArtifact artifact;
  artifact.bytes = ReadFile(path, kMaxArtifactBytes);
  artifact.model = LoadArtifact(artifact.bytes, path, 0);
  const std::string& name = artifact.model->manifest().name;
  if (!IsRegistryName(name)) {
    throw ArtifactError(
        {.where = path + " (manifest.name)",
         .expected = "a name of 1 to 200 letters, digits, '.', '_' or '-'",
         .got = fmt::format("'{}'", name)});
  }
  return artifact;
}

/// The version that has this artifact already.
const VersionRecord* FindDigest(const RegistryView& view,
                                const LoadedModel& model) {
  for (const auto& [reference, record] : view.versions) {
    if (reference.model == model.manifest().name &&
        record.artifact.sha256 == model.sha256()) {
      return &record;
    }
  }
  return nullptr;
}

void RefuseTaken(const RegistryView& view, const ModelReference& wanted,
                 const LoadedModel& model) {
  const auto taken = view.versions.find(wanted);
  if (taken == view.versions.end() ||
      taken->second.artifact.sha256 == model.sha256()) {
    return;
  }
  throw AnswerIsNo(
      {.where = ToText(wanted),
       .expected = fmt::format("a version that is free (the next one is {})",
                               NextVersion(view, wanted.model)),
       .got = "one that is taken by another artifact, sha256 " +
              taken->second.artifact.sha256});
}

/// The record to write, with its artifact in the store; or the one that is
/// there.
VersionRecord MakeRecord(const NewArtifact& artifact,
                         std::optional<std::uint32_t> version,
                         const std::string& store, const RegistryView& view) {
  const LoadedModel& model = *artifact.model;
  const std::string& name = model.manifest().name;
  const VersionRecord* same = FindDigest(view, model);
  VersionRecord record;
  record.artifact.model.model = name;
  if (version) {
    record.artifact.model.version = *version;
    RefuseTaken(view, record.artifact.model, model);
  } else {
    record.artifact.model.version = same != nullptr
                                        ? same->artifact.model.version
                                        : NextVersion(view, name);
  }
  // Also when the version is there: its file may be missing in this store.
  record.artifact.uri = StoreArtifact(store, artifact.bytes);
  record.artifact.sha256 = model.sha256();
  record.artifact.size = model.size();
  record.metrics = model.manifest().metrics;
  return record;
}

int Add(const AddArguments& arguments) {
  const RegistryTarget target = ResolveTarget(*arguments.target);
  const std::string& store = target.sources.store;
  if (store.find("://") != std::string::npos) {
    throw UsageError({.where = "--store",
                      .expected = "a folder to write to",
                      .got = "a URL, which is read only"});
  }
  const NewArtifact artifact = Load(arguments.file);

  KafkaLogWriter writer(target.WriterSettings(), kRegistryTimeout, {});
  KafkaLogReader reader(target.kafka, {target.topics.state}, {});
  EnsureTopics(target);
  const ChangeRequest request{.topics = target.topics,
                              .service = target.service,
                              .verb = "add",
                              .subject = "",
                              .reason = "",
                              .issued_by = IssuedBy(),
                              .expect = arguments.expect,
                              .evidence = std::nullopt};
  bool is_new = true;
  const auto make = [&](const RegistryView& view) {
    VersionRecord made = MakeRecord(artifact, arguments.version, store, view);
    is_new = !view.versions.contains(made.artifact.model);
    return made;
  };
  const VersionRecord record = ExplainConflict(
      [&] { return AddVersion(writer, reader, request, make, SystemClock()); });
  const std::string name = ToText(record.artifact.model);
  ExplainDone(name + (is_new ? " was added" : " was known before"), [&] {
    if (arguments.target->json) {
      PrintJson(JsonOf(record));
    } else {
      Print(fmt::format("{} sha256 {} {} bytes{}\n", name,
                        record.artifact.sha256, record.artifact.size,
                        is_new ? "" : ", known before"));
    }
  });
  return 0;
}

std::string CheckNumber(const std::string& text) {
  constexpr auto kMax = std::numeric_limits<std::uint32_t>::max();
  const bool fits = WholeNumberUpTo(kMax)(text).empty() &&
                    NumberBetween(1.0, kMax)(text).empty();
  return fits ? ""
              : fmt::format("expected a whole number from 1 to {}, got '{}'",
                            kMax, text);
}

}  // namespace

void AddRegistryAdd(CLI::App& registry, const SharedRegistryOptions& shared,
                    std::function<int()>& run) {
  const auto arguments = std::make_shared<AddArguments>();
  AddArguments& a = *arguments;
  a.target = shared;
  CLI::App* verb = registry.add_subcommand(
      "add", "Puts a model.bin into the store and makes it a version");
  verb->add_option("FILE", a.file, "A model.bin")->required();
  AddConfigArgument(*verb, *shared);
  AddRegistryOptions(*verb, *shared);
  verb->add_option("--version", a.version,
                   "Number of the version; default: the next free one, or the "
                   "one that has these bytes already")
      ->check(CheckNumber);
  verb->add_option("--expect", a.expect,
                   "Only while the state has this sequence")
      ->check(WholeNumberUpTo(kMaxSequence));
  verb->callback(
      [arguments, &run] { run = [arguments] { return Add(*arguments); }; });
}

}  // namespace tidemill
