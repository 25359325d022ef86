#include "tidemill/features/frame.h"

#include <cassert>
#include <utility>

namespace tidemill {
namespace {

FrameColumn EvaluateOne(const Expression& expression, const Frame& frame);

FrameColumn EvaluateTable(const Expression& expression, const Frame& frame) {
  const FrameColumn input = EvaluateOne(*expression.inputs[0], frame);
  FrameColumn out{.column = expression.column,
                  .numbers = {},
                  .codes = {},
                  .timestamps = {}};
  out.numbers.reserve(frame.rows);
  for (const std::int32_t code : input.codes) {
    out.numbers.push_back(
        expression.table[static_cast<std::size_t>(code + kTableShift)]);
  }
  return out;
}

FrameColumn EvaluateRecode(const Expression& expression, const Frame& frame) {
  FrameColumn out = EvaluateOne(*expression.inputs[0], frame);
  out.column = expression.column;
  for (std::int32_t& code : out.codes) {
    code = expression.recode[static_cast<std::size_t>(code + kTableShift)];
  }
  return out;
}

FrameColumn EvaluateKernel(const Expression& expression, const Frame& frame) {
  std::vector<FrameColumn> inputs;
  std::vector<ColumnValues> values;
  inputs.reserve(expression.inputs.size());
  for (const ExpressionPtr& input : expression.inputs) {
    inputs.push_back(EvaluateOne(*input, frame));
    values.push_back(inputs.back().values());
  }
  FrameColumn out{.column = expression.column,
                  .numbers = {},
                  .codes = {},
                  .timestamps = {}};
  out.numbers.resize(frame.rows);
  expression.kernel->Apply(values, out.numbers);
  return out;
}

FrameColumn EvaluateOne(const Expression& expression, const Frame& frame) {
  switch (expression.op) {
    case Expression::Op::kSource: {
      FrameColumn out = frame.columns[expression.source];
      out.column = expression.column;
      return out;
    }
    case Expression::Op::kMap: {
      FrameColumn out = EvaluateOne(*expression.inputs[0], frame);
      out.column = expression.column;
      expression.map->Apply(out.numbers);
      return out;
    }
    case Expression::Op::kTable:
      return EvaluateTable(expression, frame);
    case Expression::Op::kRecode:
      return EvaluateRecode(expression, frame);
    case Expression::Op::kKernel:
      return EvaluateKernel(expression, frame);
  }
  assert(false);
  return {};
}

template <typename T>
std::vector<T> Pick(std::span<const T> values,
                    std::span<const std::size_t> rows) {
  std::vector<T> picked;
  picked.reserve(rows.size());
  for (const std::size_t row : rows) picked.push_back(values[row]);
  return picked;
}

}  // namespace

Column ColumnOf(const Field& field) {
  Column column{
      .name = field.name, .kind = ColumnKind::kNumber, .categories = {}};
  switch (field.type) {
    case FieldType::kNumber:
    case FieldType::kInteger:
    case FieldType::kBoolean:
      break;
    case FieldType::kCategory:
      column.kind = ColumnKind::kCategory;
      column.categories = field.categories.values();
      break;
    case FieldType::kText:
      column.kind = ColumnKind::kText;
      break;
    case FieldType::kTimestamp:
      column.kind = ColumnKind::kTimestamp;
      break;
  }
  return column;
}

Frame MakeFrame(const Schema& schema, const EventBatch& batch,
                std::span<const std::size_t> rows) {
  Frame frame{.rows = rows.size(), .columns = {}};
  for (std::size_t i = 0; i < schema.size(); ++i) {
    FrameColumn column{.column = ColumnOf(schema.field(i)),
                       .numbers = {},
                       .codes = {},
                       .timestamps = {}};
    switch (column.column.kind) {
      case ColumnKind::kNumber:
        column.numbers = Pick(batch.numbers(i), rows);
        break;
      case ColumnKind::kCategory:
        column.codes = Pick(batch.codes(i), rows);
        break;
      case ColumnKind::kTimestamp:
        column.timestamps = Pick(batch.timestamps(i), rows);
        break;
      case ColumnKind::kText:
        break;
    }
    frame.columns.push_back(std::move(column));
  }
  return frame;
}

std::vector<ExpressionPtr> SourcesOf(const Frame& frame) {
  std::vector<ExpressionPtr> sources;
  for (std::size_t i = 0; i < frame.columns.size(); ++i) {
    sources.push_back(MakeSource(frame.columns[i].column, i));
  }
  return sources;
}

Frame Evaluate(std::span<const ExpressionPtr> expressions, const Frame& frame) {
  Frame out{.rows = frame.rows, .columns = {}};
  for (const ExpressionPtr& expression : expressions) {
    out.columns.push_back(EvaluateOne(*expression, frame));
  }
  return out;
}

}  // namespace tidemill
