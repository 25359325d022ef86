#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tidemill {

/// What an MLflow server answers, read as hostile. All throw UnavailableError
/// naming `where` (a request's path) and the key when the body is not what
/// MLflow 2 and 3 send.

/// Alias to version number of a registered model.
using MlflowAliases = std::map<std::string, std::uint64_t>;
MlflowAliases ParseRegisteredModel(std::string_view body,
                                   const std::string& where);

struct MlflowModelVersion {
  std::string run_id;  ///< [A-Za-z0-9_-]; empty: made by no run
  bool ready = true;   ///< registered to the end
};
MlflowModelVersion ParseModelVersion(std::string_view body,
                                     const std::string& where);

/// Where a version's files lie.
std::string ParseDownloadUri(std::string_view body, const std::string& where);

struct MlflowFile {
  std::string name;  ///< the last part of its path
  std::optional<std::uint64_t> size;
};
/// The files of a folder, its folders left out.
std::vector<MlflowFile> ParseFileList(std::string_view body,
                                      const std::string& where);

/// "RESOURCE_DOES_NOT_EXIST: ..." of an error's body, on one line and cut; the
/// body's beginning when it is none of MLflow's.
std::string DescribeError(std::string_view body);
/// Its error_code; empty without one.
std::string ErrorCodeOf(std::string_view body);

/// Where files lie, as a version's URI says.
struct MlflowFolder {
  enum class Kind : std::uint8_t {
    kProxied,  ///< behind the server's artifact proxy
    kRun,      ///< among the artifacts of run `run_id`
    kOther,    ///< elsewhere: only the server knows how to read it
  };
  Kind kind = Kind::kOther;
  std::string run_id;
  std::vector<std::string> path;  ///< its parts
  friend bool operator==(const MlflowFolder&, const MlflowFolder&) = default;
};

/// Reads "mlflow-artifacts:/A/B", "mlflow-artifacts://HOST:PORT/A/B" of the
/// server itself, the proxy's http(s) address on `server`, and "runs:/ID/A/B".
/// Throws ArtifactError for a path that climbs or holds control characters, for
/// another server's proxy, and for "models:", which servers resolve.
MlflowFolder ParseFolder(const std::string& uri, const std::string& server);

/// The parts of a relative path. Throws ArtifactError naming `where` when it is
/// empty, climbs, or holds empty parts or control characters.
std::vector<std::string> SplitPath(std::string_view path,
                                   const std::string& where);

/// Percent-encoded, '/' included.
std::string UrlEncode(std::string_view text);

}  // namespace tidemill
