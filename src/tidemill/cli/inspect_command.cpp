#include <array>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "tidemill/cli/commands.h"
#include "tidemill/cli/format_options.h"
#include "tidemill/cli/inspect_data.h"
#include "tidemill/cli/one_line.h"
#include "tidemill/cli/output_file.h"
#include "tidemill/cli/text_table.h"
#include "tidemill/core/errors.h"
#include "tidemill/model/artifact.h"
#include "tidemill/scoring/loaded_model.h"

namespace tidemill {
namespace {

using Json = nlohmann::ordered_json;

struct Options {
  std::string file;
  DataFormat format;
  InspectDataOptions data;
};

Json BaselineJson(const Baseline& baseline) {
  Json json = {{"name", baseline.name}};
  if (baseline.kind == BaselineKind::kNumber) {
    json["edges"] = baseline.edges;
    json["mean"] = baseline.mean;
    json["standard_deviation"] = baseline.standard_deviation;
  } else {
    json["categories"] = baseline.categories;
  }
  json["counts"] = baseline.counts;
  json["missing"] = baseline.missing;
  return json;
}

Json SchemaJson(const Schema& schema) {
  Json fields = Json::array();
  for (const Field& field : schema.fields()) {
    Json json = {{"name", field.name},
                 {"type", ToText(field.type)},
                 {"required", field.required}};
    if (!field.unit.empty()) json["unit"] = field.unit;
    if (field.type == FieldType::kCategory) {
      json["categories"] = field.categories.values();
    }
    fields.push_back(std::move(json));
  }
  Json json = {{"fields", std::move(fields)}};
  if (schema.id_field()) json["id"] = schema.field(*schema.id_field()).name;
  if (schema.event_time_field()) {
    json["event_time"] = schema.field(*schema.event_time_field()).name;
  }
  return json;
}

/// Where each feature comes from.
Json FeaturesJson(const LoadedModel& model) {
  Json features = Json::array();
  for (std::size_t i = 0; i < model.plan().num_features(); ++i) {
    const FeatureOrigin& origin = model.plan().origin(i);
    Json fields = Json::array();
    for (const std::size_t field : origin.fields) {
      fields.push_back(model.schema().field(field).name);
    }
    const char* kind = origin.kind == FeatureOrigin::Kind::kNumber ? "number"
                       : origin.kind == FeatureOrigin::Kind::kCategory
                           ? "category"
                           : "derived";
    features.push_back({{"name", model.plan().names()[i]},
                        {"from", std::move(fields)},
                        {"kind", kind}});
  }
  return features;
}

Json Pairs(const auto& pairs) {
  Json json = Json::object();
  for (const auto& [name, value] : pairs) json[name] = value;
  return json;
}

/// Appended without a search for each, for a file may hold very many; its
/// reader saw to it that none is there twice.
Json ParametersJson(const Manifest& m) {
  Json::object_t object;
  for (const auto& [name, value] : m.parameters) {
    object.emplace_back(name, value);
  }
  return object;
}

bool IsChosen(const Manifest& m) {
  return !m.threshold_rule.empty() && m.threshold_rule != "given";
}

Json Describe(const LoadedModel& model) {
  const Manifest& m = model.manifest();
  Json json = {{"name", m.name},
               {"task", ToText(m.task)},
               {"model", m.model},
               {"family", model.predictor().family()},
               {"engine", model.predictor().engine()},
               {"format", kArtifactFormat},
               {"sha256", model.sha256()},
               {"size", model.size()}};
  if (!m.classes.empty()) json["labels"] = m.classes;
  if (m.task == Task::kBinary) {
    json["threshold"] = m.threshold;
    json["threshold_rule"] = m.threshold_rule;
    if (IsChosen(m)) json["threshold_figure"] = m.threshold_figure;
  } else if (!m.unit.empty()) {
    json["unit"] = m.unit;
  }
  json["metrics"] = Pairs(m.metrics);
  json["seed"] = m.seed;
  json["parameters"] = ParametersJson(m);
  json["config_sha256"] = m.config_sha256;
  json["data_sha256"] = m.data_sha256;
  json["data_rows"] = m.data_rows;
  json["libraries"] = Pairs(m.libraries);
  json["schema"] = SchemaJson(model.schema());
  Json steps = Json::array();
  for (const StepPtr& step : model.artifact().pipeline.steps()) {
    steps.push_back(step->name());
  }
  json["pipeline"] = std::move(steps);
  json["features"] = FeaturesJson(model);
  const Baselines& baselines = model.artifact().baselines;
  Json fields = Json::array();
  for (const Baseline& b : baselines.fields) fields.push_back(BaselineJson(b));
  Json features = Json::array();
  for (const Baseline& b : baselines.features) {
    features.push_back(BaselineJson(b));
  }
  json["baselines"] = {{"rows", baselines.rows},
                       {"fields", std::move(fields)},
                       {"features", std::move(features)},
                       {"score", BaselineJson(baselines.score)}};
  json["verification_rows"] = model.artifact().verification.size();
  return json;
}

/// A file of somebody else's making may hold any bytes as names.
std::string JsonText(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string Row(std::string_view name, const std::string& value) {
  return fmt::format("{:<14} {}\n", name, OneLine(value));
}

std::string MetricsTable(const Manifest& m) {
  std::string text;
  for (const auto& [name, value] : m.metrics) {
    if (name.starts_with("baseline_")) continue;
    std::string naive = "-";
    for (const auto& [other, figure] : m.metrics) {
      if (other == "baseline_" + name) naive = fmt::format("{:.4f}", figure);
    }
    text +=
        fmt::format("  {:<12} {:>10.4f}   naive {:>10}\n", name, value, naive);
  }
  return text;
}

/// Short: the tables of fields and features tell of the schema and pipeline,
/// and all of it is in the JSON.
std::string ParametersTable(const Manifest& m) {
  TextTable table({"parameter", "value"});
  for (const auto& [name, value] : m.parameters) {
    if (name.starts_with("schema.") || name.starts_with("pipeline.")) continue;
    table.Add({name, value});
  }
  return table.empty() ? "" : table.Text();
}

std::string FieldsTable(const Schema& schema) {
  std::string text;
  for (std::size_t i = 0; i < schema.size(); ++i) {
    const Field& field = schema.field(i);
    std::string notes = field.required ? "required" : "";
    const auto note = [&](const std::string& more) {
      if (!notes.empty()) notes += ", ";
      notes += more;
    };
    if (schema.id_field() == i) note("id");
    if (schema.event_time_field() == i) note("event time");
    if (!field.unit.empty()) note(OneLine(field.unit));
    if (field.type == FieldType::kCategory) {
      note(fmt::format("{} categories", field.categories.size()));
    }
    text += fmt::format("  {:<24} {:<10} {}\n", OneLine(field.name),
                        ToText(field.type), notes);
  }
  return text;
}

std::string TaskText(const Manifest& m) {
  if (m.task == Task::kBinary) {
    const std::string chosen =
        IsChosen(m) ? fmt::format(" by {} {:.4f} on held-out rows",
                                  m.threshold_rule, m.threshold_figure)
                    : "";
    return fmt::format("binary, score = P({}), threshold {}{}", m.classes[1],
                       m.threshold, chosen);
  }
  if (m.task == Task::kMulticlass) {
    return fmt::format("multiclass, score = P(label), {} classes: {}",
                       m.classes.size(), fmt::join(m.classes, ", "));
  }
  return fmt::format("regression{}{}", m.unit.empty() ? "" : ", in ", m.unit);
}

std::string Summary(const LoadedModel& model) {
  const Manifest& m = model.manifest();
  std::string text;
  text += Row("name", m.name);
  text += Row("task", TaskText(m));
  text +=
      Row("model", fmt::format("{} ({})", m.model, model.predictor().engine()));
  text += Row("file", fmt::format("format {}, {} bytes", kArtifactFormat,
                                  model.size()));
  text += Row("sha256", model.sha256());
  text += Row("trained on",
              fmt::format("{} rows, sha256 {}", m.data_rows, m.data_sha256));
  text +=
      Row("verification", fmt::format("{} rows recomputed: the same scores",
                                      model.artifact().verification.size()));
  text += "metrics on held-out rows\n" + MetricsTable(m);
  text += ParametersTable(m);
  text += fmt::format("fields ({})\n", model.schema().size()) +
          FieldsTable(model.schema());
  text += fmt::format("features ({})\n", model.plan().num_features());
  for (std::size_t i = 0; i < model.plan().num_features(); ++i) {
    text += fmt::format("  {:<32} <- ", OneLine(model.plan().names()[i]));
    for (const std::size_t field : model.plan().origin(i).fields) {
      text += OneLine(model.schema().field(field).name) + " ";
    }
    text.back() = '\n';
  }
  return text;
}

/// By its beginning; a .bin that begins otherwise is a broken model.
bool IsModel(const std::string& path) {
  if (path.ends_with(".bin")) return true;
  if (!std::filesystem::is_regular_file(path)) return false;
  std::array<char, 64> start{};
  const std::size_t count = FileBytes(path).Read(start);
  return BeginsAsArtifact({start.data(), count});
}

std::string Inspect(const Options& options) {
  if (!IsModel(options.file)) {
    return DescribeData(
        {.name = options.file, .bytes = {}, .format = options.format},
        options.data);
  }
  if (!options.data.target.empty() || !options.data.suggest.empty()) {
    throw UsageError({.where = options.file,
                      .expected = "a file of rows for --target and --suggest",
                      .got = "a model"});
  }
  const LoadedModelPtr model = LoadArtifactFile(options.file, 0);
  return options.data.json ? JsonText(Describe(*model)) : Summary(*model);
}

}  // namespace

void AddInspectCommand(CLI::App& app, std::function<int()>& run) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "inspect", "Shows what is in a model.bin, or in a file of rows");
  command
      ->add_option("FILE", options->file,
                   "A model.bin; or CSV or JSON lines, plain or in gzip or "
                   "zstd")
      ->required();
  CLI::Option* json = command->add_flag("--json", options->data.json,
                                        "Everything, as one JSON object");
  CLI::Option* target = command->add_option(
      "--target", options->data.target,
      "Of rows: which columns tell this one too well (leakage)");
  command
      ->add_option("--suggest", options->data.suggest,
                   "Of rows: print a training config for this column")
      ->excludes(json)
      ->excludes(target);
  AddFormatOptions(*command, options->format);
  command->callback([options, &run] {
    run = [options] {
      const std::string text = Inspect(*options);
      OutputFile output(stdout, kStandardOutput);
      output.Write(text);
      output.Close();
      return static_cast<int>(ExitCode::kDone);
    };
  });
}

}  // namespace tidemill
