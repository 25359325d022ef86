#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "tidemill/core/errors.h"
#include "tidemill/features/keep_columns.h"

namespace tidemill {
namespace {

constexpr std::string_view kName = "DropDuplicateFeatures";

/// A category as its text: two columns have dictionaries of their own.
std::string_view TextOf(const FrameColumn& column, std::size_t row) {
  const std::int32_t code = column.codes[row];
  if (code < 0) return {};
  return column.column.categories[static_cast<std::size_t>(code)];
}

bool SameCell(const FrameColumn& a, const FrameColumn& b, std::size_t row) {
  switch (a.column.kind) {
    case ColumnKind::kNumber:
      return a.numbers[row] == b.numbers[row] ||
             (std::isnan(a.numbers[row]) && std::isnan(b.numbers[row]));
    case ColumnKind::kCategory:
      return std::min(a.codes[row], 0) == std::min(b.codes[row], 0) &&
             TextOf(a, row) == TextOf(b, row);
    case ColumnKind::kTimestamp:
      return a.timestamps[row] == b.timestamps[row];
    case ColumnKind::kText:
      return (a.texts[row].data() == nullptr) ==
                 (b.texts[row].data() == nullptr) &&
             a.texts[row] == b.texts[row];
  }
  return false;
}

bool SameColumn(const FrameColumn& a, const FrameColumn& b, std::size_t rows) {
  if (a.column.kind != b.column.kind) return false;
  for (std::size_t row = 0; row < rows; ++row) {
    if (!SameCell(a, b, row)) return false;
  }
  return true;
}

bool IsMissing(const FrameColumn& column, std::size_t row) {
  switch (column.column.kind) {
    case ColumnKind::kNumber:
      return std::isnan(column.numbers[row]);
    case ColumnKind::kCategory:
      return column.codes[row] == kMissingCode;
    case ColumnKind::kTimestamp:
      return column.timestamps[row].missing();
    case ColumnKind::kText:
      return column.texts[row].data() == nullptr;
  }
  return false;
}

/// Of columns that are equal in every training row, missing ones included, the
/// first stays.
///
/// Source: Feature-engine DropDuplicateFeatures. Numbers are equal as numbers
///         here, so 0 and -0 are.
class DropDuplicateFeatures final : public Estimator {
 public:
  explicit DropDuplicateFeatures(const ParameterValue& parameters) {
    ParameterReader reader(parameters);
    variables_ = reader.Texts("variables");
    refuse_missing_ = reader.Choice("missing_values", "ignore",
                                    {"ignore", "raise"}) == "raise";
    reader.Finish();
  }

  StepPtr Fit(const Frame& inputs,
              const FitContext& /*context*/) const override {
    RequireColumns(kName, inputs, variables_);
    const std::set<std::string_view> chosen(variables_.begin(),
                                            variables_.end());
    std::vector<std::string> kept;
    std::vector<const FrameColumn*> distinct;
    for (const FrameColumn& column : inputs.columns) {
      const bool compared =
          chosen.empty() || chosen.contains(column.column.name);
      if (compared) {
        if (refuse_missing_) RequirePresent(column, inputs.rows);
        const auto same = [&](const FrameColumn* other) {
          return SameColumn(*other, column, inputs.rows);
        };
        if (std::any_of(distinct.begin(), distinct.end(), same)) continue;
        distinct.push_back(&column);
      }
      kept.push_back(column.column.name);
    }
    return KeepColumns(kName, std::move(kept));
  }

 private:
  static void RequirePresent(const FrameColumn& column, std::size_t rows) {
    for (std::size_t row = 0; row < rows; ++row) {
      if (!IsMissing(column, row)) continue;
      throw DataError({.where = std::string(kName) + ", column '" +
                                column.column.name + "', row " +
                                std::to_string(row),
                       .expected = "a value (or missing_values: ignore)",
                       .got = "a missing one"});
    }
  }

  std::vector<std::string> variables_;  ///< none: all
  bool refuse_missing_ = false;
};

}  // namespace

extern const StepFactory kDropDuplicateFeatures{
    kName,
    [](const ParameterValue& parameters) -> EstimatorPtr {
      return std::make_unique<DropDuplicateFeatures>(parameters);
    },
    [](ArtifactReader& in, int /*depth*/) {
      return LoadKeptColumns(kName, in);
    }};

}  // namespace tidemill
