#include "tidemill/cli/inspect_data.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tidemill/cli/format_options.h"
#include "tidemill/cli/one_line.h"
#include "tidemill/cli/progress_display.h"
#include "tidemill/cli/text_table.h"
#include "tidemill/core/clock.h"
#include "tidemill/core/errors.h"
#include "tidemill/core/parameters.h"
#include "tidemill/core/timestamp.h"
#include "tidemill/data/leakage.h"
#include "tidemill/data/table_profile.h"
#include "tidemill/training/suggested_config.h"

namespace tidemill {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kShownValues = 5;

TableProfile Profile(const DataFile& file) {
  const SystemClock clock;
  const std::unique_ptr<Progress> progress = MakeProgress(clock);
  bool begun = false;
  return ProfileTable(file, [&](std::size_t position, std::size_t size) {
    if (!begun) progress->Begin("reading " + OneLine(file.name), size);
    begun = true;
    progress->Advance(position);
  });
}

std::size_t FindColumn(const TableProfile& profile, const std::string& name,
                       const std::string& option) {
  const std::size_t column = profile.Find(name);
  if (column < profile.columns.size()) return column;
  std::vector<std::string> known;
  for (const ColumnSummary& summary : profile.columns) {
    known.push_back(summary.name);
  }
  const std::string nearest = NearestName(name, known);
  throw UsageError(
      {.where = option,
       .expected =
           "a column of " + profile.name +
           (nearest.empty() ? "" : " (did you mean '" + nearest + "'?)"),
       .got = "'" + name + "'"});
}

std::size_t TerminalWidth() {
  constexpr std::size_t kDefault = 100;
  constexpr std::size_t kLeast = 60;
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) {
    return kDefault;
  }
  return std::max<std::size_t>(kLeast, size.ws_col);
}

/// Cut between two characters, with "..." for the rest.
std::string Cut(const std::string& text, std::size_t width) {
  std::size_t characters = 0;
  std::size_t end = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0U) == 0x80U) continue;
    if (characters + 3 == width) end = i;
    ++characters;
  }
  return characters <= width ? text : text.substr(0, end) + "...";
}

std::string Share(std::uint64_t part, std::uint64_t whole) {
  if (part == 0) return "0";
  const double percent =
      100.0 * static_cast<double>(part) / static_cast<double>(whole);
  return percent < 0.1 ? fmt::format("{} (<0.1%)", part)
                       : fmt::format("{} ({:.1f}%)", part, percent);
}

std::string TimeText(double utc_us) {
  std::string text = UtcText(static_cast<std::int64_t>(utc_us));
  // Without a fraction that is none.
  constexpr std::string_view kNone = ".000000Z";
  if (text.ends_with(kNone)) {
    text.replace(text.size() - kNone.size(), kNone.size(), "Z");
  }
  return text;
}

std::string ValuesText(const ColumnSummary& column) {
  switch (column.type) {
    case GuessedType::kInteger:
    case GuessedType::kNumber:
      return fmt::format("{:.6g} to {:.6g}, mean {:.6g}", column.minimum,
                         column.maximum, column.mean);
    case GuessedType::kTimestamp:
      return TimeText(column.minimum) + " to " + TimeText(column.maximum);
    case GuessedType::kEmpty:
      return "";
    case GuessedType::kId:
    case GuessedType::kText:
    case GuessedType::kNested:
      return "e.g. " + column.example;
    case GuessedType::kBoolean:
    case GuessedType::kCategory:
      break;
  }
  if (column.top.empty()) return "e.g. " + column.example;
  std::string text;
  const double values = static_cast<double>(column.rows - column.missing);
  for (std::size_t i = 0; i < std::min(kShownValues, column.top.size()); ++i) {
    text +=
        fmt::format("{}{} {:.0f}%", i > 0 ? ", " : "", column.top[i].value,
                    100.0 * static_cast<double>(column.top[i].count) / values);
  }
  return text;
}

