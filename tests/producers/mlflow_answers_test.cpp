#include "producers/mlflow_answers.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/thrown_message.h"
#include "tidemill/core/errors.h"

namespace tidemill {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

constexpr const char* kServer = "http://ml:5000/prefix";

/// As MLflow 3.17 answers.
constexpr std::string_view kModel = R"({"registered_model":{"name":"churn",
  "creation_timestamp":1795270505473,
  "latest_versions":[{"name":"churn","version":"5"}],
  "aliases":[{"alias":"challenger","version":"2"},
             {"alias":"champion","version":"1"}]}})";

TEST(MlflowAnswersTest, ReadsAliases) {
  EXPECT_THAT(ParseRegisteredModel(kModel, "x"),
              UnorderedElementsAre(Pair("champion", 1), Pair("challenger", 2)));
}

TEST(MlflowAnswersTest, AModelWithoutAliasesHasNone) {
  EXPECT_THAT(ParseRegisteredModel(R"({"registered_model":{"name":"a"}})", "x"),
              IsEmpty());
  EXPECT_THAT(
      ParseRegisteredModel(R"({"registered_model":{"aliases":null}})", "x"),
      IsEmpty());
}

TEST(MlflowAnswersTest, ReadsNumbersAsTextAndAsNumbers) {
  EXPECT_THAT(
      ParseRegisteredModel(
          R"({"registered_model":{"aliases":[{"alias":"a","version":7}]}})",
          "x"),
      ElementsAre(Pair("a", 7)));
}

TEST(MlflowAnswersTest, ReadsAVersion) {
  const MlflowModelVersion version = ParseModelVersion(
      R"({"model_version":{"run_id":"53c7","status":"READY","source":"s"}})",
      "x");
  EXPECT_EQ(version.run_id, "53c7");
  EXPECT_TRUE(version.ready);
  EXPECT_FALSE(
      ParseModelVersion(
          R"({"model_version":{"status":"PENDING_REGISTRATION"}})", "x")
          .ready);
}

TEST(MlflowAnswersTest, AListHasFilesOnlyByTheirLastPart) {
  const auto files = ParseFileList(
      R"({"root_uri":"r","files":[{"path":"model","is_dir":true},
          {"path":"a/b/model.bin","is_dir":false,"file_size":1000},
          {"path":"x","file_size":"12"},{"path":"y"}]})",
      "x");
  ASSERT_EQ(files.size(), 3U);
  EXPECT_EQ(files[0].name, "model.bin");
  EXPECT_EQ(files[0].size, 1000U);
  EXPECT_EQ(files[1].size, 12U);
  EXPECT_EQ(files[2].size, std::nullopt);
  EXPECT_THAT(ParseFileList("{}", "x"), IsEmpty());
}

/// What no reader may swallow.
constexpr std::string_view kHostile[] = {
    "",
    "null",
    "[]",
    "7",
    "\"text\"",
    "{",
    "<html>502</html>",
    "{\"registered_model\":\"\xff\xfe\"}",
    R"({"registered_model":[],"model_version":[],"artifact_uri":[],"files":{}})",
    R"({"registered_model":7,"model_version":7,"artifact_uri":7,"files":7})",
    R"({"registered_model":{"aliases":{}},"model_version":{"run_id":7},
        "artifact_uri":"","files":[7]})",
    R"({"registered_model":{"aliases":[7]},"model_version":{"run_id":"../x"},
        "artifact_uri":null,"files":[{"path":7}]})",
    R"({"registered_model":{"aliases":[{"alias":"a"}]},
        "model_version":{"run_id":"a b"},
        "files":[{"path":"a","file_size":-1}]})",
    R"({"registered_model":{"aliases":[{"alias":"a","version":"-3"}]},
        "model_version":{"status":7},
        "files":[{"path":"a","file_size":1.5}]})",
    R"({"registered_model":{"aliases":[{"alias":"a","version":
        "99999999999999999999999"}]},"model_version":{"run_id":"a\nb"},
        "files":[{"path":"a","file_size":"1e9"}]})",
    R"({"registered_model":{"aliases":[{"alias":7,"version":"3"}]},
        "model_version":null,"files":["a"]})",
};

TEST(MlflowAnswersTest, HostileBodiesAreRefusedWithTheQuestionNamed) {
  for (const std::string_view body : kHostile) {
    EXPECT_THAT(ThrownMessage<UnavailableError>(
                    [&] { ParseRegisteredModel(body, "/the/question"); }),
                HasSubstr("/the/question"))
        << body;
    EXPECT_THAT(ThrownMessage<UnavailableError>(
                    [&] { ParseModelVersion(body, "/the/question"); }),
                HasSubstr("/the/question"))
        << body;
    EXPECT_THROW(ParseDownloadUri(body, "q"), UnavailableError) << body;
    EXPECT_THROW(ParseFileList(body, "q"), UnavailableError) << body;
  }
}

