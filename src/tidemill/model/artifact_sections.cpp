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
  out.Text(baseline.name);
  out.U8(static_cast<std::uint8_t>(baseline.kind));
  out.Doubles(baseline.edges);
  out.Texts(baseline.categories);
  out.U64s(baseline.counts);
  out.U64(baseline.missing);
  out.Double(baseline.mean);
  out.Double(baseline.standard_deviation);
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
  baseline.name = in.Text();
  baseline.kind = in.Choice<BaselineKind>(2);
  baseline.edges = in.FiniteDoubles();
  baseline.categories = in.Texts();
  baseline.counts = in.U64s();
  baseline.missing = in.U64();
  baseline.mean = in.Double();
  baseline.standard_deviation = in.Double();
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

void WriteMany(const std::vector<Baseline>& baselines, ArtifactWriter& out) {
  out.U64(baselines.size());
  for (const Baseline& baseline : baselines) WriteBaseline(baseline, out);
}

std::vector<Baseline> ReadMany(ArtifactReader& in, std::uint64_t rows) {
  const std::size_t count = in.Count(kMaxColumns, 57);
  std::vector<Baseline> baselines;
  for (std::size_t i = 0; i < count; ++i) {
    baselines.push_back(ReadBaseline(in, rows));
  }
  return baselines;
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

void WritePairs(const std::vector<std::pair<std::string, std::string>>& pairs,
                ArtifactWriter& out) {
  out.U64(pairs.size());
  for (const auto& [name, value] : pairs) {
    out.Text(name);
    out.Text(value);
  }
}

std::vector<std::pair<std::string, std::string>> ReadPairs(
    ArtifactReader& in, std::size_t max_count, std::size_t max_bytes) {
  const std::size_t count = in.Count(max_count, 16);
  std::vector<std::pair<std::string, std::string>> pairs;
  for (std::size_t i = 0; i < count; ++i) {
    std::string name = in.Text(max_bytes);
    pairs.emplace_back(std::move(name), in.Text(max_bytes));
  }
  return pairs;
}

std::vector<std::pair<std::string, std::string>> ReadParameters(
    ArtifactReader& in) {
  auto parameters = ReadPairs(in, kMaxParameters, kMaxParameterBytes);
  std::unordered_set<std::string_view> names;
  for (const auto& [name, value] : parameters) {
    if (!names.insert(name).second) {
      in.Refuse("each parameter once", "'" + name + "' twice");
    }
  }
  return parameters;
}

std::vector<std::string> ReadClasses(Task task, ArtifactReader& in) {
  std::vector<std::string> classes = in.Texts();
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
  out.Text(manifest.name);
  out.U8(static_cast<std::uint8_t>(manifest.task));
  out.Text(manifest.model);
  out.Text(manifest.unit);
  out.Texts(manifest.classes);
  out.Double(manifest.threshold);
  out.Text(manifest.threshold_rule);
  out.Double(manifest.threshold_figure);
  out.Text(manifest.config_sha256);
  out.Text(manifest.data_sha256);
  out.U64(manifest.data_rows);
  out.U64(manifest.seed);
  WritePairs(manifest.parameters, out);
  WritePairs(manifest.libraries, out);
  out.U64(manifest.metrics.size());
  for (const auto& [name, value] : manifest.metrics) {
    out.Text(name);
    out.Double(value);
  }
}

Manifest ReadManifest(ArtifactReader& in) {
  Manifest manifest;
  manifest.name = in.Text(Schema::kMaxNameBytes);
  manifest.task = in.Choice<Task>(kNumTasks);
  manifest.model = in.Text(Schema::kMaxNameBytes);
  manifest.unit = in.Text(Schema::kMaxNameBytes);
  manifest.classes = ReadClasses(manifest.task, in);
  manifest.threshold = in.FiniteDouble();
  manifest.threshold_rule = in.Text(Schema::kMaxNameBytes);
  manifest.threshold_figure = in.FiniteDouble();
  manifest.config_sha256 = in.Text(64);
  manifest.data_sha256 = in.Text(64);
  manifest.data_rows = in.U64();
  manifest.seed = in.U64();
  manifest.parameters = ReadParameters(in);
  manifest.libraries = ReadPairs(in, kMaxEntries, Schema::kMaxNameBytes);
  const std::size_t metrics = in.Count(kMaxEntries, 16);
  for (std::size_t i = 0; i < metrics; ++i) {
    std::string name = in.Text(Schema::kMaxNameBytes);
    manifest.metrics.emplace_back(std::move(name), in.Double());
  }
  if (!IsModelName(manifest.name)) {
    in.Refuse("a model name of letters, digits, '.', '_' or '-'", "another");
  }
  return manifest;
}

void WriteSchema(const Schema& schema, ArtifactWriter& out) {
  const auto name_of = [&](std::optional<std::size_t> field) {
    return field ? schema.field(*field).name : std::string();
  };
  out.Text(name_of(schema.id_field()));
  out.Text(name_of(schema.event_time_field()));
  out.U64(schema.size());
  for (const Field& field : schema.fields()) {
    out.Text(field.name);
    out.U8(static_cast<std::uint8_t>(field.type));
    out.Bool(field.required);
    out.Text(field.unit);
    out.Texts(field.categories.values());
  }
}

Schema ReadSchema(ArtifactReader& in) {
  const std::string id = in.Text(Schema::kMaxNameBytes);
  const std::string event_time = in.Text(Schema::kMaxNameBytes);
  std::vector<Field> fields(in.Count(Schema::kMaxFields, 26));
  for (Field& field : fields) {
    field.name = in.Text(Schema::kMaxNameBytes);
    field.type = in.Choice<FieldType>(kNumFieldTypes);
    field.required = in.Bool();
    field.unit = in.Text(Schema::kMaxNameBytes);
    field.categories = Dictionary(in.Texts());
    if (field.type != FieldType::kCategory && field.categories.size() != 0) {
      in.Refuse("categories only for a category field", field.name);
    }
  }
  return Schema(std::move(fields), id, event_time);
}

void WriteBaselines(const Baselines& baselines, ArtifactWriter& out) {
  out.U64(baselines.rows);
  WriteMany(baselines.fields, out);
  WriteMany(baselines.features, out);
  out.U64(RowsOf(baselines.score));
  WriteBaseline(baselines.score, out);
}

Baselines ReadBaselines(ArtifactReader& in) {
  Baselines baselines;
  baselines.rows = in.U64();
  baselines.fields = ReadMany(in, baselines.rows);
  baselines.features = ReadMany(in, baselines.rows);
  const std::uint64_t score_rows = in.U64();
  baselines.score = ReadBaseline(in, score_rows);
  return baselines;
}

void WriteVerification(const std::vector<VerificationRow>& rows,
                       ArtifactWriter& out) {
  out.U64(rows.size());
  for (const VerificationRow& row : rows) {
    out.Text(row.event);
    out.Doubles(row.outputs);
  }
}

std::vector<VerificationRow> ReadVerification(ArtifactReader& in) {
  const std::size_t count = in.Count(kMaxVerificationRows, 16);
  if (count == 0) in.Refuse("at least one verification row", "none");
  std::vector<VerificationRow> rows;
  for (std::size_t i = 0; i < count; ++i) {
    std::string event = in.Text(kMaxEventBytes);
    rows.push_back({.event = std::move(event), .outputs = in.FiniteDoubles()});
  }
  return rows;
}

}  // namespace tidemill
