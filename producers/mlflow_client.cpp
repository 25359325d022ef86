#include "producers/mlflow_client.h"

#include <algorithm>
#include <chrono>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "tidemill/core/errors.h"
#include "tidemill/model/artifact.h"
#include "tidemill/rollout/webhook_signature.h"

namespace tidemill {
namespace {

constexpr std::size_t kMaxAnswerBytes = 1U << 20U;
constexpr std::chrono::seconds kAnswerTimeout{10};
/// 256 MiB at 2 MB/s.
constexpr std::chrono::seconds kDownloadTimeout{120};

constexpr std::string_view kApi = "/api/2.0/mlflow/";
constexpr std::string_view kProxy = "/api/2.0/mlflow-artifacts/artifacts";

bool HasControls(std::string_view text) {
  return std::ranges::any_of(text, [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == '\x7f';
  });
}

std::string Join(const std::vector<std::string>& parts) {
  std::string path;
  for (const std::string& part : parts) {
    if (!path.empty()) path += '/';
    path += part;
  }
  return path;
}

/// Each part percent-encoded, the slashes between them kept.
std::string EncodePath(const std::vector<std::string>& parts) {
  std::string path;
  for (const std::string& part : parts) path += "/" + UrlEncode(part);
  return path;
}

std::string Refused(const HttpAnswer& answer) {
  return fmt::format("status {}{}{}", answer.status,
                     answer.body.empty() ? "" : " ",
                     DescribeError(answer.body));
}

[[noreturn]] void Unexpected(const std::string& url, const HttpAnswer& answer) {
  throw UnavailableError(
      {.where = url,
       .expected = answer.status == 401 || answer.status == 403
                       ? "credentials that MLflow accepts "
                         "(MLFLOW_TRACKING_USERNAME and "
                         "MLFLOW_TRACKING_PASSWORD, or "
                         "MLFLOW_TRACKING_TOKEN)"
                       : "an answer of MLflow",
       .got = Refused(answer)});
}

}  // namespace

/// A file and how to ask for it.
struct MlflowClient::Place {
  std::string path;  ///< of the request
  std::uint64_t max_bytes = kMaxArtifactBytes;
};

std::string CheckServerUrl(const std::string& url) {
  std::string checked = url;
  while (checked.ends_with('/')) checked.pop_back();
  const bool is_http =
      checked.starts_with("http://") || checked.starts_with("https://");
  if (!is_http || HasControls(checked) ||
      checked.find_first_of("?#@ ") != std::string::npos) {
    throw UsageError(
        {.where = "--mlflow",
         .expected = "http(s)://HOST[:PORT][/PREFIX] (user and password stand "
                     "in MLFLOW_TRACKING_USERNAME and "
                     "MLFLOW_TRACKING_PASSWORD)",
         // It may hold a password.
         .got = url.find('@') == std::string::npos ? "'" + url + "'"
                                                   : "one with an '@'"});
  }
  return checked;
}

std::string AuthorizationFrom(
    const std::function<const char*(const char*)>& get) {
  const auto read = [&](const char* name) {
    const char* value = get(name);
    return std::string(value == nullptr ? "" : value);
  };
  const std::string user = read("MLFLOW_TRACKING_USERNAME");
  const std::string password = read("MLFLOW_TRACKING_PASSWORD");
  if (!user.empty() && !password.empty()) {
    return "Basic " + Base64(user + ":" + password);
  }
  const std::string token = read("MLFLOW_TRACKING_TOKEN");
  if (token.empty()) return {};
  if (HasControls(token)) {
    throw ConfigError({.where = "MLFLOW_TRACKING_TOKEN",
                       .expected = "a token",
                       .got = "control characters in it"});
  }
  return "Bearer " + token;
}

MlflowClient::MlflowClient(MlflowServer server, Get get)
    : server_(std::move(server)), get_(std::move(get)) {}

HttpAnswer MlflowClient::Ask(const std::string& path,
                             std::size_t max_bytes) const {
  FetchRequest request;
  request.url = server_.url + path;
  request.max_bytes = max_bytes;
  request.timeout =
      max_bytes > kMaxAnswerBytes ? kDownloadTimeout : kAnswerTimeout;
  if (!server_.authorization.empty()) {
    request.headers.push_back("Authorization: " + server_.authorization);
  }
  return get_(request);
}

MlflowAliases MlflowClient::Aliases(const std::string& model) const {
  const std::string path =
      fmt::format("{}registered-models/get?name={}", kApi, UrlEncode(model));
  const HttpAnswer answer = Ask(path, kMaxAnswerBytes);
  if (answer.status == 404 &&
      ErrorCodeOf(answer.body) == "RESOURCE_DOES_NOT_EXIST") {
    throw AnswerIsNo({.where = server_.url,
                      .expected = "a registered model '" + model + "'",
                      .got = Refused(answer)});
  }
  if (answer.status != 200) Unexpected(server_.url + path, answer);
  return ParseRegisteredModel(answer.body, path);
}

std::string MlflowClient::AskVersion(const std::string& path) const {
  HttpAnswer answer = Ask(path, kMaxAnswerBytes);
  if (answer.status == 404) {
    throw TryAgainError({.where = server_.url + path,
                         .expected = "what its alias named just now",
                         .got = Refused(answer)});
  }
  if (answer.status != 200) Unexpected(server_.url + path, answer);
  return std::move(answer.body);
}

MlflowArtifact MlflowClient::FetchVersion(const std::string& model,
                                          std::uint64_t version,
                                          const std::string& name) const {
  const std::string question =
      fmt::format("?name={}&version={}", UrlEncode(model), version);
  std::string path = fmt::format("{}model-versions/get{}", kApi, question);
  const MlflowModelVersion found = ParseModelVersion(AskVersion(path), path);
  const std::string of = fmt::format("mlflow {} version {}", model, version);
  if (!found.ready) {
    throw TryAgainError({.where = of,
                         .expected = "the status READY",
                         .got = "a registration that has not ended well"});
  }
  path = fmt::format("{}model-versions/get-download-uri{}", kApi, question);
  const std::string uri = ParseDownloadUri(AskVersion(path), path);
  const MlflowFolder folder = ParseFolder(uri, server_.url);

  std::optional<Place> place;
  if (folder.kind == MlflowFolder::Kind::kOther) {
    place = Place{.path = fmt::format("/model-versions/get-artifact{}&path={}",
                                      question, UrlEncode(name))};
  } else {
    place = FindFile(folder, name);
  }
  if (!place) {
    throw ArtifactError(
        {.where = of,
         .expected = fmt::format("a file {} in its folder or beside it "
                                 "(--artifact-path names another)",
                                 name),
         .got = "none"});
  }
  const std::string where = fmt::format("{}, {}", of, name);
  return {
      .bytes = Download(*place, where), .run_id = found.run_id, .where = where};
}

std::optional<MlflowClient::Place> MlflowClient::FindFile(
    const MlflowFolder& folder, const std::string& name) const {
  std::vector<std::string> parts = SplitPath(name, "--artifact-path");
  const std::string file = parts.back();
  parts.pop_back();

  std::vector<std::string> base = folder.path;
  // The version's folder first, then the one around it.
  for (int i = 0; i < 2; ++i) {
    MlflowFolder place = folder;
    place.path = base;
    place.path.insert(place.path.end(), parts.begin(), parts.end());
    const auto found = FindInFolder(place, file);
    if (found) {
      place.path.push_back(file);
      if (found->size.value_or(0) > kMaxArtifactBytes) {
        throw ArtifactError(
            {.where = Join(place.path),
             .expected = fmt::format("at most {} bytes", kMaxArtifactBytes),
             .got = std::to_string(*found->size)});
      }
      return Place{
          .path = folder.kind == MlflowFolder::Kind::kProxied
                      ? std::string(kProxy) + EncodePath(place.path)
                      : fmt::format("/get-artifact?path={}&run_uuid={}",
                                    UrlEncode(Join(place.path)), folder.run_id),
          .max_bytes = found->size.value_or(kMaxArtifactBytes)};
    }
    if (base.empty()) break;
    base.pop_back();
    // The proxy's root is the whole server's: nothing there is a version's.
    if (base.empty() && folder.kind == MlflowFolder::Kind::kProxied) break;
  }
  return std::nullopt;
}

std::optional<MlflowFile> MlflowClient::FindInFolder(
    const MlflowFolder& folder, const std::string& name) const {
  const std::string path = UrlEncode(Join(folder.path));
  std::string question =
      folder.kind == MlflowFolder::Kind::kProxied
          ? std::string(kProxy) + "?path=" + path
          : fmt::format("{}artifacts/list?run_id={}", kApi, folder.run_id);
  if (folder.kind == MlflowFolder::Kind::kRun && !path.empty()) {
    question += "&path=" + path;
  }
  for (MlflowFile& file : ParseFileList(AskVersion(question), question)) {
    if (file.name == name) return std::move(file);
  }
  return std::nullopt;
}

std::string MlflowClient::Download(const Place& place,
                                   const std::string& where) const {
  HttpAnswer answer = Ask(place.path, place.max_bytes);
  if (answer.status == 404) {
    throw ArtifactError({.where = where,
                         .expected = "a file that MLflow can read",
                         .got = Refused(answer)});
  }
  if (answer.status != 200) Unexpected(server_.url + place.path, answer);
  return std::move(answer.body);
}

}  // namespace tidemill
