#include "tidemill/features/mapped_columns.h"

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "tidemill/core/errors.h"

namespace tidemill {
namespace {

class MappedColumns final : public Step {
 public:
  MappedColumns(std::string_view name, std::vector<std::string> columns,
                std::vector<SavedMapPtr> maps)
      : name_(name), columns_(std::move(columns)), maps_(std::move(maps)) {}

  std::string_view name() const override { return name_; }

  std::vector<ExpressionPtr> Bind(
      std::span<const ExpressionPtr> inputs) const override {
    CheckInputs(name_, inputs, columns_);
    StepOutputs outputs;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      CheckKind(name_, *inputs[i], ColumnKind::kNumber);
      outputs.Add(MakeMap(columns_[i], inputs[i], maps_[i]));
    }
    return outputs.Take();
  }

  void Save(ArtifactWriter& out) const override {
    out.Texts("columns", columns_);
    out.Each("maps", maps_, [&](const SavedMapPtr& map) { map->Save(out); });
  }

 private:
  std::string_view name_;
  std::vector<std::string> columns_;
  std::vector<SavedMapPtr> maps_;
};

std::string Place(std::string_view step, const Column& column) {
  return std::string(step) + ", column '" + column.name + "'";
}

}  // namespace

StepPtr FitMaps(std::string_view step, const Frame& inputs,
                const std::function<SavedMapPtr(const FrameColumn&)>& fit) {
  std::vector<std::string> columns;
  std::vector<SavedMapPtr> maps;
  for (const FrameColumn& column : inputs.columns) {
    RequireKind(step, column.column, ColumnKind::kNumber);
    columns.push_back(column.column.name);
    maps.push_back(fit(column));
  }
  return std::make_unique<MappedColumns>(step, std::move(columns),
                                         std::move(maps));
}

StepPtr LoadMaps(std::string_view step, ArtifactReader& in,
                 SavedMapPtr (*load)(ArtifactReader& in)) {
  std::vector<std::string> columns = in.Texts("columns");
  auto maps = in.Each<SavedMapPtr>("maps", kMaxColumns, 1,
                                   [&](SavedMapPtr& map) { map = load(in); });
  if (maps.size() != columns.size()) {
    in.Refuse(
        "a map for each of " + std::to_string(columns.size()) + " columns",
        std::to_string(maps.size()));
  }
  return std::make_unique<MappedColumns>(step, std::move(columns),
                                         std::move(maps));
}

void RequireValues(std::string_view step, const FrameColumn& column) {
  bool any = false;
  for (const double value : column.numbers) {
    any = any || !std::isnan(value);
    if (std::isinf(value)) {
      throw DataError({.where = Place(step, column.column),
                       .expected = "finite numbers",
                       .got = "an infinity"});
    }
  }
  if (any) return;
  throw DataError(
      {.where = Place(step, column.column),
       .expected = "a value to learn from",
       .got = column.numbers.empty() ? "no rows" : "only missing values"});
}

void RefuseOverflow(std::string_view step, const Column& column,
                    std::string_view expected) {
  throw DataError({.where = Place(step, column),
                   .expected = std::string(expected),
                   .got = "an overflow"});
}

}  // namespace tidemill