TEST(MlflowAnswersTest, ADeepNestIsReadWithoutRecursion) {
  const std::string deep(1U << 20U, '[');
  EXPECT_THROW(ParseRegisteredModel(deep, "q"), UnavailableError);
  const std::string closed =
      "{\"registered_model\":" + std::string(400'000, '[') +
      std::string(400'000, ']') + "}";
  EXPECT_THROW(ParseRegisteredModel(closed, "q"), UnavailableError);
}

TEST(MlflowAnswersTest, AnErrorIsDescribedOnOneLineAndCut) {
  EXPECT_EQ(DescribeError(R"({"error_code":"A","message":"b\nc"})"),
            "A: b\\nc");
  EXPECT_EQ(ErrorCodeOf(R"({"error_code":"A"})"), "A");
  EXPECT_EQ(ErrorCodeOf("<html>"), "");
  EXPECT_EQ(ErrorCodeOf(R"({"error_code":[1]})"), "");
  EXPECT_LT(DescribeError(std::string(100'000, 'x')).size(), 300U);
}

MlflowFolder Proxied(std::vector<std::string> path) {
  return {.kind = MlflowFolder::Kind::kProxied,
          .run_id = {},
          .path = std::move(path)};
}

TEST(ParseFolderTest, KnowsTheFormsOfTheServersOwnProxy) {
  const MlflowFolder expected = Proxied({"1", "r", "artifacts", "m"});
  for (const char* uri :
       {"mlflow-artifacts:/1/r/artifacts/m",
        "mlflow-artifacts:///1/r/artifacts/m/",
        "mlflow-artifacts://ml:5000/1/r/artifacts/m",
        "http://ml:5000/prefix/api/2.0/mlflow-artifacts/artifacts/1/r/"
        "artifacts/m"}) {
    EXPECT_EQ(ParseFolder(uri, kServer), expected) << uri;
  }
}

TEST(ParseFolderTest, APathMayHoldAnyPrintableText) {
  EXPECT_EQ(ParseFolder("mlflow-artifacts:/1/mo del/%2e?#\xc3\xbc", kServer),
            Proxied({"1", "mo del", "%2e?#\xc3\xbc"}));
}

TEST(ParseFolderTest, KnowsRuns) {
  EXPECT_EQ(ParseFolder("runs:/53c7/model/a", kServer),
            (MlflowFolder{.kind = MlflowFolder::Kind::kRun,
                          .run_id = "53c7",
                          .path = {"model", "a"}}));
  EXPECT_THAT(ParseFolder("runs:/53c7", kServer).path, IsEmpty());
}

TEST(ParseFolderTest, LeavesOtherStoresToTheServer) {
  for (const char* uri : {"s3://bucket/a/../b", "/mnt/a", "file:///mnt/a"}) {
    EXPECT_EQ(ParseFolder(uri, kServer).kind, MlflowFolder::Kind::kOther)
        << uri;
  }
}

TEST(ParseFolderTest, RefusesWhatLeadsElsewhere) {
  for (const char* uri :
       {"mlflow-artifacts://evil:5000/1/r", "mlflow-artifacts://evil/1",
        "mlflow-artifacts:/1/../../etc", "mlflow-artifacts:/1/./a",
        "mlflow-artifacts:/1//a", "mlflow-artifacts:/1/a\r\nHost: b",
        "http://169.254.169.254/latest/meta-data",
        "http://ml:5000/other/api/2.0/mlflow-artifacts/artifacts/1",
        "http://ml:5000/prefix/api/2.0/mlflow-artifacts/artifacts/../../x",
        "https://ml:5000/prefix/api/2.0/mlflow-artifacts/artifacts/1", "runs:/",
        "runs:/a b/model", "runs:/..%2f/model", "runs:/r/../x",
        "models:/churn/1", "models:/m-12"}) {
    EXPECT_THROW(ParseFolder(uri, kServer), ArtifactError) << uri;
  }
}

TEST(SplitPathTest, TakesRelativePathsOnly) {
  EXPECT_THAT(SplitPath("a/model.bin", "p"), ElementsAre("a", "model.bin"));
  for (const char* path : {"", "/", "/a", "a/", "a//b", ".", "..", "a/../b"}) {
    EXPECT_THROW(SplitPath(path, "p"), ArtifactError) << path;
  }
}

TEST(UrlEncodeTest, LeavesOnlyUnreservedCharacters) {
  EXPECT_EQ(UrlEncode("aZ09-_.~"), "aZ09-_.~");
  EXPECT_EQ(UrlEncode("a b/c?d&e#%\xc3\xbc"), "a%20b%2Fc%3Fd%26e%23%25%C3%BC");
}

}  // namespace
}  // namespace tidemill
