// One look at a config tells of all that is wrong with it.
#include "tidemill/core/config_problems.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tidemill/config/field_table.h"
#include "tidemill/config/service_config.h"
#include "tidemill/config/training_config.h"
#include "tidemill/config/yaml_file.h"

namespace tidemill {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

std::vector<std::string> Texts(const ConfigProblems& problems) {
  std::vector<std::string> texts;
  for (const ConfigError& error : problems.all()) texts.push_back(error.what());
  return texts;
}

std::vector<std::string> ServiceProblems(std::string_view yaml,
                                         const Environment& environment = {}) {
  ConfigProblems problems;
  ReadServiceConfig(ParseYaml(yaml, "f"), {}, {}, environment, problems);
  return Texts(problems);
}

std::vector<std::string> TrainingProblems(std::string_view yaml) {
  ConfigProblems problems;
  ReadTrainingConfig(ParseYaml(yaml, "f"), problems);
  return Texts(problems);
}

TEST(ConfigProblemsTest, AServicesConfigTellsAll) {
  EXPECT_THAT(
      ServiceProblems("service: churn\n"
                      "kafka: {bootstrp: a:1, static_membership: maybe}\n"
                      "workers: 0\n"
                      "deliveri: x\n"
                      "topics: {events: t, outcomes: t}\n"
                      "drift: {window_events: 1, min_events: 2}\n"
                      "http: {listen: '127.0.0.1:9464'}\n"),
      ElementsAre(HasSubstr("did you mean 'kafka.bootstrap'"),
                  HasSubstr("did you mean 'delivery'"),
                  HasSubstr("f:3:10 (workers)"),
                  HasSubstr("(kafka.static_membership)"),
                  HasSubstr("topics.events does not use"),
                  HasSubstr("drift.window_events, 1"),
                  HasSubstr("another port than metrics.listen")));
}

TEST(ConfigProblemsTest, TheEnvironmentTellsAll) {
  EXPECT_THAT(
      ServiceProblems("service: churn", {{"TIDEMILL_WORKRS", "1"},
                                         {"TIDEMILL_TOPICS__EVENT", "x"},
                                         {"TIDEMILL_WORKERS", "many"}}),
      ElementsAre(HasSubstr("TIDEMILL_TOPICS__EVENTS"),
                  HasSubstr("TIDEMILL_WORKERS"),
                  StartsWith("environment TIDEMILL_WORKERS: ")));
}

TEST(ConfigProblemsTest, AsAnErrorItIsTheFirst) {
  try {
    ReadServiceConfig(ParseYaml("{workers: 0, x: 1}", "f"), {});
    FAIL();
  } catch (const ConfigErrors& errors) {
    EXPECT_THAT(errors.all(), SizeIs(3));
    EXPECT_STREQ(errors.what(), errors.all().front().what());
  }
}

TEST(ConfigProblemsTest, AWrongValueLeavesTheDefault) {
  ConfigProblems problems;
  const ServiceConfig config = ReadServiceConfig(
      ParseYaml("{service: churn, workers: 0}", "f"), {}, {}, {}, problems);
  EXPECT_EQ(config.workers, 1);
  EXPECT_EQ(config.Where("workers"), "the default of workers");
}

TEST(ConfigProblemsTest, KeepsNoMoreThanItsMost) {
  std::string yaml = "service: churn\n";
  for (int i = 0; i < 500; ++i) yaml += "x" + std::to_string(i) + ": 1\n";
  EXPECT_THAT(ServiceProblems(yaml), SizeIs(ConfigProblems::kMost));
}

TEST(ConfigProblemsTest, WithItsMostNothingMoreIsRead) {
  ConfigProblems problems;
  int read = 0;
  for (int i = 0; i < 1000; ++i) {
    problems.Try([&] {
      ++read;
      throw ConfigError("no");
    });
  }
  EXPECT_EQ(read, static_cast<int>(ConfigProblems::kMost));
}

TEST(ConfigProblemsTest, WildcardsListenOnEveryHost) {
  EXPECT_THAT(ServiceProblems("{service: c, metrics: {listen: '0.0.0.0:80'}, "
                              "http: {listen: 'localhost:80'}}"),
              SizeIs(1));
  EXPECT_THAT(ServiceProblems("{service: c, metrics: {listen: 'a:0'}, "
                              "http: {listen: 'a:0'}}"),
              IsEmpty());
  EXPECT_THAT(ServiceProblems("{service: c, metrics: {listen: 'a:80'}, "
                              "http: {listen: 'b:80'}}"),
              IsEmpty());
}

TEST(ConfigProblemsTest, ATrainingConfigTellsAll) {
  EXPECT_THAT(
      TrainingProblems("name: a b\n"
                       "task: binary\n"
                       "schema: {fields: {x: numbr, y: tekst, z: number}}\n"
                       "target: {column: y2}\n"
                       "split: {test_size: 2}\n"
                       "pipeline: [{A: , B: }, 7]\n"
                       "thresold: 0.4\n"),
      ElementsAre(HasSubstr("(name)"), HasSubstr("(schema.fields.x)"),
                  HasSubstr("(schema.fields.y)"),
                  HasSubstr("the key 'positive'"),
                  HasSubstr("(split.test_size)"), HasSubstr("(pipeline.0)"),
                  HasSubstr("(pipeline.1)"), HasSubstr("the key 'model'"),
                  HasSubstr("did you mean 'threshold'")));
}

TEST(ConfigProblemsTest, NothingIsSaidOfWhatDependsOnABrokenTask) {
  EXPECT_THAT(TrainingProblems("name: a\n"
                               "task: guess\n"
                               "schema: {fields: {x: number}}\n"
                               "target: {column: y, min: 3}\n"
                               "model: Ridge\n"),
              ElementsAre(HasSubstr("(task)")));
}

TEST(IsTrainingConfigTest, ContentDecides) {
  EXPECT_TRUE(IsTrainingConfig(ParseYaml("{name: a, task: binary}", "f")));
  EXPECT_FALSE(IsTrainingConfig(ParseYaml("{service: a, name: b}", "f")));
  EXPECT_FALSE(IsTrainingConfig(ParseYaml("{topics: {events: a}}", "f")));
  EXPECT_FALSE(IsTrainingConfig(ParseYaml("7", "f")));
}

TEST(ConfigValuesTest, EachHasTheSourceOfItsOwn) {
  ConfigProblems problems;
  const ServiceConfig config = ReadServiceConfig(
      ParseYaml("service: churn\nkafka: {properties: {linger.ms: 5}}", "f"), {},
      {"kafka.properties.sasl.password=hush"}, {{"TIDEMILL_WORKERS", "3"}},
      problems);
  std::string text;
  for (const ConfigValue& value : ValuesOf(config)) {
    text += value.key + "=" + value.value + "<" + value.where + ">\n";
  }
  EXPECT_THAT(text, HasSubstr("workers=3<environment TIDEMILL_WORKERS>\n"));
  EXPECT_THAT(text, HasSubstr("kafka.group=churn-scorer<>\n"));
  EXPECT_THAT(text,
              HasSubstr("kafka.properties.linger.ms=\"5\"<f:2:33 "
                        "(kafka.properties.linger.ms)>\n"
                        "kafka.properties.sasl.password=\"********\"<--set "
                        "kafka.properties.sasl.password>\n"));
}

TEST(ConfigValuesTest, ATrainingConfigsDefaultsAreShown) {
  const ParameterValue tree = ParseYaml(
      "{name: a, task: binary, schema: {fields: {x: number}}, target: {column: "
      "y, positive: p}, split: {test_size: 0.3}, model: Ridge}",
      "f");
  std::string text;
  for (const ConfigValue& value : ValuesOf(ReadTrainingConfig(tree), tree)) {
    text += value.key + "=" + value.value + "<" + value.where + ">\n";
  }
  EXPECT_THAT(text, HasSubstr("split.test_size=0.3<f:1:"));
  EXPECT_THAT(text, HasSubstr("split.stratify=true<>\n"));
  EXPECT_THAT(text, HasSubstr("seed=0<>\n"));
  EXPECT_THAT(text, HasSubstr("threshold=0.5<>\n"));
}

}  // namespace
}  // namespace tidemill
