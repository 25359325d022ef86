#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "producers/mlflow_answers.h"
#include "tidemill/rollout/http_client.h"

namespace tidemill {

/// An MLflow tracking server with a model registry.
struct MlflowServer {
  std::string url;  ///< http(s)://HOST[:PORT][/PREFIX], no '/' at its end
  std::string authorization;  ///< the header's value; empty: none. A secret
};

/// Checks an operator's URL. Throws UsageError: user and password belong into
/// the environment, where no log shows them.
std::string CheckServerUrl(const std::string& url);

/// As MLflow's own clients choose it: MLFLOW_TRACKING_USERNAME and _PASSWORD,
/// else MLFLOW_TRACKING_TOKEN. `get` is std::getenv in real life. Throws
/// ConfigError for a token that no header can hold; never shows it.
std::string AuthorizationFrom(
    const std::function<const char*(const char*)>& get);

/// A model.bin out of MLflow, as yet unread.
struct MlflowArtifact {
  std::string bytes;
  std::string run_id;  ///< of the version; may be empty
  std::string where;   ///< for errors: the model, its version, the file
};

/// Asks an MLflow server over its REST API 2.0. Not redirected anywhere.
///
/// Errors:  UnavailableError when it cannot be reached, refuses the
///          credentials, fails, or answers what MLflow does not.
/// Memory:  answers of up to 1 MiB, artifacts of up to kMaxArtifactBytes.
/// Threads: any.
class MlflowClient {
 public:
  using Get = std::function<HttpAnswer(const FetchRequest&)>;
  explicit MlflowClient(MlflowServer server, Get get = HttpGet);

  /// Throws AnswerIsNo when there is no such model.
  MlflowAliases Aliases(const std::string& model) const;

  /// The version's file `name` ("model.bin", or a relative path), looked for
  /// in the folder that the version names and then beside it. Throws
  /// ArtifactError when it is in neither or too large, TryAgainError when the
  /// version is gone meanwhile or not registered to the end.
  MlflowArtifact FetchVersion(const std::string& model, std::uint64_t version,
                              const std::string& name) const;

  const std::string& url() const { return server_.url; }

 private:
  struct Place;

  HttpAnswer Ask(const std::string& path, std::size_t max_bytes) const;
  /// The body of a 200; `where` names the question in errors.
  std::string AskVersion(const std::string& path) const;
  std::optional<Place> FindFile(const MlflowFolder& folder,
                                const std::string& name) const;
  std::optional<MlflowFile> FindInFolder(const MlflowFolder& folder,
                                         const std::string& name) const;
  std::string Download(const Place& place, const std::string& where) const;

  MlflowServer server_;
  Get get_;
};

}  // namespace tidemill