std::string ColumnsTable(const TableProfile& profile) {
  constexpr std::size_t kNameWidth = 28;
  constexpr std::size_t kGaps = 4 * 2;
  TextTable table({"column", "type", "missing", "distinct", "values"});
  std::size_t name_width = 6;
  std::size_t other_width = 9 + 7 + 8;
  std::size_t missing_width = 7;
  for (const ColumnSummary& column : profile.columns) {
    name_width = std::max(name_width, std::min(kNameWidth, column.name.size()));
    missing_width =
        std::max(missing_width, Share(column.missing, column.rows).size());
  }
  other_width += missing_width - 7;
  const std::size_t width = TerminalWidth();
  const std::size_t taken = name_width + other_width + kGaps;
  const std::size_t left =
      std::max<std::size_t>(20, width > taken ? width - taken : 0);
  for (const ColumnSummary& column : profile.columns) {
    table.Add(
        {Cut(OneLine(column.name), kNameWidth),
         std::string(ToText(column.type)), Share(column.missing, column.rows),
         (column.distinct_exact ? "" : "~") + std::to_string(column.distinct),
         Cut(OneLine(ValuesText(column)), left)});
  }
  return table.Text();
}

std::string FormatText(const TableProfile& profile) {
  if (profile.json) return "JSON lines";
  switch (profile.separator) {
    case ',':
      return "CSV";
    case '\t':
      return "CSV with tabs";
    default:
      return fmt::format("CSV with '{}'", profile.separator);
  }
}

/// What is worth a second look, one line each.
std::vector<std::string> Remarks(const TableProfile& profile) {
  std::vector<std::string> remarks;
  const auto quoted = [&](std::size_t column) {
    return "'" + profile.columns[column].name + "'";
  };
  if (profile.duplicate_rows > 0) {
    remarks.push_back("duplicate rows: " +
                      Share(profile.duplicate_rows, profile.rows_compared));
  }
  if (profile.rows_compared < profile.rows) {
    remarks.push_back(
        fmt::format("duplicate rows were looked for in the first "
                    "{} rows only",
                    profile.rows_compared));
  }
  for (const auto& [copy, original] : profile.duplicate_columns) {
    remarks.push_back(fmt::format("duplicate column: {} is {} in every row",
                                  quoted(copy), quoted(original)));
  }
  for (std::size_t i = 0; i < profile.columns.size(); ++i) {
    const ColumnSummary& column = profile.columns[i];
    if (column.constant()) {
      remarks.push_back("constant: " + quoted(i) + " is '" + column.example +
                        "' in every row");
    }
    if (column.type == GuessedType::kEmpty) {
      remarks.push_back("empty: " + quoted(i) + " has no value in any row");
    }
    for (const std::string& note : column.notes) {
      remarks.push_back(quoted(i) + ": " + note);
    }
  }
  return remarks;
}

std::string LeakageText(const TableProfile& profile, std::size_t target,
                        const LeakageReport& report) {
  const std::string name = OneLine(profile.columns[target].name);
  std::string text = fmt::format(
      "\nleakage suspects for '{}' ({} of {:.2f} and more by one column alone, "
      "or a telling name)\n",
      name, report.measure, report.limit);
  if (report.rows == 0) {
    text += "  too few rows of each class for figures\n";
  }
  for (const LeakageSuspect& suspect : report.suspects) {
    text += fmt::format(
        "  {:<28} {}\n", OneLine(profile.columns[suspect.column].name),
        suspect.figure
            ? fmt::format("{} {:.4f}", report.measure, *suspect.figure)
            : std::string("by its name only"));
  }
  if (report.suspects.empty()) text += "  none\n";
  return text;
}

