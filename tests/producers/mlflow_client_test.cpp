#include "producers/mlflow_client.h"

#include <map>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/thrown_message.h"
#include "producers/fake_mlflow.h"
#include "tidemill/core/errors.h"
#include "tidemill/model/artifact.h"

namespace tidemill {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;

class MlflowClientTest : public testing::Test {
 protected:
  FakeMlflow mlflow_;
  MlflowClient client_{{.url = kFakeMlflow, .authorization = "Bearer t0ken"},
                       mlflow_.Get()};
};

TEST_F(MlflowClientTest, AsksForAliasesWithItsCredentials) {
  mlflow_.Set("/api/2.0/mlflow/registered-models/get?name=a%20b%2Fc",
              R"({"registered_model":{"aliases":[
                  {"alias":"champion","version":"2"}]}})");
  EXPECT_THAT(client_.Aliases("a b/c"), ElementsAre(Pair("champion", 2)));
  EXPECT_THAT(mlflow_.asked.at(0).headers,
              ElementsAre("Authorization: Bearer t0ken"));
  EXPECT_EQ(mlflow_.asked.at(0).max_bytes, 1U << 20U);
}

TEST_F(MlflowClientTest, AnUnknownModelIsANo) {
  EXPECT_THROW(client_.Aliases("nope"), AnswerIsNo);
}

TEST_F(MlflowClientTest, A404ThatIsNotMlflowsIsNoAnswer) {
  mlflow_.Set("/api/2.0/mlflow/registered-models/get?name=m", "<html>", 404);
  EXPECT_THROW(client_.Aliases("m"), UnavailableError);
}

TEST_F(MlflowClientTest, RefusedCredentialsAreSaidAndNotShown) {
  mlflow_.Set("/api/2.0/mlflow/registered-models/get?name=m", "no", 401);
  const std::string message =
      ThrownMessage<UnavailableError>([&] { client_.Aliases("m"); });
  EXPECT_THAT(message, HasSubstr("MLFLOW_TRACKING_TOKEN"));
  EXPECT_THAT(message, Not(HasSubstr("t0ken")));
}

TEST_F(MlflowClientTest, FindsTheFileInTheVersionsFolder) {
  mlflow_.SetVersion("m", 3, {{"MLmodel", "x"}, {"model.bin", "bytes"}});
  const MlflowArtifact artifact = client_.FetchVersion("m", 3, "model.bin");
  EXPECT_EQ(artifact.bytes, "bytes");
  EXPECT_EQ(artifact.run_id, "r3");
  EXPECT_THAT(artifact.where, HasSubstr("mlflow m version 3"));
}

TEST_F(MlflowClientTest, FindsTheFileBesideTheVersionsFolder) {
  mlflow_.SetVersion("m", 3, {{"MLmodel", "x"}});
  mlflow_.SetFolder("1/r3/artifacts", {{"model.bin", "beside"}});
  EXPECT_EQ(client_.FetchVersion("m", 3, "model.bin").bytes, "beside");
}

TEST_F(MlflowClientTest, FindsANamedFileInAFolderBelow) {
  mlflow_.SetVersion("m", 3, {{"model.bin", "other"}});
  mlflow_.SetFolder("1/r3/artifacts/model/artifacts", {{"x.bin", "named"}});
  EXPECT_EQ(client_.FetchVersion("m", 3, "artifacts/x.bin").bytes, "named");
}

TEST_F(MlflowClientTest, NeverListsTheProxysRoot) {
  const std::string question = "?name=m&version=3";
  mlflow_.Set("/api/2.0/mlflow/model-versions/get" + question,
              R"({"model_version":{}})");
  mlflow_.Set("/api/2.0/mlflow/model-versions/get-download-uri" + question,
              R"({"artifact_uri":"mlflow-artifacts:/model"})");
  mlflow_.SetFolder("model", {});
  EXPECT_THROW(client_.FetchVersion("m", 3, "model.bin"), ArtifactError);
  EXPECT_EQ(mlflow_.asked.size(), 3U);
}

TEST_F(MlflowClientTest, TakesAFileOfARunByGetArtifact) {
  const std::string question = "?name=m&version=3";
  mlflow_.Set("/api/2.0/mlflow/model-versions/get" + question,
              R"({"model_version":{"run_id":"r"}})");
  mlflow_.Set("/api/2.0/mlflow/model-versions/get-download-uri" + question,
              R"({"artifact_uri":"runs:/r/mo del"})");
  mlflow_.Set("/api/2.0/mlflow/artifacts/list?run_id=r&path=mo%20del",
              R"({"files":[{"path":"mo del/model.bin","file_size":3}]})");
  mlflow_.Set("/get-artifact?path=mo%20del%2Fmodel.bin&run_uuid=r", "abc");
  EXPECT_EQ(client_.FetchVersion("m", 3, "model.bin").bytes, "abc");
}

