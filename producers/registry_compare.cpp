#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "producers/registry_contents.h"
#include "producers/registry_model_differences.h"
#include "producers/registry_score_comparison.h"
#include "producers/registry_verbs.h"
#include "tidemill/cli/one_line.h"
#include "tidemill/cli/text_table.h"
#include "tidemill/core/errors.h"
#include "tidemill/data/decompress.h"
#include "tidemill/data/line_reader.h"
#include "tidemill/rollout/artifact_store.h"

namespace tidemill {
namespace {

constexpr std::size_t kBatchEvents = 512;

struct CompareArguments {
  SharedRegistryOptions target;
  std::string a;
  std::string b;
  std::string events;
};

LoadedModelPtr LoadVersion(const RegistryTarget& target,
                           const RegistryView& view, const std::string& text) {
  const VersionRecord& record = FindVersion(view, *ParseModelReference(text));
  const std::string bytes = FetchArtifact(target.sources, record.artifact);
  return LoadArtifact(bytes, text, record.artifact.model.version);
}

void CompareFile(const std::string& path, ScoreComparison& scores) {
  const ByteSourcePtr file =
      Decompressed(std::make_unique<FileBytes>(path), path);
  LineReader reader(*file, DecodeLimits().max_bytes);
  bool more = true;
  while (more) {
    std::vector<std::string> lines;
    std::string line;
    while (lines.size() < kBatchEvents && (more = reader.Read(line))) {
      lines.push_back(std::move(line));
    }
    scores.Add(std::vector<std::string_view>(lines.begin(), lines.end()));
  }
}

/// Of a file only: without one there is something to say about the models.
void RefuseNoEvents(const CompareArguments& arguments,
                    const ScoreComparison& scores) {
  if (scores.events() > 0) return;
  throw DataError({.where = arguments.events,
                   .expected = "an event that both versions can score",
                   .got = fmt::format("none ({} refused {}, {} refused {})",
                                      arguments.a, scores.rejected_a(),
                                      arguments.b, scores.rejected_b())});
}

/// What both were verified with; a row of both counts once.
void CompareVerificationRows(const LoadedModel& a, const LoadedModel& b,
                             ScoreComparison& scores) {
  std::set<std::string_view> events;
  for (const LoadedModel* model : {&a, &b}) {
    for (const VerificationRow& row : model->artifact().verification) {
      events.insert(row.event);
    }
  }
  scores.Add(std::vector<std::string_view>(events.begin(), events.end()));
}

/// Everything that is to be said.
struct Comparison {
  std::string a;
  std::string b;
  std::vector<SideBySide> manifest;
  std::vector<SideBySide> parameters;
  std::vector<MetricsSideBySide> metrics;
  std::vector<FieldDifference> schema;
  FeatureDifferences features;
  std::string events;  ///< where they are from
  ScoreComparison scores;
};

Comparison CompareModels(const CompareArguments& arguments) {
  const RegistryTarget target = ResolveTarget(*arguments.target);
  const RegistryView view = ReadContents(target, false).view;
  const LoadedModelPtr a = LoadVersion(target, view, arguments.a);
  const LoadedModelPtr b = LoadVersion(target, view, arguments.b);
  Comparison result{
      .a = arguments.a,
      .b = arguments.b,
      .manifest = CompareManifests(*a, *b),
      .parameters = CompareParameters(a->manifest(), b->manifest()),
      .metrics = CompareMetrics(*a, *b),
      .schema = CompareSchemas(a->schema(), b->schema()),
      .features = CompareFeatures(a->plan().names(), b->plan().names()),
      .events = arguments.events.empty() ? "the verification rows of both"
                                         : arguments.events,
      .scores = ScoreComparison(a, b)};
  if (arguments.events.empty()) {
    CompareVerificationRows(*a, *b, result.scores);
  } else {
    CompareFile(arguments.events, result.scores);
    RefuseNoEvents(arguments, result.scores);
  }
  return result;
}

std::string Figure(std::optional<double> value) {
  return value ? fmt::format("{:.4f}", *value) : "";
}

/// What is absent is left to the table; an empty text is not absent.
std::string Cell(const std::optional<std::string>& value) {
  return value && value->empty() ? "''" : value.value_or("");
}

std::string ManifestText(const Comparison& c) {
  TextTable table({"manifest", c.a, c.b, "same"});
  for (const SideBySide& row : c.manifest) {
    table.Add(
        {row.name, Cell(row.a), Cell(row.b), row.a == row.b ? "yes" : "no"});
  }
  return table.Text();
}

std::string ParametersText(const Comparison& c) {
  TextTable table({"parameter", c.a, c.b});
  std::size_t same = 0;
  for (const SideBySide& row : c.parameters) {
    if (row.a == row.b) {
      ++same;
    } else {
      table.Add({row.name, Cell(row.a), Cell(row.b)});
    }
  }
  return (table.empty() ? "parameters that differ: none\n" : table.Text()) +
         fmt::format("the same: {}\n", same);
}

std::string MetricsText(const Comparison& c) {
  TextTable table({"metric", c.a, c.b, "difference"});
  for (const MetricsSideBySide& row : c.metrics) {
    table.Add({row.name, Figure(row.a), Figure(row.b),
               row.a && row.b ? fmt::format("{:+.4f}", *row.b - *row.a) : ""});
  }
  return table.Text();
}

std::string SchemaText(const Comparison& c) {
  if (c.schema.empty()) return "schema: the same\n";
  TextTable table({"field", "difference", c.a, c.b});
  for (const FieldDifference& one : c.schema) {
    table.Add({one.field, one.kind, one.a, one.b});
  }
  return table.Text();
}

std::string FeaturesText(const Comparison& c) {
  const FeatureDifferences& features = c.features;
  std::string text;
  for (const std::string& name : features.only_a) {
    text += fmt::format("feature {}: only in {}\n", OneLine(name), c.a);
  }
  for (const std::string& name : features.only_b) {
    text += fmt::format("feature {}: only in {}\n", OneLine(name), c.b);
  }
  if (features.other_order) text += "features: in another order\n";
  return text.empty() ? "features: the same\n" : text;
}

std::string ScoresText(const Comparison& c) {
  const ScoreComparison& scores = c.scores;
  std::string text =
      fmt::format("scores of {} events ({}); refused: {} by {}, {} by {}\n",
                  scores.events(), OneLine(c.events), scores.rejected_a(), c.a,
                  scores.rejected_b(), c.b);
  if (scores.events() == 0) return text;
  text += fmt::format(
      "difference: mean {:.6g}, max {:.6g}; another label: {:.2f} %\n",
      scores.mean_difference(), scores.max_difference(),
      100.0 * scores.other_label_ratio());
  TextTable table({"quantile", c.a, c.b, "difference"});
  const std::vector<double> a = scores.QuantilesOfA();
  const std::vector<double> b = scores.QuantilesOfB();
  for (std::size_t i = 0; i < a.size(); ++i) {
    table.Add({fmt::format("{} %", 100.0 * ScoreComparison::kQuantiles[i]),
               Figure(a[i]), Figure(b[i]),
               fmt::format("{:+.4f}", b[i] - a[i])});
  }
  return text + table.Text();
}

template <typename Value>
OrderedJson OrNull(const std::optional<Value>& value) {
  return value ? OrderedJson(*value) : OrderedJson(nullptr);
}

OrderedJson ScoresJson(const Comparison& c) {
  const ScoreComparison& scores = c.scores;
  return {
      {"events", scores.events()},
      {"from", c.events},
      {"rejected", {{"a", scores.rejected_a()}, {"b", scores.rejected_b()}}},
      {"mean_difference", scores.mean_difference()},
      {"max_difference", scores.max_difference()},
      {"other_label_ratio", scores.other_label_ratio()},
      {"quantiles",
       {{"at", ScoreComparison::kQuantiles},
        {"a", scores.QuantilesOfA()},
        {"b", scores.QuantilesOfB()}}}};
}

/// Appended without a search for each name: none is there twice.
OrderedJson SideBySideJson(const std::vector<SideBySide>& rows) {
  OrderedJson::object_t object;
  for (const SideBySide& row : rows) {
    object.emplace_back(
        row.name, OrderedJson{{"a", OrNull(row.a)}, {"b", OrNull(row.b)}});
  }
  return object;
}

OrderedJson ToJson(const Comparison& c) {
  OrderedJson json = {{"a", c.a}, {"b", c.b}};
  json["manifest"] = SideBySideJson(c.manifest);
  json["parameters"] = SideBySideJson(c.parameters);
  json["metrics"] = OrderedJson::object();
  for (const MetricsSideBySide& row : c.metrics) {
    json["metrics"][row.name] = {{"a", OrNull(row.a)}, {"b", OrNull(row.b)}};
  }
  json["schema"] = OrderedJson::array();
  for (const FieldDifference& one : c.schema) {
    json["schema"].push_back({{"field", one.field},
                              {"difference", one.kind},
                              {"a", one.a},
                              {"b", one.b}});
  }
  json["features"] = {{"only_a", c.features.only_a},
                      {"only_b", c.features.only_b},
                      {"other_order", c.features.other_order}};
  json["scores"] = ScoresJson(c);
  return json;
}

int Compare(const CompareArguments& arguments) {
  for (const std::string& text : {arguments.a, arguments.b}) {
    if (ParseModelReference(text)) continue;
    throw UsageError({.where = "compare",
                      .expected = "versions such as churn@7 and churn@8",
                      .got = fmt::format("'{}'", text)});
  }
  const Comparison comparison = CompareModels(arguments);
  if (arguments.target->json) {
    PrintJson(ToJson(comparison));
  } else {
    Print(ManifestText(comparison) + "\n" + ParametersText(comparison) + "\n" +
          MetricsText(comparison) + "\n" + SchemaText(comparison) +
          FeaturesText(comparison) + "\n" + ScoresText(comparison));
  }
  return 0;
}

}  // namespace

void AddRegistryCompare(CLI::App& registry, const SharedRegistryOptions& shared,
                        std::function<int()>& run) {
  const auto arguments = std::make_shared<CompareArguments>();
  CompareArguments& a = *arguments;
  a.target = shared;
  CLI::App* verb =
      registry.add_subcommand("compare", "Shows two versions side by side");
  verb->add_option("A", a.a, "Such as churn@7")->required();
  verb->add_option("B", a.b, "Such as churn@8")->required();
  AddConfigArgument(*verb, *shared);
  AddRegistryOptions(*verb, *shared);
  verb->add_option("--events", a.events,
                   "Events to score, one a line; default: the verification "
                   "rows of both")
      ->type_name("FILE");
  verb->callback(
      [arguments, &run] { run = [arguments] { return Compare(*arguments); }; });
}

}  // namespace tidemill
