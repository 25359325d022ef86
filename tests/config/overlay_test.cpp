#include "tidemill/config/overlay.h"

#include <cstdlib>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/config_testing.h"
#include "tidemill/config/canonical_text.h"
#include "tidemill/config/yaml_file.h"

namespace tidemill {
namespace {

const std::vector<OverlayKey>& Keys() {
  static const std::vector<OverlayKey> kKeys = {
      {.path = "workers", .open = false},
      {.path = "topics.events", .open = false},
      {.path = "kafka.properties", .open = true}};
  return kKeys;
}

std::string Set(std::string_view file, const std::vector<std::string>& sets) {
  ParameterValue tree = ParseYaml(file, "f");
  ApplySets(tree, sets, Keys());
  return CanonicalText(tree);
}

std::string Env(std::string_view file, const Environment& environment) {
  ParameterValue tree = ParseYaml(file, "f");
  ApplyEnvironment(tree, environment, Keys());
  return CanonicalText(tree);
}

TEST(ApplySetsTest, ReplacesAValue) {
  EXPECT_EQ(Set("a: {b: 1, c: 2}", {"a.b=3"}), R"({"a":{"b":3,"c":2}})");
}

TEST(ApplySetsTest, MakesWhatIsMissing) {
  EXPECT_EQ(Set("", {"a.b=x"}), R"({"a":{"b":"x"}})");
}

TEST(ApplySetsTest, TheLastOneWins) {
  EXPECT_EQ(Set("", {"a=1", "a=2"}), R"({"a":2})");
}

TEST(ApplySetsTest, ANumberPicksAnItem) {
  EXPECT_EQ(Set("a: [{b: 1}, {b: 2}]", {"a.1.b=5"}),
            R"({"a":[{"b":1},{"b":5}]})");
}

TEST(ApplySetsTest, AnIndexBehindTheEndIsRefused) {
  EXPECT_EQ(MessageOf([] { Set("a: [1]", {"a.1=5"}); }),
            "--set a.1: expected an index below 1 for the list, got '1'");
}

TEST(ApplySetsTest, AValueIsNoMap) {
  EXPECT_EQ(MessageOf([] { Set("a: 7", {"a.b=5"}); }),
            "--set a.b: expected a map or list above 'b', got a number");
}

TEST(ApplySetsTest, ABareNameTakesParameters) {
  EXPECT_EQ(Set("model: Ridge", {"model.Ridge.alpha=2"}),
            R"({"model":{"Ridge":{"alpha":2}}})");
}

TEST(ApplySetsTest, TheKeyBehindAnOpenMapKeepsItsDots) {
  EXPECT_EQ(Set("", {"kafka.properties.linger.ms=5"}),
            R"({"kafka":{"properties":{"linger.ms":5}}})");
}

TEST(ApplySetsTest, TheValueMayHoldEqualsSigns) {
  EXPECT_EQ(Set("", {"a=b=c"}), R"({"a":"b=c"})");
}

TEST(ApplySetsTest, PlacesNameTheFlag) {
  ParameterValue tree;
  ApplySets(tree, {"a.b=1"});
  EXPECT_EQ(tree.Find("a")->Find("b")->where, "--set a.b");
}

TEST(ApplySetsTest, WithoutEqualsSignItIsAUsageError) {
  const auto error = ErrorOf([] { Set("", {"workers"}); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->exit_code(), ExitCode::kUsage);
  EXPECT_EQ(std::string(error->what()),
            "--set: expected PATH=VALUE, e.g. topics.events=clicks, got "
            "'workers'");
}

TEST(ApplySetsTest, AGapInThePathIsAUsageError) {
  for (const char* set : {"=1", "a..b=1", ".a=1", "kafka.properties.=1"}) {
    const auto error = ErrorOf([&] { Set("", {set}); });
    ASSERT_TRUE(error) << set;
    EXPECT_EQ(error->exit_code(), ExitCode::kUsage);
  }
}

TEST(EnvironmentNameTest, DotsBecomeTwoUnderscores) {
  EXPECT_EQ(EnvironmentName("topics.dead_letters"),
            "TIDEMILL_TOPICS__DEAD_LETTERS");
}

TEST(ApplyEnvironmentTest, SetsAKnownKey) {
  EXPECT_EQ(Env("", {{"TIDEMILL_TOPICS__EVENTS", "clicks"}}),
            R"({"topics":{"events":"clicks"}})");
}

TEST(ApplyEnvironmentTest, UnderscoresAreDotsBehindAnOpenMap) {
  EXPECT_EQ(Env("", {{"TIDEMILL_KAFKA__PROPERTIES__LINGER_MS", "5"}}),
            R"({"kafka":{"properties":{"linger.ms":5}}})");
}

TEST(ApplyEnvironmentTest, TheWholeMapComesBeforeItsKeys) {
  EXPECT_EQ(Env("", {{"TIDEMILL_KAFKA__PROPERTIES__B", "2"},
                     {"TIDEMILL_KAFKA__PROPERTIES", "{a: 1}"}}),
            R"({"kafka":{"properties":{"a":1,"b":2}}})");
}

TEST(ApplyEnvironmentTest, PlacesNameTheVariable) {
  ParameterValue tree;
  ApplyEnvironment(tree, {{"TIDEMILL_WORKERS", "3"}}, Keys());
  EXPECT_EQ(tree.Find("workers")->where, "environment TIDEMILL_WORKERS");
}

TEST(ApplyEnvironmentTest, AnUnknownNameNamesTheNearestButNotTheValue) {
  EXPECT_EQ(MessageOf([] {
              Env("", {{"TIDEMILL_WORKER", "hush"}});
            }),
            "environment TIDEMILL_WORKER: expected a variable that names a "
            "config key (did you mean 'TIDEMILL_WORKERS'?), got "
            "'TIDEMILL_WORKER'");
}

TEST(ApplyEnvironmentTest, OtherPrefixesAreSkipped) {
  EXPECT_EQ(Env("", {{"PATH", "/bin"}, {"TIDEMIL_WORKERS", "1"}}), "null");
}

TEST(ApplyEnvironmentTest, NamesOfOtherThingsAreSkipped) {
  EXPECT_EQ(Env("", {{"TIDEMILL_HOME", "/h"},
                     {"TIDEMILL_DATA_DIR", "/d"},
                     {"TIDEMILL_BIN", "/b"},
                     {"TIDEMILL_USER", "u"},
                     {"TIDEMILL_TEST_SEED", "1"}}),
            "null");
}

TEST(ApplyEnvironmentTest, AddressesOfAKubernetesServiceAreSkipped) {
  EXPECT_EQ(Env("", {{"TIDEMILL_SERVICE_HOST", "10.0.0.1"},
                     {"TIDEMILL_SERVICE_PORT_HTTP", "8080"},
                     {"TIDEMILL_CHURN_SERVICE_HOST", "10.0.0.2"},
                     {"TIDEMILL_CHURN_PORT_8080_TCP_ADDR", "10.0.0.2"},
                     {"TIDEMILL_PORT", "tcp://10.0.0.1:8080"},
                     {"TIDEMILL_PORT_8080_TCP_ADDR", "10.0.0.1"}}),
            "null");
}

TEST(ProcessEnvironmentTest, HoldsOnlyOurs) {
  ASSERT_EQ(setenv("TIDEMILL_TEST_X", "a=b", 1), 0);
  const Environment found = ProcessEnvironment();
  EXPECT_EQ(found.at("TIDEMILL_TEST_X"), "a=b");
  EXPECT_FALSE(found.contains("PATH"));
}

}  // namespace
}  // namespace tidemill
