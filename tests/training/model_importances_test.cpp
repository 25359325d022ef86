#include "tidemill/training/model_importances.h"

#include <limits>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "training/training_testing.h"

namespace tidemill {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

FrameColumn NumberColumn(const char* name, std::vector<double> numbers) {
  FrameColumn column;
  column.column.name = name;
  column.numbers = std::move(numbers);
  return column;
}

std::vector<double> Importances(const std::string& model,
                                const std::string& parameters,
                                std::vector<FrameColumn> columns,
                                const std::vector<double>& target,
                                Task task = Task::kRegression) {
  NoProgress quiet;
  FitContext context;
  context.target = target;
  context.task = task;
  const Frame frame{.rows = target.size(), .columns = std::move(columns)};
  return ModelImportances(quiet).Fit(model, ParseYaml(parameters, "config"),
                                     frame, context);
}

TEST(ModelImportancesTest, OfALinearModelTheSizesOfItsCoefficients) {
  // y = 3 a - 2 b
  EXPECT_THAT(Importances("Ridge", "{alpha: 0}",
                          {NumberColumn("a", {0.0, 1.0, 0.0, 1.0}),
                           NumberColumn("b", {0.0, 0.0, 1.0, 1.0})},
                          {0.0, 3.0, -2.0, 1.0}),
              ElementsAre(DoubleNear(3.0, 1e-12), DoubleNear(2.0, 1e-12)));
}

TEST(ModelImportancesTest, OfTreesTheSharesOfTheirGain) {
  std::vector<double> strong;
  std::vector<double> weak;
  std::vector<double> target;
  for (int i = 0; i < 64; ++i) {
    strong.push_back(i % 2);
    weak.push_back(i / 2 % 2);
    target.push_back(10.0 * strong.back() + weak.back());
  }
  const std::vector<double> gains =
      Importances("XGBRegressor", "{n_estimators: 3, max_depth: 2}",
                  {NumberColumn("nothing", std::vector<double>(64, kNaN)),
                   NumberColumn("strong", strong), NumberColumn("weak", weak)},
                  target);
  ASSERT_EQ(gains.size(), 3U);
  EXPECT_EQ(gains[0], 0.0);
  EXPECT_GT(gains[1], 10.0 * gains[2]);
  EXPECT_GT(gains[2], 0.0);
  EXPECT_NEAR(gains[1] + gains[2], 1.0, 1e-6);
}

TEST(ModelImportancesTest, AModelThatTakesNoMissingValuesNamesTheColumn) {
  EXPECT_EQ(MessageOf([] {
              Importances("Ridge", "{}", {NumberColumn("a", {1.0, kNaN})},
                          {0.0, 1.0});
            }),
            "feature 'a': expected a number in every row (add a "
            "SimpleImputer), got a missing value");
}

TEST(ModelImportancesTest, AModelOfAnotherTaskIsRefused) {
  EXPECT_THAT(MessageOf([] {
                Importances("LogisticRegression", "{}",
                            {NumberColumn("a", {1.0, 2.0})}, {0.0, 1.0});
              }),
              testing::HasSubstr("a model for a regression task"));
}

}  // namespace
}  // namespace tidemill
