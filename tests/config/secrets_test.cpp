#include "tidemill/config/secrets.h"

#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/config_testing.h"
#include "tidemill/config/field_table.h"
#include "tidemill/config/service_config.h"
#include "tidemill/config/yaml_file.h"

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
