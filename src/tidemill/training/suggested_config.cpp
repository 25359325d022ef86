#include "tidemill/training/suggested_config.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "tidemill/core/errors.h"
#include "tidemill/core/schema.h"

namespace tidemill {
namespace {

/// Up to so many values a category gets a column for each.
constexpr std::uint64_t kMaxOneHot = 30;

struct Suggested {
  std::string name;
  std::string type;  ///< of the schema
  bool required = false;
  std::vector<std::string> notes;  ///< of the profile
};

struct LeftOut {
  std::string name;
  std::string reason;
};

/// What becomes of each column.
struct Plan {
  std::vector<Suggested> fields;
  std::vector<LeftOut> left_out;
  std::string id;
  std::string event_time;
  std::vector<std::string> numbers;
  std::vector<std::string> few_values;
  std::vector<std::string> many_values;
  std::vector<std::string> times;
};

/// Why a column cannot or should not teach; "" when nothing speaks against it.
std::string ReasonToLeaveOut(const TableProfile& profile, std::size_t column,
                             const LeakageReport& leakage) {
  const ColumnSummary& summary = profile.columns[column];
  if (summary.name.empty()) return "it has no name";
  if (summary.name.size() > Schema::kMaxNameBytes)
    return "its name is too long";
  if (summary.type == GuessedType::kEmpty) return "no value in any row";
  if (summary.constant()) return "one value in every row";
  for (const LeakageSuspect& suspect : leakage.suspects) {
    if (suspect.column != column) continue;
    if (suspect.figure) {
      return fmt::format(
          "it alone tells the target ({} {:.3f}): is it known "
          "before the outcome?",
          leakage.measure, *suspect.figure);
    }
    return "its name says the outcome: is it known before?";
  }
  for (const auto& [copy, original] : profile.duplicate_columns) {
    if (copy != column) continue;
    return "the same as " + YamlScalar(profile.columns[original].name);
  }
  if (summary.type == GuessedType::kNested) return "objects or arrays";
  if (summary.type == GuessedType::kText) {
    return std::string(summary.many_words ? "a text of many words"
                                          : "hardly ever the same text twice") +
           " (as `text` it can go through a step for words)";
  }
  return "";
}

std::string FieldTypeOf(const TableProfile& profile,
                        const ColumnSummary& summary) {
  switch (summary.type) {
    case GuessedType::kBoolean:
    case GuessedType::kInteger:
    case GuessedType::kNumber:
    case GuessedType::kTimestamp:
    case GuessedType::kCategory:
      return std::string(ToText(summary.type));
    default:
      break;
  }
  // An id: JSON writes it as what it is; a CSV cell's sign would get lost.
  const bool number = summary.integers && (profile.json || !summary.signs);
  return number ? "integer" : "text";
}

void AddToPipeline(const ColumnSummary& summary, Plan& plan) {
  switch (summary.type) {
    case GuessedType::kBoolean:
    case GuessedType::kInteger:
    case GuessedType::kNumber:
      plan.numbers.push_back(summary.name);
      return;
    case GuessedType::kTimestamp:
      plan.times.push_back(summary.name);
      return;
    default:
      (summary.distinct <= kMaxOneHot ? plan.few_values : plan.many_values)
          .push_back(summary.name);
  }
}

Plan MakePlan(const TableProfile& profile, std::size_t target,
              const LeakageReport& leakage) {
  Plan plan;
  for (std::size_t i = 0; i < profile.columns.size(); ++i) {
    if (i == target) continue;
    const ColumnSummary& summary = profile.columns[i];
    std::string reason = ReasonToLeaveOut(profile, i, leakage);
    const bool id = summary.type == GuessedType::kId;
    if (reason.empty() && id && !plan.id.empty()) {
      reason = "another value in every row: there is an id already";
    }
    if (!reason.empty()) {
      for (const std::string& note : summary.notes) reason += "; " + note;
      plan.left_out.push_back({summary.name, reason});
      continue;
    }
    plan.fields.push_back({.name = summary.name,
                           .type = FieldTypeOf(profile, summary),
                           .required = id && summary.missing == 0,
                           .notes = summary.notes});
    if (id) {
      plan.id = summary.name;
      continue;
    }
    const bool time = summary.type == GuessedType::kTimestamp;
    if (time && plan.event_time.empty()) plan.event_time = summary.name;
    AddToPipeline(summary, plan);
  }
  if (plan.numbers.empty() && plan.few_values.empty() &&
      plan.many_values.empty() && plan.times.empty()) {
    throw DataError({.where = profile.name,
                     .expected = "a column to learn from beside the target",
                     .got = "none that could teach"});
  }
  return plan;
}

/// The model's name: the file's, as far as a name may hold it.
std::string ModelName(const std::string& path) {
  std::string stem = std::filesystem::path(path).filename().string();
  stem = stem.substr(0, stem.find('.'));
  std::string name;
  for (const char c : stem) {
    const bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                      (c >= '0' && c <= '9') || c == '_' || c == '-';
    name += good ? c : '-';
  }
  constexpr std::size_t kMaxBytes = 200;
  if (name.size() > kMaxBytes) name.resize(kMaxBytes);
  return name.empty() ? "model" : name;
}

/// The value whose probability the score is to be.
std::string PositiveClass(const ColumnSummary& target) {
  for (const ValueCount& value : target.classes) {
    std::string lower = value.value;
    std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    for (const char* word :
         {"yes", "y", "true", "t", "1", "1.0", "positive", "bad", "fraud"}) {
      if (lower == word) return value.value;
    }
  }
  return target.classes.back().value;  // The rarer one.
}

std::string TargetLines(const ColumnSummary& target, TargetKind kind) {
  const std::string column = YamlScalar(target.name);
  if (kind == TargetKind::kNumber) {
    return fmt::format(
        "# The value to be told. `min` and `max` leave out rows beyond them, "
        "`unit` is for\n# people.\n"
        "target: {{column: {}}}\n\nsplit: {{test_size: 0.2}}\n",
        column);
  }
  if (kind == TargetKind::kClasses) {
    return fmt::format(
        "target: {{column: {}}}   # {} classes\n\n"
        "split: {{test_size: 0.2, stratify: true}}\n",
        column, target.num_classes);
  }
  return fmt::format(
      "# The class `positive` is the one whose probability is the score.\n"
      "target:\n  column: {}\n  positive: {}\n\n"
      "split: {{test_size: 0.2, stratify: true}}\n",
      column, YamlScalar(PositiveClass(target)));
}

/// "          columns: [a, b]", or a line for each when they are many.
std::string ColumnsLine(const std::vector<std::string>& columns) {
  constexpr std::size_t kMaxWidth = 80;
  std::string line = "          columns: [";
  for (std::size_t i = 0; i < columns.size(); ++i) {
    line += (i > 0 ? ", " : "") + YamlScalar(columns[i]);
  }
  line += "]\n";
  if (line.size() <= kMaxWidth) return line;
  std::string lines = "          columns:\n";
  for (const std::string& column : columns) {
    lines += "            - " + YamlScalar(column) + "\n";
  }
  return lines;
}

std::string Transformer(const std::string& name,
                        const std::vector<std::string>& columns,
                        const std::string& comment, const std::string& steps) {
  if (columns.empty()) return "";
  return (comment.empty() ? "" : "        # " + comment + "\n") +
         "        - name: " + name + "\n" + ColumnsLine(columns) +
         "          steps:\n            - " + steps + "\n";
}

std::string PipelineLines(const Plan& plan) {
  return "pipeline:\n"
         "  - ColumnTransformer:\n"
         "      transformers:\n" +
         Transformer("numbers", plan.numbers, "",
                     "SimpleImputer: {strategy: median}") +
         Transformer("categories", plan.few_values,
                     "A column for each value; one that training never saw is "
                     "0 in all.",
                     "OneHotEncoder") +
         Transformer("many_values", plan.many_values,
                     "Each value becomes the mean target of its rows.",
                     "TargetEncoder") +
         Transformer("times", plan.times, "",
                     "DatetimeFeatures: {features_to_extract: [month, "
                     "day_of_week, hour]}");
}

/// A cell that a note shows may hold anything; a comment ends with its line.
std::string OnOneLine(std::string text) {
  for (char& c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20U || byte == 0x7FU) c = ' ';
  }
  return text;
}

std::string SchemaLines(const Plan& plan) {
  std::string text = "schema:\n";
  if (!plan.id.empty()) text += "  id: " + YamlScalar(plan.id) + "\n";
  if (!plan.event_time.empty()) {
    text += "  event_time: " + YamlScalar(plan.event_time) + "\n";
  }
  text += "  fields:\n";
  for (const Suggested& field : plan.fields) {
    for (const std::string& note : field.notes) {
      text += "    # " + OnOneLine(note) + "\n";
    }
    text += "    " + YamlScalar(field.name) + ": " +
            (field.required ? "{type: " + field.type + ", required: true}"
                            : field.type) +
            "\n";
  }
  if (plan.left_out.empty()) return text;
  text += "  # Left out:\n";
  for (const LeftOut& column : plan.left_out) {
    text += "  #   " + YamlScalar(column.name) + ": " +
            OnOneLine(column.reason) + "\n";
  }
  return text;
}

std::string_view TaskName(TargetKind kind) {
  return kind == TargetKind::kBinary    ? "binary"
         : kind == TargetKind::kClasses ? "multiclass"
                                        : "regression";
}

/// Words that some reader of YAML takes for something else.
bool IsTaken(const std::string& text) {
  static constexpr std::array<std::string_view, 10> kWords = {
      "true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan"};
  std::string lower = text;
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return std::find(kWords.begin(), kWords.end(), lower) != kWords.end();
}

bool IsPlain(const std::string& text) {
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  return !text.empty() && letter(text[0]) && !IsTaken(text) &&
         std::all_of(text.begin(), text.end(), [&](char c) {
           return letter(c) || (c >= '0' && c <= '9');
         });
}

}  // namespace

