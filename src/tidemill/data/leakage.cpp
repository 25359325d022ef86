#include "tidemill/data/leakage.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "tidemill/core/errors.h"
#include "tidemill/data/name_words.h"

namespace tidemill {
namespace {

constexpr std::size_t kMinRows = 100;
constexpr std::size_t kMinOfClass = 10;
constexpr std::size_t kBins = 64;
constexpr double kAucLimit = 0.98;
constexpr double kR2Limit = 0.95;
constexpr double kAccuracyLimit = 0.98;
constexpr double kDullShare = 0.95;

/// One row of the sample that has a target.
struct Row {
  std::size_t place = 0;
  double value = 0.0;       ///< of a number; 0 or 1 of two classes
  std::uint64_t klass = 0;  ///< hash of the target
};

bool IsMeasured(GuessedType type) {
  return type == GuessedType::kNumber || type == GuessedType::kInteger ||
         type == GuessedType::kTimestamp || type == GuessedType::kBoolean;
}

std::vector<Row> RowsWithTarget(const TableProfile& profile, std::size_t target,
                                TargetKind kind) {
  std::vector<Row> rows;
  const auto& column = profile.sample.columns[target];
  const auto& spellings = profile.columns[target].spellings;
  std::uint64_t first = 0;
  for (std::size_t i = 0; i < profile.sample.rows; ++i) {
    if (column[i].hash == 0) continue;
    const auto spelling = spellings.find(column[i].hash);
    const std::uint64_t klass =
        spelling == spellings.end() ? column[i].hash : spelling->second;
    if (first == 0) first = klass;
    rows.push_back({.place = i,
                    .value = kind == TargetKind::kNumber
                                 ? column[i].number
                                 : static_cast<double>(klass == first),
                    .klass = klass});
  }
  return rows;
}

/// The bin of each row of the sample: by quantiles of the teaching rows, or by
/// value. 0 is missing.
std::vector<std::uint64_t> BinsOf(const TableProfile& profile,
                                  std::size_t column,
                                  const std::vector<Row>& teaching) {
  const auto& cells = profile.sample.columns[column];
  std::vector<std::uint64_t> bins(cells.size(), 0);
  if (!IsMeasured(profile.columns[column].type)) {
    for (std::size_t i = 0; i < cells.size(); ++i) bins[i] = cells[i].hash;
    return bins;
  }
  std::vector<double> sorted;
  for (const Row& row : teaching) {
    if (cells[row.place].hash != 0) sorted.push_back(cells[row.place].number);
  }
  std::sort(sorted.begin(), sorted.end());
  std::vector<double> edges;
  for (std::size_t i = 1; i < kBins && !sorted.empty(); ++i) {
    edges.push_back(sorted[i * sorted.size() / kBins]);
  }
  edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (cells[i].hash == 0) continue;
    bins[i] =
        1 + static_cast<std::uint64_t>(
                std::upper_bound(edges.begin(), edges.end(), cells[i].number) -
                edges.begin());
  }
  return bins;
}

/// The mean of the target in each bin, for the rows to be judged.
std::vector<double> Means(const std::vector<std::uint64_t>& bins,
                          const std::vector<Row>& teaching,
                          const std::vector<Row>& judged) {
  struct Sum {
    double value = 0.0;
    double count = 0.0;
  };
  Sum all;
  std::unordered_map<std::uint64_t, Sum> sums;
  for (const Row& row : teaching) {
    for (Sum* sum : {&all, &sums[bins[row.place]]}) {
      sum->value += row.value;
      sum->count += 1.0;
    }
  }
  std::vector<double> means;
  for (const Row& row : judged) {
    const auto known = sums.find(bins[row.place]);
    const Sum& sum = known == sums.end() ? all : known->second;
    means.push_back(sum.value / sum.count);
  }
  return means;
}

/// The chance that a row of class 1 has the higher score; ties count half.
/// Whichever class is called 1.
double Auc(const std::vector<double>& scores, const std::vector<Row>& judged) {
  std::map<double, std::pair<double, double>> counts;
  double positive = 0.0;
  double negative = 0.0;
  for (std::size_t i = 0; i < judged.size(); ++i) {
    auto& [of_one, of_other] = counts[scores[i]];
    const bool one = judged[i].value > 0.5;
    (one ? of_one : of_other) += 1.0;
    (one ? positive : negative) += 1.0;
  }
  double below = 0.0;
  double won = 0.0;
  for (const auto& [score, count] : counts) {
    won += count.first * (below + 0.5 * count.second);
    below += count.second;
  }
  const double auc = won / (positive * negative);
  return std::max(auc, 1.0 - auc);
}

double R2(const std::vector<double>& scores, const std::vector<Row>& judged) {
  double mean = 0.0;
  for (const Row& row : judged) mean += row.value;
  mean /= static_cast<double>(judged.size());
  double left = 0.0;
  double all = 0.0;
  for (std::size_t i = 0; i < judged.size(); ++i) {
    left += (judged[i].value - scores[i]) * (judged[i].value - scores[i]);
    all += (judged[i].value - mean) * (judged[i].value - mean);
  }
  return all > 0.0 ? 1.0 - left / all : 0.0;
}

std::uint64_t MostFrequent(const std::map<std::uint64_t, std::size_t>& counts) {
  return std::max_element(
             counts.begin(), counts.end(),
             [](const auto& a, const auto& b) { return a.second < b.second; })
      ->first;
}

double Accuracy(const std::vector<std::uint64_t>& bins,
                const std::vector<Row>& teaching,
                const std::vector<Row>& judged) {
  std::map<std::uint64_t, std::size_t> all;
  std::unordered_map<std::uint64_t, std::map<std::uint64_t, std::size_t>> parts;
  for (const Row& row : teaching) {
    ++all[row.klass];
    ++parts[bins[row.place]][row.klass];
  }
  double right = 0.0;
  for (const Row& row : judged) {
    const auto known = parts.find(bins[row.place]);
    right +=
        row.klass == MostFrequent(known == parts.end() ? all : known->second);
  }
  return right / static_cast<double>(judged.size());
}

/// Enough rows of at least two classes, none of which is nearly all.
bool CanJudge(TargetKind kind, const std::vector<Row>& rows) {
  if (rows.size() < kMinRows) return false;
  if (kind == TargetKind::kNumber) return true;
  std::map<std::uint64_t, std::size_t> counts;
  for (const Row& row : rows) ++counts[row.klass];
  if (counts.size() < 2) return false;
  const std::size_t most = counts[MostFrequent(counts)];
  if (kind == TargetKind::kBinary) return rows.size() - most >= kMinOfClass;
  return static_cast<double>(most) <
         kDullShare * static_cast<double>(rows.size());
}

/// Both classes in both halves, whatever the order of the rows.
void Halve(std::vector<Row> rows, std::vector<Row>& teaching,
           std::vector<Row>& judged) {
  std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
    return a.klass < b.klass;
  });
  for (std::size_t i = 0; i < rows.size(); ++i) {
    (i % 2 == 0 ? teaching : judged).push_back(rows[i]);
  }
}

