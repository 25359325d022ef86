#include "tidemill/config/secrets.h"

#include <filesystem>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/config_testing.h"
#include "tidemill/config/field_table.h"
#include "tidemill/config/service_config.h"
#include "tidemill/config/yaml_file.h"
#include "tidemill/core/config_problems.h"

namespace tidemill {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string ReadBack(std::string_view content) {
  return ReadSecretFile(WriteFile(content), "f:1:2");
}

std::string Refused(std::string_view content) {
  return MessageOf([&] { ReadBack(content); });
}

TEST(SecretFileTest, OneLineEndAtTheEndIsNoPartOfIt) {
  EXPECT_EQ(ReadBack("hush\n"), "hush");
  EXPECT_EQ(ReadBack("hush\r\n"), "hush");
  EXPECT_EQ(ReadBack("hush\n\n"), "hush\n");
  EXPECT_EQ(ReadBack(" a\nb "), " a\nb ");
}

TEST(SecretFileTest, SizeIsBounded) {
  EXPECT_EQ(ReadBack(std::string(kMaxSecretBytes, 'x') + "\n").size(),
            kMaxSecretBytes);
  EXPECT_THAT(Refused(std::string(kMaxSecretBytes + 1, 'x')),
              HasSubstr("got more than 65536 bytes"));
}

TEST(SecretFileTest, EmptyOrWithNulIsRefused) {
  EXPECT_THAT(Refused("\n"), HasSubstr("got an empty file"));
  EXPECT_THAT(Refused(std::string("hu\0sh", 5)), HasSubstr("got a NUL in it"));
}

TEST(SecretFileTest, AFileThatIsNotThereIsABadConfig) {
  const auto error =
      ErrorOf([] { ReadSecretFile("/nowhere/secret", "f:1:2"); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->exit_code(), ExitCode::kBadConfig);
  EXPECT_STREQ(error->what(),
               "f:1:2: expected a secret in the file /nowhere/secret, got no "
               "such file");
}

TEST(SecretFileTest, AFolderIsNoSecret) {
  EXPECT_THAT(MessageOf([] { ReadSecretFile("/tmp", "f"); }),
              HasSubstr("got what is no regular file"));
}

TEST(SecretFileTest, APropertyTakesItsValueFromTheFileItNames) {
  const std::filesystem::path file = WriteFile("hush\n");
  const ServiceConfig config = ReadServiceConfig(
      ParseYaml("{service: churn, kafka: {properties: {sasl.password_file: " +
                    file.filename().string() + "}}}",
                "f"),
      file.parent_path());
  ASSERT_EQ(config.kafka.properties.size(), 1U);
  EXPECT_EQ(config.kafka.properties[0].name, "sasl.password");
  EXPECT_EQ(config.kafka.properties[0].value, "hush");
  const std::string text = ToText(config);
  EXPECT_THAT(text, HasSubstr("sasl.password_file: " + file.string()));
  EXPECT_THAT(text, Not(HasSubstr("hush")));
}

TEST(SecretFileTest, TheEnvironmentNamesAFileToo) {
  ParameterValue tree = ParseYaml("service: churn", "f");
  ApplyEnvironment(tree,
                   {{"TIDEMILL_KAFKA__CONSUMER__SASL_PASSWORD_FILE", "/run/s"}},
                   ServiceOverlayKeys());
  EXPECT_NE(tree.Find("kafka")->Find("consumer")->Find("sasl.password_file"),
            nullptr);
}

TEST(SecretFileTest, AValueAndAFileForItAreOneTooMany) {
  EXPECT_EQ(MessageOf([] {
              ReadServiceConfig(
                  ParseYaml("{service: churn, kafka: {properties: "
                            "{sasl.password: a, sasl.password_file: b}}}",
                            "f"),
                  {});
            }),
            "f:1:77 (kafka.properties.sasl.password_file): expected either "
            "'sasl.password' or the file that holds it, got both (f:1:54 "
            "(kafka.properties.sasl.password) has the other)");
}

TEST(MaskUrlsTest, HidesUserPasswordAndQuery) {
  EXPECT_EQ(MaskUrls("https://me:hush@a.example/b?sig=hush"),
            "https://********@a.example/b?********");
  EXPECT_EQ(MaskUrls("https://a.example/b@c"), "https://a.example/b@c");
  EXPECT_EQ(MaskUrls("https://u@a/x, http://v:w@b"),
            "https://********@a/x, http://********@b");
  EXPECT_EQ(MaskUrls("https://a?x=hush@b"), "https://a?********");
  EXPECT_EQ(MaskUrls("artifacts/"), "artifacts/");
  EXPECT_EQ(MaskUrls("://"), "://");
}

TEST(MaskUrlsTest, NoCharacterOfAPasswordEndsTheUrl) {
  for (const char* password :
       {"h,h", "h;h", "h\"h", "h'h", "h@h", "h/h", "h#h", "8/h"}) {
    EXPECT_EQ(MaskUrls("see https://me:" + std::string(password) + "@a/b, c"),
              "see https://********@a/b, c")
        << password;
  }
  EXPECT_EQ(MaskUrls("https://a/x,https://me:h,h@b"),
            "https://a/x,https://********@b");
}

TEST(MaskUrlsTest, NoCharacterOfAQueryEndsTheUrl) {
  EXPECT_EQ(MaskUrls("https://a/b?sig=h,h;h'h x"), "https://a/b?******** x");
  // A password with a question mark, or a port and a query with an at sign.
  EXPECT_EQ(MaskUrls("https://me:h?h@a x"), "https://******** x");
  EXPECT_EQ(MaskUrls("https://a:80/b?m=h@h"), "https://********");
}

TEST(MaskUrlsTest, AnAddressWithoutUserIsShownWhole) {
  for (const char* url :
       {"https://a:80/b", "https://[::1]:80/b", "http://a:80,http://b:80",
        "https://a/b@c:d", "https://a/b#c"}) {
    EXPECT_EQ(MaskUrls(url), url);
  }
}

TEST(ShownKeyTest, EndsWhereAValueMayBegin) {
  EXPECT_EQ(ShownKey("kafka.properties.linger.ms"),
            "kafka.properties.linger.ms");
  EXPECT_EQ(ShownKey("schema.fields.Monthly Charges"),
            "schema.fields.Monthly Charges");
  EXPECT_EQ(ShownKey("a:hush"), "a~");
  EXPECT_EQ(ShownKey("a=hush"), "a~");
  EXPECT_EQ(ShownKey("sasl.password hush"), "sasl.password~");
  EXPECT_EQ(ShownKey("sasl.password/hush"), "sasl.password~");
}

/// What is wrong with a config of `yaml` and what is laid over it.
std::string Problem(const std::string& yaml,
                    const std::vector<std::string>& sets = {},
                    const Environment& environment = {}) {
  return MessageOf([&] {
    ConfigProblems problems;
    ReadServiceConfig(ParseYaml(yaml, "f"), {}, sets, environment, problems);
    problems.Throw();
  });
}

/// The same with `text` where a map of properties belongs.
std::string PropertiesProblem(const std::string& text) {
  return Problem("{service: churn, kafka: {properties: " + text + "}}");
}

TEST(SecretsInErrorsTest, AnIllFormedMapOfPropertiesIsNotQuoted) {
  EXPECT_EQ(PropertiesProblem("sasl.password:hush"),
            "f:1:38 (kafka.properties): expected a map of librdkafka "
            "properties, got text");
  EXPECT_THAT(PropertiesProblem("[sasl.password:hush]"),
              HasSubstr("got a list"));
  EXPECT_THAT(PropertiesProblem("5417"), HasSubstr("got a number"));
}

TEST(SecretsInErrorsTest, AKeyWithItsValueInItIsRefusedAndCut) {
  for (const char* entry :
       {"{sasl.password:hush}", "{'sasl.password=hush': 1}",
        "{'sasl.password hush': }", "{sasl.password;hush: {a: b}}"}) {
    EXPECT_THAT(PropertiesProblem(entry),
                HasSubstr("(kafka.properties.sasl.password~): expected the "
                          "name of a librdkafka property, got "
                          "'sasl.password~'"))
        << entry;
  }
  EXPECT_THAT(
      PropertiesProblem("{sasl.password:hush: 1, sasl.password:hush: 2}"),
      HasSubstr("got 'sasl.password~' again"));
}

TEST(SecretsInErrorsTest, TagsAndSyntaxErrorsAreNotQuoted) {
  EXPECT_EQ(PropertiesProblem("{sasl.password: !hush }"),
            "f:1:54 (kafka.properties.sasl.password): expected a value "
            "without a tag, got a tag (!name)");
  EXPECT_THAT(PropertiesProblem("{sasl.password: \"hu\\qsh\"}"),
              HasSubstr("got a syntax error (unknown escape character)"));
  EXPECT_THAT(PropertiesProblem("{sasl.password: *hush }"),
              Not(HasSubstr("hush")));
}

TEST(SecretsInErrorsTest, TextInTheSectionsPlaceIsNotQuoted) {
  EXPECT_EQ(Problem("{service: churn, kafka: sasl.password:hush}"),
            "f:1:25 (kafka): expected a map of keys, got text");
  EXPECT_EQ(Problem("{service: churn, kafka: {sasl.password:hush: 1}}"),
            "f:1:46 (kafka.sasl.password~): expected a known key, got "
            "'kafka.sasl.password~'");
}

TEST(SecretsInErrorsTest, AUrlIsMaskedBeforeItIsCut) {
  EXPECT_EQ(Problem("service: churn", {"registry.allowed=[\"https://me:" +
                                       std::string(100, 'h') + "@a\"]"}),
            "--set registry.allowed: expected a list of URL prefixes, such as "
            "https://models.example/churn/ or file:///srv/models/, got text "
            "'https://********@a'");
}

TEST(SecretsInErrorsTest, ASetNamesItsKeyOnly) {
  const auto problem = [](const std::string& set) {
    return Problem("service: churn", {set});
  };
  EXPECT_EQ(problem("kafka.properties.sasl.password:hush"),
            "--set: expected PATH=VALUE, e.g. topics.events=clicks, got "
            "'kafka.properties.sasl.password~'");
  EXPECT_EQ(problem("kafka.properties.sasl.password:hush="),
            "--set kafka.properties.sasl.password~: expected the name of a "
            "librdkafka property, got 'sasl.password~'");
  EXPECT_EQ(problem("kafka.properties=sasl.password:hush"),
            "--set kafka.properties: expected a map of librdkafka properties, "
            "got text");
}

TEST(SecretsInErrorsTest, AVariableNamesItsKeyOnly) {
  Environment environment = {
      {"TIDEMILL_KAFKA__PROPERTIES", "sasl.password:hush"}};
  EXPECT_EQ(Problem("service: churn", {}, environment),
            "environment TIDEMILL_KAFKA__PROPERTIES: expected a map of "
            "librdkafka properties, got text");
  environment["TIDEMILL_KAFKA__PROPERTIES__LINGER_MS"] = "5";
  EXPECT_THAT(Problem("service: churn", {}, environment),
              HasSubstr("expected a map or list above 'linger.ms', got text"));
}

TEST(IsSecretPropertyTest, FollowsItsRule) {
  for (const char* name :
       {"sasl.password", "ssl.key.password", "ssl.keystore.password",
        "sasl.oauthbearer.client.secret", "ssl.key.pem",
        "sasl.oauthbearer.config"}) {
    EXPECT_TRUE(IsSecretProperty(name)) << name;
  }
  EXPECT_TRUE(IsSecretProperty("SASL.Pasword"));
  EXPECT_FALSE(IsSecretProperty("ssl.key.location"));
}

}  // namespace
}  // namespace tidemill
