#include "tidemill/features/expression.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <string_view>
#include <utility>

namespace tidemill {
namespace {

std::shared_ptr<Expression> Node(Expression::Op op, Column column,
                                 std::vector<ExpressionPtr> inputs) {
  auto node = std::make_shared<Expression>();
  for (const ExpressionPtr& input : inputs) {
    node->depth = std::max(node->depth, input->depth + 1);
  }
  node->op = op;
  node->column = std::move(column);
  node->inputs = std::move(inputs);
  return node;
}

Column NumberColumn(std::string name) {
  return {
      .name = std::move(name), .kind = ColumnKind::kNumber, .categories = {}};
}

/// What texts take, in 8 bytes, about.
std::size_t WordsOf(const std::vector<std::string>& texts) {
  std::size_t words = 0;
  for (const std::string& text : texts) {
    words += (sizeof(text) + text.size()) / 8;
  }
  return words;
}

}  // namespace

std::string_view ToText(ColumnKind kind) {
  static constexpr std::array<std::string_view, 4> kNames = {
      "number", "category", "timestamp", "text"};
  return kNames[static_cast<std::size_t>(kind)];
}

ExpressionPtr MakeSource(Column column, std::size_t source) {
  auto node = Node(Expression::Op::kSource, std::move(column), {});
  node->source = source;
  return node;
}

ExpressionPtr Rename(const ExpressionPtr& input, std::string name) {
  auto node = std::make_shared<Expression>(*input);
  node->column.name = std::move(name);
  return node;
}

ExpressionPtr MakeMap(std::string name, const ExpressionPtr& input,
                      std::shared_ptr<const NumberMap> map) {
  assert(input->column.kind == ColumnKind::kNumber);
  if (input->op == Expression::Op::kTable) {
    std::vector<double> table = input->table;
    map->Apply(table);
    return MakeTable(std::move(name), input->inputs[0], std::move(table));
  }
  auto node =
      Node(Expression::Op::kMap, NumberColumn(std::move(name)), {input});
  node->map = std::move(map);
  return node;
}

ExpressionPtr MakeTable(std::string name, const ExpressionPtr& input,
                        std::vector<double> table) {
  assert(input->column.kind == ColumnKind::kCategory);
  assert(table.size() == input->column.categories.size() + kTableShift);
  if (input->op == Expression::Op::kRecode) {
    const std::vector<std::int32_t>& recode = input->recode;
    std::vector<double> folded(recode.size());
    for (std::size_t i = 0; i < recode.size(); ++i) {
      folded[i] = table[static_cast<std::size_t>(recode[i] + kTableShift)];
    }
    return MakeTable(std::move(name), input->inputs[0], std::move(folded));
  }
  auto node =
      Node(Expression::Op::kTable, NumberColumn(std::move(name)), {input});
  node->words = table.size();
  node->table = std::move(table);
  return node;
}

ExpressionPtr MakeRecode(Column column, const ExpressionPtr& input,
                         std::vector<std::int32_t> recode) {
  assert(input->column.kind == ColumnKind::kCategory);
  assert(recode.size() == input->column.categories.size() + kTableShift);
  if (input->op == Expression::Op::kRecode) {
    std::vector<std::int32_t> folded(input->recode.size());
    for (std::size_t i = 0; i < folded.size(); ++i) {
      folded[i] =
          recode[static_cast<std::size_t>(input->recode[i] + kTableShift)];
    }
    return MakeRecode(std::move(column), input->inputs[0], std::move(folded));
  }
  auto node = Node(Expression::Op::kRecode, std::move(column), {input});
  node->words = recode.size() / 2 + WordsOf(node->column.categories);
  node->recode = std::move(recode);
  return node;
}

ExpressionPtr MakeCode(Column column, const ExpressionPtr& input,
                       std::shared_ptr<const NumberCoder> coder) {
  assert(input->column.kind == ColumnKind::kNumber);
  assert(column.kind == ColumnKind::kCategory);
  auto node = Node(Expression::Op::kCode, std::move(column), {input});
  node->words = WordsOf(node->column.categories);
  node->coder = std::move(coder);
  return node;
}

ExpressionPtr MakeKernel(std::string name, std::vector<ExpressionPtr> inputs,
                         std::shared_ptr<const Kernel> kernel) {
  auto node = Node(Expression::Op::kKernel, NumberColumn(std::move(name)),
                   std::move(inputs));
  node->kernel = std::move(kernel);
  return node;
}

std::vector<ExpressionPtr> MakeBlock(std::span<const std::string> names,
                                     std::vector<ExpressionPtr> inputs,
                                     std::shared_ptr<const BlockKernel> block,
                                     std::size_t words) {
  assert(names.size() == block->num_outputs());
  auto node = Node(Expression::Op::kBlock, {}, std::move(inputs));
  node->block = std::move(block);
  std::vector<ExpressionPtr> picks;
  picks.reserve(names.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    auto pick = Node(Expression::Op::kPick, NumberColumn(names[i]), {node});
    pick->pick = i;
    // Shared by all, so counted once.
    pick->words = i == 0 ? words : 0;
    picks.push_back(std::move(pick));
  }
  return picks;
}

}  // namespace tidemill
