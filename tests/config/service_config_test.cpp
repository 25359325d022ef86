#include "tidemill/config/service_config.h"

#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/config_testing.h"
#include "tidemill/config/field_table.h"
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

TEST(ServiceConfigTest, DriftsDefaultsAreTheDocumentedOnes) {
  const ServiceConfig::Drift drift = With({}).drift;
  EXPECT_EQ(drift.window, std::chrono::minutes(10));
  EXPECT_EQ(drift.window_events, 50000);
  EXPECT_EQ(drift.min_events, 5000);
  EXPECT_EQ(drift.sample, 1.0);
  EXPECT_FALSE(drift.features);
  EXPECT_EQ(drift.thresholds.psi, 0.1);
  EXPECT_EQ(drift.thresholds.js_distance, 0.0);
  EXPECT_EQ(drift.thresholds.ks, 0.06);
  EXPECT_EQ(drift.thresholds.missing_ratio, 0.05);
  EXPECT_EQ(drift.thresholds.unseen_ratio, 0.02);
  EXPECT_EQ(drift.thresholds.out_of_range_ratio, 0.02);
  EXPECT_EQ(drift.thresholds.score_psi, 0.2);
}

TEST(ServiceConfigTest, ThresholdsLieTwoLevelsDeep) {
  const auto path = WriteFile(
      "service: churn\n"
      "drift: {window: 1h, features: true, thresholds: {ks: 0.5, psi: 0}}");
  const ServiceConfig config =
      LoadServiceConfig(path, {"drift.thresholds.ks=0.25"},
                        {{"TIDEMILL_DRIFT__THRESHOLDS__SCORE_PSI", "1e-1"}});
  EXPECT_EQ(config.drift.window, std::chrono::hours(1));
  EXPECT_TRUE(config.drift.features);
  EXPECT_EQ(config.drift.thresholds.psi, 0.0);
  EXPECT_EQ(config.drift.thresholds.ks, 0.25);
  EXPECT_EQ(config.drift.thresholds.score_psi, 0.1);
  EXPECT_EQ(config.Where("drift.thresholds.ks"), "--set drift.thresholds.ks");
}

TEST(ServiceConfigTest, AnUnknownKeyTwoLevelsDeepNamesTheNearest) {
  EXPECT_EQ(ReadError("service: churn\ndrift:\n  thresholds: {kss: 1}\n"),
            "f:3:21 (drift.thresholds.kss): expected a known key (did you mean "
            "'drift.thresholds.ks'?), got 'drift.thresholds.kss'");
  EXPECT_THAT(ReadError("{service: churn, drift: {js_distance: 1}}"),
              HasSubstr("(did you mean 'drift.thresholds.js_distance'?)"));
  EXPECT_THAT(ReadError("{service: churn, drift: {treshold: {psi: 1}}}"),
              HasSubstr("(did you mean 'drift.thresholds'?)"));
  EXPECT_EQ(ReadError("{service: churn, drift: {thresholds: 7}}"),
            "f:1:38 (drift.thresholds): expected a map of keys, got a "
            "number");
}

TEST(ServiceConfigTest, TheSampleIsAboveNothingAndAtMostAll) {
  EXPECT_EQ(With({"drift.sample=1"}).drift.sample, 1.0);
  EXPECT_EQ(With({"drift.sample=0.001"}).drift.sample, 0.001);
  EXPECT_EQ(MessageOf([] { With({"drift.sample=0"}); }),
            "--set drift.sample: expected a number; above 0, up to 1, got the "
            "number 0");
  for (const std::string bad :
       {"-0.1", "1.0001", ".nan", ".inf", "10%", "[]", "'0.5'", "true"}) {
    EXPECT_THAT(MessageOf([&] { With({"drift.sample=" + bad}); }),
                HasSubstr("expected a number; above 0, up to 1"))
        << bad;
  }
}

