#include "tidemill/model/artifact_sections.h"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <unordered_set>
#include <utility>

namespace tidemill {
namespace {

constexpr std::size_t kMaxEntries = 10'000;
/// Above what the largest config file holds, its schema written out.
constexpr std::size_t kMaxParameters = 100'000;
constexpr std::size_t kMaxParameterBytes = 1U << 20U;
constexpr std::size_t kMaxVerificationRows = 10'000;
constexpr std::size_t kMaxEventBytes = 1U << 20U;

void WriteBaseline(const Baseline& baseline, ArtifactWriter& out) {
  out.Text("name", baseline.name);
  out.Choice("kind", baseline.kind, kBaselineKindNames);
  out.Doubles("edges", baseline.edges);
  out.Texts("categories", baseline.categories);
  out.U64s("counts", baseline.counts);
  out.U64("missing", baseline.missing);
  out.Double("mean", baseline.mean);
  out.Double("standard_deviation", baseline.standard_deviation);
}

void CheckEdges(const std::vector<double>& edges, ArtifactReader& in) {
  const bool one_value = edges.size() == 2 && edges[0] == edges[1];
  const bool rising =
      std::adjacent_find(edges.begin(), edges.end(), [](double a, double b) {
        return !(a < b);
      }) == edges.end();
  if (edges.size() == 1 || !(rising || one_value)) {
    in.Refuse("no edges or two and more, rising", "others");
  }
}

Baseline ReadBaseline(ArtifactReader& in, std::uint64_t rows) {
  Baseline baseline;
  baseline.name = in.Text("name");
  baseline.kind = in.Choice<BaselineKind>("kind", kBaselineKindNames);
  baseline.edges = in.FiniteDoubles("edges");
  baseline.categories = in.Texts("categories");
  baseline.counts = in.U64s("counts");
  baseline.missing = in.U64("missing");
  baseline.mean = in.Double("mean");
  baseline.standard_deviation = in.Double("standard_deviation");
  CheckEdges(baseline.edges, in);
  const std::size_t bins =
      baseline.kind == BaselineKind::kCategory
          ? baseline.categories.size()
          : baseline.edges.size() - (baseline.edges.empty() ? 0 : 1);
  if (baseline.counts.size() != bins) {
    in.Refuse(std::to_string(bins) + " counts for '" + baseline.name + "'",
              std::to_string(baseline.counts.size()));
  }
  const bool numbers = baseline.kind == BaselineKind::kNumber;
  if (numbers ? !baseline.categories.empty() : !baseline.edges.empty()) {
    in.Refuse("edges for numbers or categories for '" + baseline.name + "'",
              "both");
  }
  // Taken off one by one, so that no sum can run over.
  std::uint64_t left = rows;
  bool too_many = baseline.missing > left;
  if (!too_many) left -= baseline.missing;
  for (const std::uint64_t count : baseline.counts) {
    too_many = too_many || count > left;
    if (!too_many) left -= count;
  }
  if (too_many || left != 0) {
    in.Refuse(
        "counts of '" + baseline.name + "' that sum to " + std::to_string(rows),
        "another sum");
  }
  return baseline;
}

void WriteMany(std::string_view name, const std::vector<Baseline>& baselines,
               ArtifactWriter& out) {
  out.Each(name, baselines,
           [&](const Baseline& baseline) { WriteBaseline(baseline, out); });
}

std::vector<Baseline> ReadMany(std::string_view name, ArtifactReader& in,
                               std::uint64_t rows) {
  return in.Each<Baseline>(name, kMaxColumns, 57, [&](Baseline& baseline) {
    baseline = ReadBaseline(in, rows);
  });
}

std::uint64_t RowsOf(const Baseline& baseline) {
  std::uint64_t rows = baseline.missing;
  for (const std::uint64_t count : baseline.counts) rows += count;
  return rows;
}

/// It stands in headers, labels and registry keys.
bool IsModelName(const std::string& name) {
  constexpr std::string_view kAllowed =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
  return !name.empty() && name.find_first_not_of(kAllowed) == std::string::npos;
}

void WritePairs(std::string_view key,
                const std::vector<std::pair<std::string, std::string>>& pairs,
                ArtifactWriter& out) {
  out.Each(key, pairs, [&](const auto& pair) {
    out.Text("name", pair.first);
    out.Text("value", pair.second);
  });
}

std::vector<std::pair<std::string, std::string>> ReadPairs(
    std::string_view key, ArtifactReader& in, std::size_t max_count,
    std::size_t max_bytes) {
  using Pair = std::pair<std::string, std::string>;
  return in.Each<Pair>(key, max_count, 16, [&](Pair& pair) {
    pair.first = in.Text("name", max_bytes);
    pair.second = in.Text("value", max_bytes);
  });
}

std::vector<std::pair<std::string, std::string>> ReadParameters(
    ArtifactReader& in) {
  auto parameters =
      ReadPairs("parameters", in, kMaxParameters, kMaxParameterBytes);
  std::unordered_set<std::string_view> names;
  for (const auto& [name, value] : parameters) {
    if (!names.insert(name).second) {
      in.Refuse("each parameter once", "'" + name + "' twice");
    }
  }
  return parameters;
}

std::vector<std::string> ReadClasses(Task task, ArtifactReader& in) {
  std::vector<std::string> classes = in.Texts("classes");
  const std::size_t n = classes.size();
  if (task == Task::kRegression && n != 0) in.Refuse("no classes", "some");
  if (task == Task::kBinary && n != 2) {
    in.Refuse("two classes", std::to_string(n));
  }
  if (task == Task::kMulticlass && (n < 3 || n > kMaxClasses)) {
    in.Refuse("3 to " + std::to_string(kMaxClasses) + " classes",
              std::to_string(n));
  }
  std::unordered_set<std::string_view> names;
  for (const std::string& name : classes) {
    if (name.size() > Dictionary::kMaxTextBytes) {
      in.Refuse("labels of at most " +
                    std::to_string(Dictionary::kMaxTextBytes) + " bytes",
                std::to_string(name.size()));
    }
    if (!names.insert(name).second) {
      in.Refuse("each class once", "'" + name + "' twice");
    }
  }
  return classes;
}

}  // namespace

void WriteManifest(const Manifest& manifest, ArtifactWriter& out) {
  out.Text("name", manifest.name);
  out.Choice("task", manifest.task, kTaskNames);
  out.Text("model", manifest.model);
  out.Text("unit", manifest.unit);
  out.Texts("classes", manifest.classes);
  out.Double("threshold", manifest.threshold);
  out.Text("threshold_rule", manifest.threshold_rule);
  out.Double("threshold_figure", manifest.threshold_figure);
  out.Text("config_sha256", manifest.config_sha256);
  out.Text("data_sha256", manifest.data_sha256);
  out.U64("data_rows", manifest.data_rows);
  out.U64("seed", manifest.seed);
  WritePairs("parameters", manifest.parameters, out);
  WritePairs("libraries", manifest.libraries, out);
  out.Each("metrics", manifest.metrics, [&](const auto& metric) {
    out.Text("name", metric.first);
    out.Double("value", metric.second);
  });
}

Manifest ReadManifest(ArtifactReader& in) {
  Manifest manifest;
  manifest.name = in.Text("name", Schema::kMaxNameBytes);
  manifest.task = in.Choice<Task>("task", kTaskNames);
  manifest.model = in.Text("model", Schema::kMaxNameBytes);
  manifest.unit = in.Text("unit", Schema::kMaxNameBytes);
  manifest.classes = ReadClasses(manifest.task, in);
  manifest.threshold = in.FiniteDouble("threshold");
  manifest.threshold_rule = in.Text("threshold_rule", Schema::kMaxNameBytes);
  manifest.threshold_figure = in.FiniteDouble("threshold_figure");
  manifest.config_sha256 = in.Text("config_sha256", 64);
  manifest.data_sha256 = in.Text("data_sha256", 64);
  manifest.data_rows = in.U64("data_rows");
  manifest.seed = in.U64("seed");
  manifest.parameters = ReadParameters(in);
  manifest.libraries =
      ReadPairs("libraries", in, kMaxEntries, Schema::kMaxNameBytes);
  using Metric = std::pair<std::string, double>;
  manifest.metrics =
      in.Each<Metric>("metrics", kMaxEntries, 16, [&](Metric& metric) {
        metric.first = in.Text("name", Schema::kMaxNameBytes);
        metric.second = in.Double("value");
      });
  if (!IsModelName(manifest.name)) {
    in.Refuse("a model name of letters, digits, '.', '_' or '-'", "another");
  }
  return manifest;
}

void WriteSchema(const Schema& schema, ArtifactWriter& out) {
  const auto name_of = [&](std::optional<std::size_t> field) {
    return field ? schema.field(*field).name : std::string();
  };
  out.Text("id_field", name_of(schema.id_field()));
  out.Text("event_time_field", name_of(schema.event_time_field()));
  out.Each("fields", schema.fields(), [&](const Field& field) {
    out.Text("name", field.name);
    out.Choice("type", field.type, kFieldTypeNames);
    out.Bool("required", field.required);
    out.Text("unit", field.unit);
    out.Texts("categories", field.categories.values());
  });
}

Schema ReadSchema(ArtifactReader& in) {
  const std::string id = in.Text("id_field", Schema::kMaxNameBytes);
  const std::string event_time =
      in.Text("event_time_field", Schema::kMaxNameBytes);
  std::vector<Field> fields =
      in.Each<Field>("fields", Schema::kMaxFields, 26, [&](Field& field) {
        field.name = in.Text("name", Schema::kMaxNameBytes);
        field.type = in.Choice<FieldType>("type", kFieldTypeNames);
        field.required = in.Bool("required");
        field.unit = in.Text("unit", Schema::kMaxNameBytes);
        field.categories = Dictionary(in.Texts("categories"));
        if (field.type != FieldType::kCategory &&
            field.categories.size() != 0) {
          in.Refuse("categories only for a category field", field.name);
        }
      });
  return Schema(std::move(fields), id, event_time);
}

void WriteBaselines(const Baselines& baselines, ArtifactWriter& out) {
  out.U64("rows", baselines.rows);
  WriteMany("fields", baselines.fields, out);
  WriteMany("features", baselines.features, out);
  out.U64("score_rows", RowsOf(baselines.score));
  WriteMany("score", {baselines.score}, out);
}

Baselines ReadBaselines(ArtifactReader& in) {
  Baselines baselines;
  baselines.rows = in.U64("rows");
  baselines.fields = ReadMany("fields", in, baselines.rows);
  baselines.features = ReadMany("features", in, baselines.rows);
  const std::uint64_t score_rows = in.U64("score_rows");
  std::vector<Baseline> score = ReadMany("score", in, score_rows);
  if (score.size() != 1) {
    in.Refuse("one baseline of the score", std::to_string(score.size()));
  }
  baselines.score = std::move(score.front());
  return baselines;
}

void WriteVerification(const std::vector<VerificationRow>& rows,
                       ArtifactWriter& out) {
  out.Each("rows", rows, [&](const VerificationRow& row) {
    out.Text("event", row.event);
    out.Doubles("outputs", row.outputs);
  });
}

std::vector<VerificationRow> ReadVerification(ArtifactReader& in) {
  auto rows = in.Each<VerificationRow>(
      "rows", kMaxVerificationRows, 16, [&](VerificationRow& row) {
        row.event = in.Text("event", kMaxEventBytes);
        row.outputs = in.FiniteDoubles("outputs");
      });
  if (rows.empty()) in.Refuse("at least one verification row", "none");
  return rows;
}

}  // namespace tidemill
