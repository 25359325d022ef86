#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/thrown_message.h"
#include "features/step_testing.h"
#include "tidemill/core/errors.h"
#include "tidemill/features/plan.h"

namespace tidemill {
namespace {

using testing::ElementsAre;

/// The sum and the difference of two columns; counts its work.
class SumAndDifference final : public BlockKernel {
 public:
  std::size_t num_outputs() const override { return 2; }
  void Apply(std::span<const ColumnValues> inputs, std::size_t rows,
             std::span<double* const> outs) const override {
    ++calls;
    for (std::size_t i = 0; i < rows; ++i) {
      outs[0][i] = inputs[0].numbers[i] + inputs[1].numbers[i];
      outs[1][i] = inputs[0].numbers[i] - inputs[1].numbers[i];
    }
  }
  mutable int calls = 0;
};

class Length final : public Kernel {
 public:
  void Apply(std::span<const ColumnValues> inputs,
             std::span<double> out) const override {
    for (std::size_t i = 0; i < out.size(); ++i) {
      const std::string_view text = inputs[0].texts[i];
      out[i] = text.data() == nullptr ? kNaN : static_cast<double>(text.size());
    }
  }
};

class Tenfold final : public NumberMap {
 public:
  void Apply(std::span<double> values) const override {
    for (double& value : values) value *= 10.0;
  }
  bool nondecreasing() const override { return true; }
};

Field FieldOf(std::string name, FieldType type) {
  Field field;
  field.name = std::move(name);
  field.type = type;
  return field;
}

Schema TwoNumbersAndAText() {
  return Schema(
      {FieldOf("a", FieldType::kNumber), FieldOf("b", FieldType::kNumber),
       FieldOf("text", FieldType::kText)},
      "", "");
}

EventBatch TwoRows(const Schema& schema) {
  EventBatch batch(schema);
  for (const double x : {5.0, 7.0}) {
    const std::size_t row = batch.AppendRow();
    batch.numbers(0)[row] = x;
    batch.numbers(1)[row] = 2.0;
  }
  batch.texts(2)[0] = batch.Keep("four");
  return batch;
}

std::vector<ExpressionPtr> SourcesOf(const Schema& schema) {
  std::vector<ExpressionPtr> sources;
  for (std::size_t i = 0; i < schema.size(); ++i) {
    sources.push_back(MakeSource(ColumnOf(schema.field(i)), i));
  }
  return sources;
}

class BlockTest : public testing::Test {
 protected:
  const Schema schema_ = TwoNumbersAndAText();
  const EventBatch batch_ = TwoRows(schema_);
  const std::vector<ExpressionPtr> sources_ = SourcesOf(schema_);
  const std::shared_ptr<SumAndDifference> block_ =
      std::make_shared<SumAndDifference>();
  const std::vector<ExpressionPtr> picks_ =
      MakeBlock(std::vector<std::string>{"sum", "difference"},
                {sources_[0], sources_[1]}, block_);

  RowMatrix RunPlan(const std::vector<ExpressionPtr>& features) const {
    const Plan plan(schema_, features);
    Plan::Scratch scratch;
    RowMatrix out(2, static_cast<Eigen::Index>(features.size()));
    plan.Run(batch_, scratch, out);
    return out;
  }
};

TEST_F(BlockTest, APlanWorksItOutOnceForAllItsColumns) {
  const ExpressionPtr tenfold =
      MakeMap("tenfold", picks_[1], std::make_shared<Tenfold>());
  EXPECT_EQ(RunPlan({picks_[1], picks_[0], tenfold}),
            (RowMatrix{{3.0, 7.0, 30.0}, {5.0, 9.0, 50.0}}));
  EXPECT_EQ(block_->calls, 1);
}

TEST_F(BlockTest, OneColumnMayBeTakenAlone) {
  EXPECT_EQ(RunPlan({picks_[1]}), (RowMatrix{{3.0}, {5.0}}));
}

TEST_F(BlockTest, AFrameWorksItOutOnceForAllItsColumns) {
  const Frame frame =
      FrameOf({NumberColumn("a", {5.0, 7.0}), NumberColumn("b", {2.0, 2.0})});
  const Frame made = Evaluate(picks_, frame);
  EXPECT_THAT(made.columns[0].numbers, ElementsAre(7.0, 9.0));
  EXPECT_THAT(made.columns[1].numbers, ElementsAre(3.0, 5.0));
  EXPECT_EQ(block_->calls, 1);
}

TEST_F(BlockTest, ItsFeaturesComeFromTheFieldsOfItsInputs) {
  const Plan plan(schema_, {picks_[0]});
  EXPECT_EQ(plan.origin(0).kind, FeatureOrigin::Kind::kDerived);
  EXPECT_THAT(plan.origin(0).fields, ElementsAre(0U, 1U));
}

TEST_F(BlockTest, AKernelReadsTextsAndSeesThoseThatAreMissing) {
  const ExpressionPtr length =
      MakeKernel("length", {sources_[2]}, std::make_shared<Length>());
  const RowMatrix made = RunPlan({length});
  EXPECT_EQ(made(0, 0), 4.0);
  EXPECT_TRUE(std::isnan(made(1, 0)));
}

/// The sum of two columns; counts its work.
class Sum final : public Kernel {
 public:
  void Apply(std::span<const ColumnValues> inputs,
             std::span<double> out) const override {
    ++calls;
    for (std::size_t i = 0; i < out.size(); ++i) {
      out[i] = inputs[0].numbers[i] + inputs[1].numbers[i];
    }
  }
  mutable int calls = 0;
};

TEST(EvaluateTest, AKernelIsWorkedOutOnceHoweverManyBuildOnIt) {
  const Frame frame = FrameOf({NumberColumn("a", {1.0})});
  const auto sum = std::make_shared<Sum>();
  ExpressionPtr chain = SourcesOf(frame)[0];
  for (int i = 0; i < 40; ++i) chain = MakeKernel("s", {chain, chain}, sum);
  const Frame made = Evaluate(std::vector{chain}, frame);
  EXPECT_EQ(made.columns[0].numbers[0], 1099511627776.0);  // 2^40
  EXPECT_EQ(sum->calls, 40);
}

/// Makes many columns of one.
class Many final : public BlockKernel {
 public:
  std::size_t num_outputs() const override { return Plan::kMaxSlots / 2 + 1; }
  void Apply(std::span<const ColumnValues> /*inputs*/, std::size_t /*rows*/,
             std::span<double* const> /*outs*/) const override {}
};

TEST_F(BlockTest, APlanRefusesMoreColumnsThanItsBound) {
  const auto many = std::make_shared<Many>();
  const std::vector<std::string> names(many->num_outputs(), "n");
  const ExpressionPtr one =
      Rename(MakeBlock(names, {sources_[0]}, many)[0], "a");
  const ExpressionPtr two =
      Rename(MakeBlock(names, {sources_[1]}, many)[0], "b");
  EXPECT_NO_THROW(Plan(schema_, {one}));
  EXPECT_EQ(ThrownMessage<ArtifactError>([&] {
              Plan(schema_, {one, two});
            }),
            "pipeline: expected at most 131072 columns to work out for an "
            "event, got more");
}

TEST_F(BlockTest, MakeFramePicksTexts) {
  const Frame frame =
      MakeFrame(schema_, batch_, std::vector<std::size_t>{1, 0});
  EXPECT_EQ(frame.columns[2].texts[0].data(), nullptr);
  EXPECT_EQ(frame.columns[2].texts[1], "four");
}

}  // namespace
}  // namespace tidemill
