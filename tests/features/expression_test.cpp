#include "tidemill/features/expression.h"

#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/thrown_message.h"
#include "features/step_testing.h"
#include "tidemill/core/errors.h"

namespace tidemill {
namespace {

class Doubled final : public NumberMap {
 public:
  void Apply(std::span<double> values) const override {
    for (double& value : values) value *= 2.0;
  }
  bool nondecreasing() const override { return true; }
};

ExpressionPtr Source() {
  return MakeSource(CategoryColumn("c", {"x", "y"}).column, 0);
}

TEST(ExpressionTest, AMapOfATableIsATable) {
  const ExpressionPtr table = MakeTable("t", Source(), {0.0, 1.0, 2.0, 3.0});
  const ExpressionPtr mapped = MakeMap("m", table, std::make_shared<Doubled>());
  EXPECT_EQ(mapped->op, Expression::Op::kTable);
  EXPECT_EQ(mapped->inputs[0]->op, Expression::Op::kSource);
  EXPECT_THAT(mapped->table, testing::ElementsAre(0.0, 2.0, 4.0, 6.0));
}

TEST(ExpressionTest, ATableOfRecodedCategoriesIsATableOverTheSource) {
  // Missing becomes "y".
  const ExpressionPtr recoded =
      MakeRecode(Source()->column, Source(), {kUnseenCode, 1, 0, 1});
  const ExpressionPtr table = MakeTable("t", recoded, {10.0, 11.0, 12.0, 13.0});
  EXPECT_EQ(table->inputs[0]->op, Expression::Op::kSource);
  EXPECT_THAT(table->table, testing::ElementsAre(10.0, 13.0, 12.0, 13.0));
}

TEST(ExpressionTest, ARecodeOfARecodeIsARecodeOfTheSource) {
  const Column column = Source()->column;
  const ExpressionPtr once =
      MakeRecode(column, Source(), {kUnseenCode, 1, 0, 1});
  const ExpressionPtr twice = MakeRecode(column, once, {1, kMissingCode, 1, 0});
  EXPECT_EQ(twice->inputs[0]->op, Expression::Op::kSource);
  EXPECT_THAT(twice->recode, testing::ElementsAre(1, 0, 1, 0));
}

TEST(ExpressionTest, RenameKeepsTheValues) {
  const ExpressionPtr renamed =
      Rename(MakeTable("t", Source(), {0.0, 1.0, 2.0, 3.0}), "u");
  EXPECT_EQ(renamed->column.name, "u");
  EXPECT_THAT(renamed->table, testing::ElementsAre(0.0, 1.0, 2.0, 3.0));
}

TEST(StepOutputsTest, RefusesColumnsWithoutNumber) {
  const ExpressionPtr source = Source();
  StepOutputs outputs;
  for (std::size_t i = 0; i < kMaxColumns; ++i) outputs.Add(source);
  EXPECT_THROW(outputs.Add(source), ArtifactError);
}

TEST(StepOutputsTest, RefusesTablesWithoutBound) {
  Column column;
  column.kind = ColumnKind::kCategory;
  column.categories.resize(1'000'000);
  const ExpressionPtr source = MakeSource(column, 0);
  const ExpressionPtr table =
      MakeTable("t", source, std::vector<double>(1'000'002));
  StepOutputs outputs;
  for (int i = 0; i < 16; ++i) outputs.Add(table);
  EXPECT_THROW(outputs.Add(table), ArtifactError);
}

TEST(StepOutputsTest, RefusesAChainThatIsTooLong) {
  ExpressionPtr chain = MakeSource(NumberColumn("n", {}).column, 0);
  const auto map = std::make_shared<Doubled>();
  for (std::size_t i = 0; i < kMaxExpressionDepth; ++i) {
    chain = MakeMap("n", chain, map);
  }
  StepOutputs outputs;
  EXPECT_NO_THROW(outputs.Add(chain));
  EXPECT_THROW(outputs.Add(MakeMap("n", chain, map)), ArtifactError);
}

TEST(ColumnIndexTest, OfSeveralColumnsOfOneNameTakesTheFirst) {
  const std::vector<ExpressionPtr> inputs = {
      MakeSource(NumberColumn("a", {}).column, 7),
      MakeSource(NumberColumn("b", {}).column, 8),
      MakeSource(NumberColumn("a", {}).column, 9)};
  const std::vector<std::string> names = {"b", "a"};
  const std::vector<ExpressionPtr> selected =
      SelectByName("test", inputs, names);
  EXPECT_EQ(selected[0]->source, 8U);
  EXPECT_EQ(selected[1]->source, 7U);
}

TEST(ColumnIndexTest, AnAbsentNameIsAnError) {
  const std::vector<std::string> names = {"a"};
  EXPECT_EQ(
      ThrownMessage<ArtifactError>([&] { SelectByName("Step", {}, names); }),
      "step Step: expected a column 'a', got none of that name");
}

}  // namespace
}  // namespace tidemill