std::string Text(const TableProfile& profile, std::optional<std::size_t> target,
                 const LeakageReport* leakage) {
  std::string text =
      fmt::format("{}: {}, {} rows, {} columns\n\n", OneLine(profile.name),
                  FormatText(profile), profile.rows, profile.columns.size());
  text += ColumnsTable(profile);
  const bool estimated = std::any_of(
      profile.columns.begin(), profile.columns.end(),
      [](const ColumnSummary& column) { return !column.distinct_exact; });
  if (estimated) text += "~ an estimate, about 2% off\n";
  const std::vector<std::string> remarks = Remarks(profile);
  if (!remarks.empty()) text += "\n";
  for (const std::string& remark : remarks) text += OneLine(remark) + "\n";
  if (leakage != nullptr) text += LeakageText(profile, *target, *leakage);
  return text;
}

Json ColumnJson(const ColumnSummary& column) {
  Json json = {{"name", column.name},
               {"type", ToText(column.type)},
               {"missing", column.missing},
               {"missing_share", static_cast<double>(column.missing) /
                                     static_cast<double>(column.rows)},
               {"distinct", column.distinct},
               {"distinct_exact", column.distinct_exact},
               {"constant", column.constant()}};
  const bool time = column.type == GuessedType::kTimestamp;
  if (time) {
    json["min"] = TimeText(column.minimum);
    json["max"] = TimeText(column.maximum);
  } else if (column.type == GuessedType::kInteger ||
             column.type == GuessedType::kNumber) {
    json["min"] = column.minimum;
    json["max"] = column.maximum;
    json["mean"] = column.mean;
  }
  Json top = Json::array();
  for (std::size_t i = 0; i < std::min(kShownValues, column.top.size()); ++i) {
    top.push_back(
        {{"value", column.top[i].value}, {"count", column.top[i].count}});
  }
  json["top"] = std::move(top);
  json["notes"] = column.notes;
  return json;
}

Json ToJson(const TableProfile& profile, std::optional<std::size_t> target,
            const LeakageReport* leakage) {
  Json json = {{"file", profile.name},
               {"format", profile.json ? "jsonl" : "csv"}};
  if (!profile.json) json["separator"] = std::string(1, profile.separator);
  json["rows"] = profile.rows;
  json["duplicate_rows"] = profile.duplicate_rows;
  json["rows_compared"] = profile.rows_compared;
  Json copies = Json::array();
  for (const auto& [copy, original] : profile.duplicate_columns) {
    copies.push_back({{"column", profile.columns[copy].name},
                      {"same_as", profile.columns[original].name}});
  }
  json["duplicate_columns"] = std::move(copies);
  Json columns = Json::array();
  for (const ColumnSummary& column : profile.columns) {
    columns.push_back(ColumnJson(column));
  }
  json["columns"] = std::move(columns);
  if (leakage == nullptr) return json;
  Json suspects = Json::array();
  for (const LeakageSuspect& suspect : leakage->suspects) {
    Json one = {{"column", profile.columns[suspect.column].name},
                {"by_name", suspect.by_name}};
    if (suspect.figure) one["figure"] = *suspect.figure;
    suspects.push_back(std::move(one));
  }
  json["leakage"] = {{"target", profile.columns[*target].name},
                     {"measure", leakage->measure},
                     {"limit", leakage->limit},
                     {"rows", leakage->rows},
                     {"suspects", std::move(suspects)}};
  return json;
}

}  // namespace

std::string DescribeData(const DataFile& file,
                         const InspectDataOptions& options) {
  CheckReadable({file});
  const TableProfile profile = Profile(file);
  if (!options.suggest.empty()) {
    const std::size_t target =
        FindColumn(profile, options.suggest, "--suggest");
    return SuggestConfig(profile, target, FindLeakage(profile, target),
                         FormatArguments(file.format));
  }
  std::optional<std::size_t> target;
  std::optional<LeakageReport> leakage;
  if (!options.target.empty()) {
    target = FindColumn(profile, options.target, "--target");
    leakage = FindLeakage(profile, *target);
  }
  const LeakageReport* found = leakage ? &*leakage : nullptr;
  if (!options.json) return Text(profile, target, found);
  return ToJson(profile, target, found)
             .dump(2, ' ', false, Json::error_handler_t::replace) +
         "\n";
}

}  // namespace tidemill
