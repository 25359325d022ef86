#include "tidemill/features/frame.h"

#include <cassert>
#include <map>
#include <utility>

namespace tidemill {
namespace {

FrameColumn ColumnLike(const Expression& expression) {
  FrameColumn out;
  out.column = expression.column;
  return out;
}

/// Works out expressions over one frame; kernels and blocks once, however many
/// expressions are built on them.
class Evaluator {
 public:
  explicit Evaluator(const Frame& frame) : frame_(frame) {}

  FrameColumn Column(const Expression& expression) {
    switch (expression.op) {
      case Expression::Op::kSource: {
        FrameColumn out = frame_.columns[expression.source];
        out.column = expression.column;
        return out;
      }
      case Expression::Op::kMap: {
        FrameColumn out = Column(*expression.inputs[0]);
        out.column = expression.column;
        expression.map->Apply(out.numbers);
        return out;
      }
      case Expression::Op::kTable:
        return TableColumn(expression);
      case Expression::Op::kRecode:
        return RecodeColumn(expression);
      case Expression::Op::kCode: {
        const FrameColumn input = Column(*expression.inputs[0]);
        FrameColumn out = ColumnLike(expression);
        out.codes.resize(frame_.rows);
        expression.coder->Apply(input.numbers, out.codes);
        return out;
      }
      case Expression::Op::kKernel:
        return KernelColumn(expression);
      case Expression::Op::kPick: {
        FrameColumn out = ColumnLike(expression);
        out.numbers = Block(*expression.inputs[0])[expression.pick];
        return out;
      }
      case Expression::Op::kBlock:
        break;
    }
    assert(false);
    return {};
  }

 private:
  using Numbers = std::vector<std::vector<double>>;

  FrameColumn TableColumn(const Expression& expression) {
    const FrameColumn input = Column(*expression.inputs[0]);
    FrameColumn out = ColumnLike(expression);
    out.numbers.reserve(frame_.rows);
    for (const std::int32_t code : input.codes) {
      out.numbers.push_back(
          expression.table[static_cast<std::size_t>(code + kTableShift)]);
    }
    return out;
  }

  FrameColumn RecodeColumn(const Expression& expression) {
    FrameColumn out = Column(*expression.inputs[0]);
    out.column = expression.column;
    for (std::int32_t& code : out.codes) {
      code = expression.recode[static_cast<std::size_t>(code + kTableShift)];
    }
    return out;
  }

  FrameColumn KernelColumn(const Expression& expression) {
    const auto [place, added] = kernels_.try_emplace(&expression);
    if (added) {
      const std::vector<FrameColumn> inputs = InputsOf(expression);
      place->second.resize(frame_.rows);
      expression.kernel->Apply(ValuesOf(inputs), place->second);
    }
    FrameColumn out = ColumnLike(expression);
    out.numbers = place->second;
    return out;
  }

  const Numbers& Block(const Expression& expression) {
    const auto [place, added] = blocks_.try_emplace(&expression);
    Numbers& columns = place->second;
    if (!added) return columns;
    const std::vector<FrameColumn> inputs = InputsOf(expression);
    columns.resize(expression.block->num_outputs());
    std::vector<double*> outs;
    for (std::vector<double>& column : columns) {
      column.resize(frame_.rows);
      outs.push_back(column.data());
    }
    expression.block->Apply(ValuesOf(inputs), frame_.rows, outs);
    return columns;
  }

  std::vector<FrameColumn> InputsOf(const Expression& expression) {
    std::vector<FrameColumn> inputs;
    inputs.reserve(expression.inputs.size());
    for (const ExpressionPtr& input : expression.inputs) {
      inputs.push_back(Column(*input));
    }
    return inputs;
  }

  static std::vector<ColumnValues> ValuesOf(
      const std::vector<FrameColumn>& columns) {
    std::vector<ColumnValues> values;
    values.reserve(columns.size());
    for (const FrameColumn& column : columns) values.push_back(column.values());
    return values;
  }

  const Frame& frame_;
  // What several expressions may share. Their places never move.
  std::map<const Expression*, std::vector<double>> kernels_;
  std::map<const Expression*, Numbers> blocks_;
};

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
    FrameColumn column;
    column.column = ColumnOf(schema.field(i));
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
        column.texts = Pick(batch.texts(i), rows);
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
  Evaluator evaluator(frame);
  for (const ExpressionPtr& expression : expressions) {
    out.columns.push_back(evaluator.Column(*expression));
  }
  return out;
}

}  // namespace tidemill