TEST_F(MlflowClientTest, LeavesStoresItCannotReachToTheServer) {
  const std::string question = "?name=m&version=3";
  mlflow_.Set("/api/2.0/mlflow/model-versions/get" + question,
              R"({"model_version":{}})");
  mlflow_.Set("/api/2.0/mlflow/model-versions/get-download-uri" + question,
              R"({"artifact_uri":"s3://bucket/model"})");
  mlflow_.Set("/model-versions/get-artifact" + question + "&path=model.bin",
              "abc");
  EXPECT_EQ(client_.FetchVersion("m", 3, "model.bin").bytes, "abc");
}

TEST_F(MlflowClientTest, AFileThatIsNowhereIsABrokenVersion) {
  mlflow_.SetVersion("m", 3, {{"MLmodel", "x"}});
  mlflow_.SetFolder("1/r3/artifacts", {});
  EXPECT_THAT(ThrownMessage<ArtifactError>(
                  [&] { client_.FetchVersion("m", 3, "model.bin"); }),
              HasSubstr("--artifact-path"));
}

TEST_F(MlflowClientTest, ATooLargeFileIsRefusedBeforeItIsLoaded) {
  mlflow_.SetVersion("m", 3, {});
  mlflow_.Set(FakeMlflow::kProxy + "?path=" + UrlEncode("1/r3/artifacts/model"),
              R"({"files":[{"path":"model.bin","file_size":268435457}]})");
  EXPECT_THROW(client_.FetchVersion("m", 3, "model.bin"), ArtifactError);
  EXPECT_EQ(mlflow_.asked.size(), 3U);
}

TEST_F(MlflowClientTest, TakesNoMoreBytesThanWereListed) {
  mlflow_.SetVersion("m", 3, {{"model.bin", "12345"}});
  client_.FetchVersion("m", 3, "model.bin");
  EXPECT_EQ(mlflow_.asked.back().max_bytes, 5U);
}

TEST_F(MlflowClientTest, AVersionThatIsGoneOrUnfinishedIsAskedForAgain) {
  EXPECT_THROW(client_.FetchVersion("m", 9, "model.bin"), TryAgainError);
  mlflow_.SetVersion("m", 3, {{"model.bin", "x"}});
  mlflow_.Set("/api/2.0/mlflow/model-versions/get?name=m&version=3",
              R"({"model_version":{"status":"PENDING_REGISTRATION"}})");
  EXPECT_THROW(client_.FetchVersion("m", 3, "model.bin"), TryAgainError);
}

TEST(CheckServerUrlTest, TakesHttpUrlsWithoutSecrets) {
  EXPECT_EQ(CheckServerUrl("http://127.0.0.1:5000/"), "http://127.0.0.1:5000");
  EXPECT_EQ(CheckServerUrl("https://h/prefix"), "https://h/prefix");
  for (const char* url : {"", "h:5000", "ftp://h", "http://h?a=b", "http://h/#",
                          "http://h/\n", "databricks"}) {
    EXPECT_THROW(CheckServerUrl(url), UsageError) << url;
  }
  EXPECT_THAT(
      ThrownMessage<UsageError>([] { CheckServerUrl("http://user:s3cret@h"); }),
      Not(HasSubstr("s3cret")));
}

std::string AuthorizationOf(const std::map<std::string, std::string>& set) {
  return AuthorizationFrom([&](const char* name) -> const char* {
    const auto found = set.find(name);
    return found == set.end() ? nullptr : found->second.c_str();
  });
}

TEST(AuthorizationTest, IsChosenAsMlflowsClientsDo) {
  EXPECT_THAT(AuthorizationOf({}), IsEmpty());
  // base64("user:pass")
  EXPECT_EQ(AuthorizationOf({{"MLFLOW_TRACKING_USERNAME", "user"},
                             {"MLFLOW_TRACKING_PASSWORD", "pass"},
                             {"MLFLOW_TRACKING_TOKEN", "t"}}),
            "Basic dXNlcjpwYXNz");
  EXPECT_EQ(AuthorizationOf({{"MLFLOW_TRACKING_USERNAME", "user"},
                             {"MLFLOW_TRACKING_TOKEN", "t"}}),
            "Bearer t");
}

TEST(AuthorizationTest, ATokenThatWouldBeAnotherHeaderIsRefusedUnseen) {
  EXPECT_THAT(ThrownMessage<ConfigError>([] {
                AuthorizationOf({{"MLFLOW_TRACKING_TOKEN", "s3cret\r\nX: y"}});
              }),
              Not(HasSubstr("s3cret")));
}

}  // namespace
}  // namespace tidemill
