// With TIDEMILL_TEST_WRITE set, this writes the file that it compares.
#include "tidemill/training/config_schema.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tidemill/features/step.h"
#include "tidemill/training/model_estimator.h"

namespace tidemill {
namespace {

using testing::HasSubstr;

TEST(TrainingConfigSchemaTest, IsTheCommittedOne) {
  const std::filesystem::path path =
      std::filesystem::path(TIDEMILL_SOURCE_DIR) /
      "config/schemas/training.schema.json";
  const std::string generated = TrainingConfigSchema();
  if (std::getenv("TIDEMILL_TEST_WRITE") != nullptr) {
    std::ofstream(path, std::ios::binary) << generated;
  }
  std::ifstream file(path, std::ios::binary);
  const std::string committed(std::istreambuf_iterator<char>(file), {});
  EXPECT_TRUE(committed == generated)
      << path << " is not what the program says. Write it anew:\n"
      << "TIDEMILL_TEST_WRITE=1 training_test "
         "--gtest_filter='TrainingConfigSchemaTest.*'";
}

TEST(TrainingConfigSchemaTest, KnowsEveryStepAndModel) {
  const std::string schema = TrainingConfigSchema();
  for (const std::string& name : StepNames()) {
    EXPECT_THAT(schema, HasSubstr("\"" + name + "\": {"));
  }
  for (const std::string& name : ModelNames()) {
    EXPECT_THAT(schema, HasSubstr("\"" + name + "\": {"));
  }
}

}  // namespace
}  // namespace tidemill
