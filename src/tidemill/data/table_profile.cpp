#include "tidemill/data/table_profile.h"

#include <xxhash.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <span>
#include <unordered_map>

#include <nlohmann/json.hpp>

#include "tidemill/core/errors.h"
#include "tidemill/core/random.h"
#include "tidemill/core/schema.h"
#include "tidemill/data/csv_table.h"
#include "tidemill/data/line_reader.h"
#include "tidemill/wire/field_values.h"

namespace tidemill {
namespace {

constexpr std::size_t kMaxComparedRows = 4'000'000;
constexpr std::uint64_t kSampleSeed = 2026;

/// Rows of values become a profile.
class Profiler {
 public:
  explicit Profiler(char decimal) : decimal_(decimal) {}

  /// The place of a column that may be new.
  std::size_t Column(const std::string& name, const RowPlace& place) {
    const auto [entry, added] = by_name_.try_emplace(name, columns_.size());
    if (!added) return entry->second;
    if (columns_.size() == Schema::kMaxFields) {
      throw DataError({.where = place.Text(),
                       .expected = "at most " +
                                   std::to_string(Schema::kMaxFields) +
                                   " columns in all",
                       .got = "more, '" + name + "' among them"});
    }
    columns_.emplace_back(name, profile_.rows, decimal_, budget_);
    content_.push_back(0);
    profile_.sample.columns.emplace_back(profile_.sample.rows);
    return entry->second;
  }
  std::size_t num_columns() const { return columns_.size(); }

  /// One value for every column so far.
  void Add(std::span<const CellValue> values, std::size_t line) {
    seen_.clear();
    hashes_.clear();
    for (std::size_t i = 0; i < values.size(); ++i) {
      seen_.push_back(columns_[i].Add(values[i], line));
      hashes_.push_back(seen_.back().hash);
      // A sum over rows, so that a column that comes late is not behind.
      content_[i] +=
          XXH3_64bits_withSeed(&hashes_[i], sizeof hashes_[i], profile_.rows);
    }
    CompareRow();
    DrawRow();
    ++profile_.rows;
  }

  TableProfile Finish() {
    for (ColumnProfile& column : columns_) {
      profile_.columns.push_back(column.Summary());
    }
    FindDuplicateColumns();
    return std::move(profile_);
  }

 private:
  void CompareRow() {
    if (rows_.full()) return;
    // What is missing at the end may be columns that are yet to come.
    while (!hashes_.empty() && hashes_.back() == 0) hashes_.pop_back();
    const bool is_new = rows_.Insert(
        XXH3_64bits(hashes_.data(), hashes_.size() * sizeof(std::uint64_t)));
    profile_.duplicate_rows += !is_new;
    ++profile_.rows_compared;
  }

  /// Vitter's algorithm R.
  void DrawRow() {
    RowSample& sample = profile_.sample;
    const std::size_t room =
        std::min(RowSample::kMaxRows, RowSample::kMaxCells / seen_.size());
    std::size_t place = sample.rows;
    if (sample.rows < room) {
      ++sample.rows;
      for (auto& column : sample.columns) column.emplace_back();
    } else {
      place = random_.Below(profile_.rows + 1);
      if (place >= sample.rows) return;
    }
    for (std::size_t i = 0; i < seen_.size(); ++i) {
      sample.columns[i][place] = seen_[i];
    }
  }

  void FindDuplicateColumns() {
    std::unordered_map<std::uint64_t, std::size_t> first;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (profile_.columns[i].type == GuessedType::kEmpty) continue;
      const auto [entry, added] = first.try_emplace(content_[i], i);
      if (!added) profile_.duplicate_columns.emplace_back(i, entry->second);
    }
  }