bool NameTells(const std::string& name, const std::string& target) {
  const std::vector<std::string> words = NameWords(name);
  const auto has = [&](const std::string& word) {
    return std::find(words.begin(), words.end(), word) != words.end();
  };
  for (const char* word :
       {"label", "outcome", "predicted", "prediction", "target"}) {
    if (has(word)) return true;
  }
  const std::vector<std::string> wanted = NameWords(target);
  return !wanted.empty() && std::all_of(wanted.begin(), wanted.end(), has);
}

/// What may explain that the column is no target; "" when nothing does.
std::string NotesText(const TableProfile& profile, std::size_t target) {
  std::string text;
  for (const std::string& note : profile.columns[target].notes) {
    text += "; " + note;
  }
  if (!text.empty()) return text;
  for (const ColumnSummary& column : profile.columns) {
    if (!column.decimal_commas) continue;
    return "; '" + column.name +
           "' holds numbers with a decimal comma: say --decimal ,";
  }
  return "";
}

}  // namespace

TargetKind TargetKindOf(const TableProfile& profile, std::size_t column) {
  const ColumnSummary& summary = profile.columns[column];
  const auto refuse = [&](const std::string& got) {
    throw DataError({.where = profile.name + ", column '" + summary.name + "'",
                     .expected = "a target: two or more classes, or a number",
                     .got = got + NotesText(profile, column)});
  };
  if (summary.decimal_commas) refuse("texts");
  if (summary.type == GuessedType::kEmpty) refuse("no value in any row");
  if (summary.num_classes == 1) refuse("one value, '" + summary.example + "'");
  if (summary.distinct_exact && summary.num_classes == 2 &&
      summary.type != GuessedType::kNested) {
    return TargetKind::kBinary;
  }
  switch (summary.type) {
    case GuessedType::kNumber:
      return TargetKind::kNumber;
    case GuessedType::kInteger:
      return summary.num_classes <= kMaxNumberClasses ? TargetKind::kClasses
                                                      : TargetKind::kNumber;
    case GuessedType::kCategory:
      return TargetKind::kClasses;
    default:
      refuse("a column of type " + std::string(ToText(summary.type)));
  }
  return TargetKind::kNumber;
}

LeakageReport FindLeakage(const TableProfile& profile, std::size_t target) {
  LeakageReport report;
  report.kind = TargetKindOf(profile, target);
  const bool binary = report.kind == TargetKind::kBinary;
  const bool number = report.kind == TargetKind::kNumber;
  report.measure = binary ? "AUC" : number ? "R2" : "accuracy";
  report.limit = binary ? kAucLimit : number ? kR2Limit : kAccuracyLimit;
  const std::vector<Row> rows = RowsWithTarget(profile, target, report.kind);
  const bool judge = CanJudge(report.kind, rows);
  std::vector<Row> teaching;
  std::vector<Row> judged;
  if (judge) Halve(rows, teaching, judged);
  report.rows = judge ? rows.size() : 0;
  for (std::size_t i = 0; i < profile.columns.size(); ++i) {
    if (i == target) continue;
    const ColumnSummary& column = profile.columns[i];
    if (column.type == GuessedType::kEmpty) continue;
    LeakageSuspect suspect{
        .column = i,
        .figure = {},
        .by_name = NameTells(column.name, profile.columns[target].name)};
    if (judge) {
      const auto bins = BinsOf(profile, i, teaching);
      const double figure = binary ? Auc(Means(bins, teaching, judged), judged)
                            : number ? R2(Means(bins, teaching, judged), judged)
                                     : Accuracy(bins, teaching, judged);
      if (figure >= report.limit) suspect.figure = figure;
    }
    if (suspect.figure || suspect.by_name) report.suspects.push_back(suspect);
  }
  return report;
}

}  // namespace tidemill