TEST(ServiceConfigTest, ThresholdsAreNotNegative) {
  for (const std::string key :
       {"psi", "js_distance", "ks", "missing_ratio", "unseen_ratio",
        "out_of_range_ratio", "score_psi"}) {
    const std::string name = "drift.thresholds." + key;
    for (const std::string bad : {"-0.01", ".nan", ".inf", "1e9", "low"}) {
      EXPECT_THAT(MessageOf([&] { With({name + "=" + bad}); }),
                  HasSubstr(name + ": expected a number; from 0 to 1"))
          << bad;
    }
  }
}

TEST(ServiceConfigTest, DriftsWindowHoldsSomething) {
  EXPECT_THAT(MessageOf([] { With({"drift.window=999ms"}); }),
              HasSubstr("from 1s to 168h, got text '999ms'"));
  EXPECT_THAT(MessageOf([] { With({"drift.window_events=0"}); }),
              HasSubstr("from 1 to 1000000000, got the number 0"));
  EXPECT_THAT(MessageOf([] { With({"drift.min_events=0"}); }),
              HasSubstr("from 1 to 1000000000, got the number 0"));
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
            "f:1:25 (kafka): expected a map of keys, got a number");
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
            "limits.max_event_bytes=1MB", "drift.sample=0.3",
            "drift.thresholds.score_psi=1e-7"});
  const std::string text = ToText(config);
  const ServiceConfig again =
      ReadServiceConfig(ParseYaml(text, "f"), std::filesystem::path());
  EXPECT_EQ(again.kafka.group, "a: \"b\" #c");
  EXPECT_EQ(again.kafka.properties.at(2).value, "1\n2");
  EXPECT_EQ(again.instance, "7");
  EXPECT_EQ(again.model, config.model);
  EXPECT_EQ(again.http.listen, config.http.listen);
  EXPECT_EQ(again.limits.max_event_bytes, 1000000U);
  EXPECT_EQ(again.drift.sample, 0.3);
  EXPECT_EQ(again.drift.thresholds.ks, 0.06);
  EXPECT_EQ(again.drift.thresholds.score_psi, 1e-7);
  EXPECT_EQ(again.commit_interval, milliseconds(100));
  EXPECT_TRUE(again.kafka.static_membership);
}

TEST(ServiceConfigTextTest, SectionsStandWithinSections) {
  EXPECT_THAT(ToText(With({"drift.features=true"})),
              HasSubstr("\n  features: true  # --set drift.features\n"
                        "  thresholds:\n"
                        "    psi: 0.1  # default\n"));
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

TEST(ServiceConfigTest, DriftNeedsNoMoreEventsThanTheWindowKeeps) {
  EXPECT_EQ(With({"drift.window_events=7000", "drift.min_events=7000"})
                .drift.min_events,
            7000);
  EXPECT_EQ(ReadError("{service: churn, drift: {window_events: 100, "
                      "min_events: 101}}"),
            "f:1:58 (drift.min_events): expected at most drift.window_events, "
            "100, got 101");
}

TEST(ExampleFilesTest, TheCommentedDriftIsTheDefault) {
  for (const char* name : {"config/churn.yaml", "config/taxi.yaml"}) {
    std::ifstream file(kSource / name);
    std::string yaml = "service: churn\n";
    bool within = false;
    for (std::string line; std::getline(file, line);) {
      within = within || line == "# drift:";
      if (within) yaml += line.substr(2) + "\n";
    }
    const ServiceConfig shown = Read(yaml);
    for (const ConfigField& field : ServiceFields()) {
      if (!field.name.starts_with("drift.")) continue;
      EXPECT_TRUE(shown.places.contains(std::string(field.name)))
          << name << " does not show " << field.name;
      EXPECT_EQ(Print(field, shown), Print(field, With({}))) << field.name;
    }
  }
}

TEST(ExampleFilesTest, TaxiLoads) {
  const ServiceConfig config = LoadServiceConfig(kSource / "config/taxi.yaml");
  EXPECT_EQ(config.service, "taxi");
  EXPECT_EQ(config.model, kSource / "taxi.bin");
}

}  // namespace
}  // namespace tidemill
