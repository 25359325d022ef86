#include "tidemill/cli/service_check.h"

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tidemill/config/yaml_file.h"

namespace tidemill {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

std::vector<std::string> Texts(const std::vector<Finding>& findings) {
  std::vector<std::string> texts;
  for (const Finding& finding : findings) texts.push_back(ToText(finding));
  return texts;
}

ServiceConfig Read(const std::string& yaml) {
  return ReadServiceConfig(ParseYaml(yaml, "f"), testing::TempDir());
}

std::vector<std::string> Findings(const std::string& yaml) {
  std::vector<Finding> findings;
  CheckService(Read(yaml), findings);
  return Texts(findings);
}

TEST(ServiceCheckTest, NothingIsWrongWithLittle) {
  EXPECT_THAT(Findings("{service: c, model: m.bin}"), IsEmpty());
}

TEST(ServiceCheckTest, EveryPropertyIsTried) {
  EXPECT_THAT(
      Findings("{service: c, model: m.bin, kafka: {properties: {linger.mss: 1},"
               " consumer: {fetch.wait.max.ms: soon}, "
               "producer: {enable.idempotence: false}}}"),
      ElementsAre(HasSubstr("(kafka.properties.linger.mss): error: Kafka "
                            "property 'linger.mss'"),
                  HasSubstr("'fetch.wait.max.ms'"),
                  HasSubstr("(kafka.producer.enable.idempotence): error: ")));
}

TEST(ServiceCheckTest, AGroupMayBeRepeatedAsAProperty) {
  EXPECT_THAT(Findings("{service: c, model: m.bin, kafka: {group: g, "
                       "properties: {group.id: g}}}"),
              IsEmpty());
}

TEST(ServiceCheckTest, ASecretInTheFileIsAWarning) {
  EXPECT_THAT(Findings("{service: c, model: m.bin, kafka: {properties: "
                       "{sasl.password: hush}}}"),
              ElementsAre(HasSubstr("warning: a secret in the config itself; "
                                    "sasl.password_file names")));
}

TEST(ServiceCheckTest, AStoreThatIsNotThereIsAWarning) {
  EXPECT_THAT(Findings("{service: c, registry: {store: nowhere/}}"),
              ElementsAre(StartsWith("f:1:32 (registry.store): warning: no "
                                     "folder ")));
  EXPECT_THAT(Findings("{service: c, registry: {store: 'https://a/'}}"),
              IsEmpty());
}

TEST(ServiceCheckTest, ThisVersionsDeliveryIsAsked) {
  EXPECT_THAT(Findings("{service: c, model: m.bin, delivery: exactly_once}"),
              ElementsAre(HasSubstr("(delivery): error: expected "
                                    "at_least_once")));
}

TEST(ModelCheckTest, AMissingModelIsAnError) {
  std::vector<Finding> findings;
  EXPECT_EQ(CheckModel(Read("{service: c, model: nowhere.bin}"), 1, findings),
            nullptr);
  EXPECT_THAT(Texts(findings),
              ElementsAre(HasSubstr("(model): error: " + testing::TempDir())));
}

TEST(ModelCheckTest, ALargeModelIsLeftAlone) {
  const std::string path = testing::TempDir() + "large.bin";
  std::ofstream(path) << "no model at all";
  const ServiceConfig config = Read("{service: c, model: large.bin}");
  std::vector<Finding> findings;
  EXPECT_EQ(CheckModel(config, 3, findings), nullptr);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_FALSE(findings[0].is_error);
  findings.clear();
  EXPECT_EQ(CheckModel(config, 1000, findings), nullptr);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_TRUE(findings[0].is_error);
}

}  // namespace
}  // namespace tidemill