  char decimal_;
  CountBudget budget_;
  TableProfile profile_;
  std::vector<ColumnProfile> columns_;
  std::vector<std::uint64_t> content_;  ///< per column, of all its values
  std::unordered_map<std::string, std::size_t> by_name_;
  HashSet rows_{kMaxComparedRows};
  Random random_{kSampleSeed};
  std::vector<ColumnProfile::Seen> seen_;
  std::vector<std::uint64_t> hashes_;
};

using Json = nlohmann::ordered_json;

/// `text` keeps the text of a number.
CellValue ValueOf(const Json& json, std::string& text) {
  using Kind = CellValue::Kind;
  if (json.is_null()) return {};
  if (json.is_string()) {
    return {Kind::kText, json.get_ref<const std::string&>()};
  }
  text = json.dump();
  if (json.is_boolean()) return {Kind::kBoolean, text};
  if (json.is_number()) return {Kind::kNumber, text};
  return {Kind::kNested, text};
}

Json ParseObject(const std::string& line, const RowPlace& place) {
  const auto refuse = [&](const std::string& got) {
    throw DataError({.where = place.Text(),
                     .expected = "a JSON object on one line",
                     .got = got});
  };
  if (line.size() > kMaxRecordBytes) {
    refuse("more than " + std::to_string(kMaxRecordBytes) + " bytes");
  }
  // Deeper than any event may be; the parser would follow for ever.
  constexpr int kMaxDepth = 64;
  const auto limit = [](int depth, Json::parse_event_t, Json&) {
    return depth <= kMaxDepth;
  };
  Json json = Json::parse(line, limit, false);
  if (json.is_discarded()) refuse("text that is none");
  if (!json.is_object()) refuse(std::string("a JSON ") + json.type_name());
  return json;
}

void ReadJson(const DataFile& file, DataText& text, Profiler& profiler,
              const ReadProgress& progress) {
  LineReader reader(text.text(), kMaxRecordBytes);
  RowPlace place{.file = &file.name, .line = 0};
  std::string line;
  std::vector<CellValue> values;
  while (reader.Read(line)) {
    ++place.line;
    if (IsBlank(line)) continue;
    const Json json = ParseObject(line, place);
    std::vector<std::string> texts(json.size());
    std::vector<std::size_t> columns;
    for (const auto& item : json.items()) {
      columns.push_back(profiler.Column(item.key(), place));
    }
    values.assign(profiler.num_columns(), CellValue{});
    std::size_t i = 0;
    for (const auto& item : json.items()) {
      values[columns[i]] = ValueOf(item.value(), texts[i]);
      ++i;
    }
    if (!values.empty()) profiler.Add(values, place.line);
    progress(text.position(), text.size());
  }
}

char ReadCsv(const DataFile& file, DataText& text, Profiler& profiler,
             const ReadProgress& progress) {
  CsvTable table(text.text(), file);
  for (const std::string& name : table.columns()) {
    profiler.Column(name, table.place());
  }
  std::vector<CellValue> values(table.columns().size());
  while (table.Next()) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      values[i] = {CellValue::Kind::kCell, table.cells()[i]};
    }
    profiler.Add(values, table.place().line);
    progress(text.position(), text.size());
  }
  return table.separator();
}

}  // namespace

std::size_t TableProfile::Find(const std::string& column) const {
  const auto place = std::find_if(
      columns.begin(), columns.end(),
      [&](const ColumnSummary& summary) { return summary.name == column; });
  return static_cast<std::size_t>(place - columns.begin());
}

TableProfile ProfileTable(const DataFile& file, const ReadProgress& progress) {
  DataText text(file);
  Profiler profiler(file.format.decimal);
  char separator = '\0';
  if (text.is_json()) {
    ReadJson(file, text, profiler, progress);
  } else {
    separator = ReadCsv(file, text, profiler, progress);
  }
  TableProfile profile = profiler.Finish();
  profile.name = file.name;
  profile.json = text.is_json();
  profile.separator = separator;
  if (profile.rows == 0) {
    throw DataError(
        {.where = file.name,
         .expected = "rows to look at",
         .got = profile.columns.empty() ? "an empty file" : "a header only"});
  }
  return profile;
}

}  // namespace tidemill