std::string YamlScalar(const std::string& text) {
  if (IsPlain(text)) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      quoted += {'\\', c};
    } else if (byte < 0x20U || byte == 0x7FU) {
      quoted += fmt::format("\\x{:02x}", byte);
    } else {
      quoted += c;
    }
  }
  return quoted + "\"";
}

std::string SuggestConfig(const TableProfile& profile, std::size_t target,
                          const LeakageReport& leakage,
                          const std::string& file_arguments) {
  const ColumnSummary& truth = profile.columns[target];
  const Plan plan = MakePlan(profile, target, leakage);
  const bool number = leakage.kind == TargetKind::kNumber;
  const std::string file = YamlScalar(profile.name);
  std::string text = fmt::format(
      "# What `tidemill train` may learn from {0}: a suggestion by what its\n"
      "# {1} rows hold. Take out what is not known when an event comes, then:\n"
      "#\n"
      "#   tidemill train THIS.yaml --data {0}{2} --out model.bin\n"
      "#\n"
      "# config/churn.train.yaml explains every key.\n",
      file, profile.rows, file_arguments);
  text += "name: " + YamlScalar(ModelName(profile.name)) + "\n";
  text += fmt::format("task: {}\nseed: 7\n\n", TaskName(leakage.kind));
  text += SchemaLines(plan) + "\n";
  text += TargetLines(truth, leakage.kind) + "\n";
  text += PipelineLines(plan) + "\n";
  text += fmt::format(
      "model:\n  {}:\n    n_estimators: 300\n    learning_rate: 0.05\n"
      "    max_depth: 4\n    subsample: 0.8\n    colsample_bytree: 0.8\n",
      number ? "XGBRegressor" : "XGBClassifier");
  return text;
}

}  // namespace tidemill
