#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "producers/mlflow_client.h"
#include "tidemill/core/errors.h"

namespace tidemill {

inline constexpr const char* kFakeMlflow = "http://ml:5000";

/// Answers by path and query, as an MLflow server with proxied artifacts does;
/// 404 for anything else.
class FakeMlflow {
 public:
  MlflowClient::Get Get() {
    return [this](const FetchRequest& request) { return Answer(request); };
  }

  /// A version whose folder holds `files` (name and bytes).
  void SetVersion(const std::string& model, int version,
                  const std::map<std::string, std::string>& files) {
    const std::string number = std::to_string(version);
    const std::string question = "?name=" + model + "&version=" + number;
    const std::string folder = "1/r" + number + "/artifacts/model";
    Set("/api/2.0/mlflow/model-versions/get" + question,
        R"({"model_version":{"status":"READY","run_id":"r)" + number + "\"}}");
    Set("/api/2.0/mlflow/model-versions/get-download-uri" + question,
        R"({"artifact_uri":"mlflow-artifacts:/)" + folder + "\"}");
    SetFolder(folder, files);
  }

  void SetFolder(const std::string& folder,
                 const std::map<std::string, std::string>& files) {
    std::string list;
    for (const auto& [name, bytes] : files) {
      list += std::string(list.empty() ? "" : ",") + R"({"path":")" + name +
              R"(","is_dir":false,"file_size":)" +
              std::to_string(bytes.size()) + "}";
      Set(kProxy + "/" + folder + "/" + name, bytes);
    }
    Set(kProxy + "?path=" + UrlEncode(folder), R"({"files":[)" + list + "]}");
  }

  void SetAliases(const std::string& model,
                  const std::map<std::string, int>& aliases) {
    std::string list;
    for (const auto& [alias, version] : aliases) {
      list += std::string(list.empty() ? "" : ",") + R"({"alias":")" + alias +
              R"(","version":")" + std::to_string(version) + "\"}";
    }
    Set("/api/2.0/mlflow/registered-models/get?name=" + model,
        R"({"registered_model":{"aliases":[)" + list + "]}}");
  }

  void Set(const std::string& path, const std::string& body,
           long status = 200) {
    answers_[path] = {.status = status, .body = body};
  }

  /// Nobody answers while it is true.
  bool away = false;
  std::vector<FetchRequest> asked;

  static inline const std::string kProxy =
      "/api/2.0/mlflow-artifacts/artifacts";

 private:
  HttpAnswer Answer(const FetchRequest& request) {
    asked.push_back(request);
    if (away) throw UnavailableError(request.url + ": away");
    const std::string path =
        request.url.substr(std::string(kFakeMlflow).size());
    const auto found = answers_.find(path);
    if (found == answers_.end()) {
      return {.status = 404,
              .body = R"({"error_code":"RESOURCE_DOES_NOT_EXIST"})"};
    }
    if (found->second.body.size() > request.max_bytes) {
      throw UnavailableError(request.url + ": too large");
    }
    return found->second;
  }

  std::map<std::string, HttpAnswer> answers_;
};

}  // namespace tidemill
