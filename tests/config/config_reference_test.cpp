// With TIDEMILL_TEST_WRITE set, these tests write the files that they compare.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tidemill/config/field_table.h"

namespace tidemill {
namespace {

const std::filesystem::path kSource = TIDEMILL_SOURCE_DIR;

void ExpectCommitted(const std::string& name, const std::string& generated) {
  if (std::getenv("TIDEMILL_TEST_WRITE") != nullptr) {
    std::filesystem::create_directories((kSource / name).parent_path());
    std::ofstream(kSource / name, std::ios::binary) << generated;
  }
  std::ifstream file(kSource / name, std::ios::binary);
  const std::string committed(std::istreambuf_iterator<char>(file), {});
  EXPECT_TRUE(committed == generated)
      << name << " is not what the table of fields says. Write it anew:\n"
      << "TIDEMILL_TEST_WRITE=1 config_test "
         "--gtest_filter='ConfigReferenceTest.*'";
}

TEST(ConfigReferenceTest, ThePageIsTheCommittedOne) {
  ExpectCommitted("docs/configuration.md", ServiceConfigReference());
}

TEST(ConfigReferenceTest, TheSchemaIsTheCommittedOne) {
  ExpectCommitted("config/schemas/service.schema.json", ServiceConfigSchema());
}

TEST(ConfigReferenceTest, ThePageNamesEveryKeyAndItsVariable) {
  const std::string page = ServiceConfigReference();
  for (const ConfigField& field : ServiceFields()) {
    std::string key("| `");
    key.append(field.name).append("` |");
    std::string variable("| `");
    variable.append(EnvironmentName(field.name)).append("` |");
    EXPECT_THAT(page, testing::HasSubstr(key));
    EXPECT_THAT(page, testing::HasSubstr(variable));
  }
}

TEST(ConfigReferenceTest, EveryFieldExplainsItself) {
  for (const ConfigField& field : ServiceFields()) {
    EXPECT_TRUE(field.help.ends_with('.')) << field.name;
    EXPECT_EQ(field.required, field.fallback.empty() && field.computed.empty())
        << field.name;
  }
}

}  // namespace
}  // namespace tidemill
