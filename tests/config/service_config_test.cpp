#include "tidemill/config/service_config.h"

#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/config_testing.h"
#include "tidemill/config/yaml_file.h"

namespace tidemill {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;

const std::filesystem::path kSource = TIDEMILL_SOURCE_DIR;

ServiceConfig Read(std::string_view yaml) {
  return ReadServiceConfig(ParseYaml(yaml, "f"), "conf");
}

ServiceConfig With(const std::vector<std::string>& sets) {
  return DefaultServiceConfig("churn", sets);
}

std::string ReadError(std::string_view yaml) {
  return MessageOf([&] { Read(yaml); });
}

TEST(ServiceConfigTest, OnlyTheServiceIsRequired) {
  EXPECT_EQ(Read("service: churn").service, "churn");
  EXPECT_EQ(ReadError("workers: 2"), "f: expected the key 'service', got none");
  EXPECT_EQ(ReadError(""), "f: expected the key 'service', got none");
}

TEST(ServiceConfigTest, AGroupHoldsNoControlCharacters) {
  EXPECT_THAT(ReadError("service: churn\nkafka: {group: \"a\\nb\"}"),
              HasSubstr("(kafka.group): expected text of 1 to 249 bytes, no "
                        "control characters, got text 'a\nb'"));
}

TEST(ServiceConfigTest, NamesFollowTheService) {
  const ServiceConfig config = Read("service: taxi");
  EXPECT_EQ(config.kafka.group, "taxi-scorer");
  EXPECT_EQ(config.topics.events, "taxi.events");
  EXPECT_EQ(config.topics.predictions, "taxi.predictions");
  EXPECT_EQ(config.topics.dead_letters, "taxi.dead-letters");
  EXPECT_EQ(config.topics.outcomes, "taxi.outcomes");
}

TEST(ServiceConfigTest, TheOtherDefaultsAreTheDocumentedOnes) {
  const ServiceConfig config = Read("service: churn");
  EXPECT_EQ(config.kafka.bootstrap, "127.0.0.1:9092");
  EXPECT_TRUE(config.kafka.properties.empty());
  EXPECT_FALSE(config.topics.create);
  EXPECT_TRUE(config.model.empty());
  EXPECT_EQ(config.registry.topic, "tidemill.registry");
  EXPECT_EQ(config.registry.store, "conf/artifacts/");
  EXPECT_EQ(config.delivery, DeliveryMode::kAtLeastOnce);
  EXPECT_EQ(config.workers, 1);
  EXPECT_EQ(config.metrics.listen, (HostPort{"127.0.0.1", 9464}));
  EXPECT_EQ(config.http.listen, (HostPort{"127.0.0.1", 8080}));
  EXPECT_EQ(config.limits.max_event_bytes, 1048576U);
  EXPECT_EQ(config.limits.max_depth, 64);
  EXPECT_EQ(config.limits.max_batch, 512);
  EXPECT_EQ(config.log.level, "info");
  EXPECT_EQ(config.log.format, "text");
}

TEST(ServiceConfigTest, TheCommitIntervalFollowsTheDelivery) {
  EXPECT_EQ(With({}).commit_interval, milliseconds(1000));
  EXPECT_EQ(With({"delivery=exactly_once"}).commit_interval, milliseconds(100));
  EXPECT_EQ(
      With({"delivery=exactly_once", "commit_interval=2s"}).commit_interval,
      milliseconds(2000));
}

TEST(ServiceConfigTest, MembershipIsStaticWithExactlyOnceAndAnInstance) {
  EXPECT_FALSE(With({}).kafka.static_membership);
  EXPECT_FALSE(With({"delivery=exactly_once"}).kafka.static_membership);
  EXPECT_FALSE(With({"instance=a"}).kafka.static_membership);
  EXPECT_TRUE(
      With({"delivery=exactly_once", "instance=a"}).kafka.static_membership);
  EXPECT_FALSE(With({"delivery=exactly_once", "instance=a",
                     "kafka.static_membership=false"})
                   .kafka.static_membership);
}

TEST(ServiceConfigTest, TheInstanceIsTheHostsName) {
  char name[256] = {};
  ASSERT_EQ(gethostname(name, sizeof(name) - 1), 0);
  EXPECT_EQ(With({}).instance, name);
}

TEST(ServiceConfigTest, NullMeansTheDefault) {
  const ServiceConfig config =
      Read("{service: churn, workers: ~, kafka: ~, topics: {events: }}");
  EXPECT_EQ(config.workers, 1);
  EXPECT_EQ(config.topics.events, "churn.events");
}

TEST(ServiceConfigTest, FlagsWinOverEnvironmentOverFileOverDefaults) {
  const auto path = WriteFile("{service: churn, workers: 2}");
  EXPECT_EQ(LoadServiceConfig(path).workers, 2);
  EXPECT_EQ(LoadServiceConfig(path, {}, {{"TIDEMILL_WORKERS", "3"}}).workers,
            3);
  EXPECT_EQ(LoadServiceConfig(path, {"workers=4"}, {{"TIDEMILL_WORKERS", "3"}})
                .workers,
            4);
}

TEST(ServiceConfigTest, RelativePathsAreAgainstTheFile) {
  const ServiceConfig config =
      Read("{service: churn, model: ../m.bin, registry: {store: /srv}}");
  EXPECT_EQ(config.model, "m.bin");
  EXPECT_EQ(config.registry.store, "/srv");
}

TEST(ServiceConfigTest, AStoreMayBeAUrl) {
  EXPECT_EQ(With({"registry.store=https://a/b"}).registry.store, "https://a/b");
}

TEST(ServiceConfigTest, PropertiesAreTextAsWritten) {
  const ServiceConfig config = Read(
      "{service: churn, kafka: {properties: {linger.ms: 5, a: 0.10, b: true, "
      "c: x, d: }}}");
  std::vector<std::string> texts;
  for (const KafkaProperty& property : config.kafka.properties) {
    texts.push_back(property.name + "=" + property.value);
  }
  EXPECT_THAT(texts, ElementsAre("linger.ms=5", "a=0.10", "b=true", "c=x"));
}

TEST(ServiceConfigTest, PropertiesKnowTheirPlace) {
  const ServiceConfig config = With({"kafka.consumer.fetch.wait.max.ms=10"});
  ASSERT_EQ(config.kafka.consumer.size(), 1U);
  EXPECT_EQ(config.kafka.consumer[0].name, "fetch.wait.max.ms");
  EXPECT_EQ(config.kafka.consumer[0].where,
            "--set kafka.consumer.fetch.wait.max.ms");
}

TEST(ServiceConfigTest, ANestedPropertyIsRefused) {
  EXPECT_EQ(ReadError("service: churn\nkafka:\n  producer:\n    linger: {ms: "
                      "5}\n"),
            "f:4:5 (kafka.producer.linger): expected text, a number, true or "
            "false for 'linger', got a map");
}

TEST(ServiceConfigTest, AnUnknownKeyNamesTheNearest) {
  EXPECT_EQ(ReadError("service: churn\nkafka:\n  bootstrp: a:1\n"),
            "f:3:13 (kafka.bootstrp): expected a known key (did you mean "
            "'kafka.bootstrap'?), got 'kafka.bootstrp'");
}

TEST(ServiceConfigTest, AKeyInTheWrongPlaceNamesTheRightOne) {
  EXPECT_THAT(ReadError("{service: churn, bootstrap: 'a:1'}"),
              HasSubstr("(did you mean 'kafka.bootstrap'?), got 'bootstrap'"));
}

TEST(ServiceConfigTest, AnUnknownKeyInAFlagNamesTheFlag) {
  EXPECT_EQ(MessageOf([] { With({"topics.event=x"}); }),
            "--set topics.event: expected a known key (did you mean "
            "'topics.events'?), got 'topics.event'");
}

TEST(ServiceConfigTest, ASectionMustBeAMap) {
  EXPECT_EQ(ReadError("{service: churn, kafka: 7}"),
            "f:1:25 (kafka): expected a map of keys, got the number 7");
}

TEST(ServiceConfigTest, ADurationNeedsItsUnit) {
  EXPECT_EQ(ReadError("{service: churn, commit_interval: 100}"),
            "f:1:35 (commit_interval): expected a duration with its unit, such "
            "as 100ms, 2s or 1m; from 1ms to 1m, got the number 100");
}

TEST(ServiceConfigTest, ADurationHasItsRange) {
  EXPECT_THAT(MessageOf([] { With({"commit_interval=0ms"}); }),
              HasSubstr("from 1ms to 1m, got text '0ms'"));
  EXPECT_THAT(MessageOf([] { With({"commit_interval=61s"}); }),
              HasSubstr("from 1ms to 1m, got text '61s'"));
}

TEST(ServiceConfigTest, ASizeNeedsItsUnit) {
  EXPECT_EQ(MessageOf([] { With({"limits.max_event_bytes=1000"}); }),
            "--set limits.max_event_bytes: expected a size with its unit, such "
            "as 64KiB, 16MiB or 1MB; from 1B to 256MiB, got the number 1000");
}

TEST(ServiceConfigTest, AWholeNumberHasItsRange) {
  EXPECT_EQ(MessageOf([] { With({"workers=0"}); }),
            "--set workers: expected a whole number; from 1 to 256, got the "
            "number 0");
  EXPECT_THAT(MessageOf([] { With({"workers=1.5"}); }),
              HasSubstr("got the number 1.5"));
  EXPECT_THAT(MessageOf([] { With({"workers=two"}); }),
              HasSubstr("got text 'two'"));
}

TEST(ServiceConfigTest, AChoiceNamesWhatIsAllowed) {
  EXPECT_EQ(MessageOf([] { With({"delivery=exactly-once"}); }),
            "--set delivery: expected one of at_least_once, exactly_once, got "
            "text 'exactly-once'");
}

TEST(ServiceConfigTest, YesIsNoBoolean) {
  EXPECT_EQ(MessageOf([] { With({"topics.create=yes"}); }),
            "--set topics.create: expected true or false, got text 'yes'");
}

TEST(ServiceConfigTest, NamesAreWhatKafkaTakes) {
  for (const std::string name : {"a b", "a/b", "a@1", ".", "..", "\"\""}) {
    EXPECT_THAT(MessageOf([&] { With({"topics.events=" + name}); }),
                HasSubstr("expected a name of 1 to 249 letters, digits, '.', "
                          "'_' or '-'"))
        << name;
  }
  EXPECT_EQ(
      With({"topics.events=" + std::string(249, 'x')}).topics.events.size(),
      249U);
  EXPECT_THAT(
      MessageOf([] { With({"topics.events=" + std::string(250, 'x')}); }),
      HasSubstr("expected a name"));
}

TEST(ServiceConfigTest, TwoTopicsMustDiffer) {
  EXPECT_EQ(
      MessageOf([] { With({"topics.events=churn.predictions"}); }),
      "--set topics.events: expected a topic that topics.predictions does "
      "not use, got 'churn.predictions' for both");
}

TEST(ServiceConfigTest, ShadowScoresAreNoEvents) {
  EXPECT_THAT(
      MessageOf([] { With({"topics.events=churn.predictions.shadow"}); }),
      HasSubstr("expected a topic that topics.predictions does not use"));
}

TEST(ServiceConfigTest, AnAddressIsHostAndPort) {
  EXPECT_EQ(With({"http.listen=0.0.0.0:0"}).http.listen,
            (HostPort{"0.0.0.0", 0}));
  EXPECT_EQ(MessageOf([] { With({"http.listen=8080"}); }),
            "--set http.listen: expected an address HOST:PORT; port from 0 to "
            "65535, got the number 8080");
}

TEST(ServiceConfigTest, BootstrapTakesSeveralBrokers) {
  EXPECT_EQ(With({"kafka.bootstrap=a:1,b:2"}).kafka.bootstrap, "a:1,b:2");
  for (const std::string text : {"a", "a:0", "a:1,", ",a:1", "a:1,b"}) {
    EXPECT_THAT(MessageOf([&] { With({"kafka.bootstrap=" + text}); }),
                HasSubstr("expected one or more addresses HOST:PORT"))
        << text;
  }
}

TEST(ServiceConfigTest, AllowedPrefixesEndTheHost) {
  EXPECT_THAT(
      With({"registry.allowed=[https://a/, file:///srv/]"}).registry.allowed,
      ElementsAre("https://a/", "file:///srv/"));
  for (const std::string text : {"https://a", "https:///x", "ftp://a/", "a"}) {
    EXPECT_THAT(MessageOf([&] { With({"registry.allowed=" + text}); }),
                HasSubstr("expected a list of URL prefixes"))
        << text;
  }
}

TEST(ServiceConfigTest, WhereNamesThePlaceOrTheDefault) {
  const ServiceConfig config = Read("service: churn\nworkers: 2\n");
  EXPECT_EQ(config.Where("workers"), "f:2:10 (workers)");
  EXPECT_EQ(config.Where("kafka.group"), "the default of kafka.group");
}

TEST(ServiceConfigTextTest, NamesWhereEachValueCameFrom) {
  const std::string text = ToText(With({"workers=3"}));
  EXPECT_THAT(text, HasSubstr("\nworkers: 3  # --set workers\n"));
  EXPECT_THAT(text, HasSubstr("\n  group: churn-scorer  # default\n"));
}

TEST(ServiceConfigTextTest, ReadsBackAsTheSame) {
  const ServiceConfig config =
      With({"workers=3", "kafka.group='a: \"b\" #c'", "model=/m.bin",
            "delivery=exactly_once", "instance='7'",
            "kafka.properties={linger.ms: 5, x: '', y: \"1\\n2\"}",
            "registry.allowed=[https://a/]", "http.listen='[::1]:0'",
            "limits.max_event_bytes=1MB"});
  const std::string text = ToText(config);
  const ServiceConfig again =
      ReadServiceConfig(ParseYaml(text, "f"), std::filesystem::path());
  EXPECT_EQ(again.kafka.group, "a: \"b\" #c");
  EXPECT_EQ(again.kafka.properties.at(2).value, "1\n2");
  EXPECT_EQ(again.instance, "7");
  EXPECT_EQ(again.model, config.model);
  EXPECT_EQ(again.http.listen, config.http.listen);
  EXPECT_EQ(again.limits.max_event_bytes, 1000000U);
  EXPECT_EQ(again.commit_interval, milliseconds(100));
  EXPECT_TRUE(again.kafka.static_membership);
}

TEST(ServiceConfigTextTest, MasksSecretProperties) {
  const std::string text =
      ToText(With({"kafka.properties.sasl.password=hush",
                   "kafka.properties.ssl.key.pem=hush",
                   "kafka.consumer.ssl.key.location=/k.pem"}));
  EXPECT_THAT(text, Not(HasSubstr("hush")));
  EXPECT_THAT(text, HasSubstr("sasl.password: \"********\""));
  EXPECT_THAT(text, HasSubstr("ssl.key.location: /k.pem"));
}

TEST(ExampleFilesTest, ChurnLoads) {
  const ServiceConfig config = LoadServiceConfig(kSource / "config/churn.yaml");
  EXPECT_EQ(config.service, "churn");
  EXPECT_EQ(config.model, "") << "the registry says which";
  EXPECT_EQ(config.registry.store, (kSource / "artifacts/").string());
  EXPECT_EQ(config.registry.last_good, kSource / "last-good/");
}

TEST(ExampleFilesTest, TaxiLoads) {
  const ServiceConfig config = LoadServiceConfig(kSource / "config/taxi.yaml");
  EXPECT_EQ(config.service, "taxi");
  EXPECT_EQ(config.model, kSource / "taxi.bin");
}

}  // namespace
}  // namespace tidemill
