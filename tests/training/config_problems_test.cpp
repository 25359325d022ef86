// What steps and models have to say about a training config.
#include "tidemill/core/config_problems.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tidemill/config/training_config.h"
#include "tidemill/config/yaml_file.h"
#include "tidemill/training/fitted_model.h"

namespace tidemill {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

std::vector<std::string> RecipeProblems(const std::string& pipeline,
                                        const std::string& model) {
  ConfigProblems problems;
  const TrainingConfig config = ReadTrainingConfig(
      ParseYaml("name: a\ntask: binary\n"
                "schema: {fields: {tenure: number, plan: category}}\n"
                "target: {column: y, positive: p}\n" +
                    pipeline + "\n" + model,
                "f"),
      problems);
  problems.Try([&] { MakeRecipe(config); });
  std::vector<std::string> texts;
  for (const ConfigError& error : problems.all()) texts.push_back(error.what());
  return texts;
}

TEST(RecipeProblemsTest, StepsAndModelTellAll) {
  EXPECT_THAT(
      RecipeProblems("pipeline:\n"
                     "  - StandrdScaler\n"
                     "  - SimpleImputer: {strategy: guess}\n",
                     "model: {XGBClassifier: {n_estimatrs: 3}}"),
      ElementsAre(StartsWith("f:6:5 (pipeline.0): "), HasSubstr("strategy"),
                  HasSubstr("did you mean 'n_estimators'")));
}

TEST(RecipeProblemsTest, BranchesTellAll) {
  EXPECT_THAT(
      RecipeProblems("pipeline:\n"
                     "  - ColumnTransformer:\n"
                     "      transformers:\n"
                     "        - {columns: [tenur], steps: [NoStep, NoOther]}\n"
                     "        - {columns: plan, stps: []}\n",
                     "model: Ridge"),
      ElementsAre(HasSubstr("'NoStep'"), HasSubstr("'NoOther'"),
                  HasSubstr("did you mean 'steps'"),
                  HasSubstr("a field of the schema (did you mean 'tenure'?)"),
                  HasSubstr("a model for a binary task")));
}

}  // namespace
}  // namespace tidemill
