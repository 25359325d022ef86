#include "producers/mlflow_answers.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tidemill/cli/one_line.h"
#include "tidemill/core/errors.h"
#include "tidemill/core/number_text.h"

namespace tidemill {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxQuote = 200;
/// MLflow's own identifiers have 32 characters, its limit on names is 256.
constexpr std::size_t kMaxRunId = 256;
constexpr std::string_view kProxyRoute = "/api/2.0/mlflow-artifacts/artifacts";

std::string Quote(std::string_view text) {
  const std::string line = OneLine(text.substr(0, kMaxQuote));
  return text.size() > kMaxQuote ? line + "..." : line;
}

[[noreturn]] void Misread(const std::string& where, const std::string& expected,
                          const std::string& got) {
  throw UnavailableError({.where = "MLflow's answer to " + where,
                          .expected = expected,
                          .got = got});
}

Json ParseObject(std::string_view body, const std::string& where) {
  Json json = Json::parse(body, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) Misread(where, "a JSON object", Quote(body));
  return json;
}

/// nullptr when it is absent or null.
const Json* Find(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

const Json& Object(const Json& parent, const char* key,
                   const std::string& where) {
  const Json* found = Find(parent, key);
  if (found == nullptr || !found->is_object()) {
    Misread(where, fmt::format("an object '{}'", key),
            found == nullptr ? "none" : found->type_name());
  }
  return *found;
}

/// An empty list when it is absent: protobuf leaves empty ones out.
const Json& List(const Json& parent, const char* key,
                 const std::string& where) {
  static const Json kNone = Json::array();
  const Json* found = Find(parent, key);
  if (found == nullptr) return kNone;
  if (!found->is_array()) {
    Misread(where, fmt::format("a list '{}'", key), found->type_name());
  }
  return *found;
}

/// Empty when it is absent.
std::string Text(const Json& parent, const char* key,
                 const std::string& where) {
  const Json* found = Find(parent, key);
  if (found == nullptr) return {};
  if (!found->is_string()) {
    Misread(where, fmt::format("a text '{}'", key), found->type_name());
  }
  return found->get<std::string>();
}

/// A whole number, as such or as text: protobuf's JSON writes both.
std::optional<std::uint64_t> Number(const Json& parent, const char* key,
                                    const std::string& where) {
  const Json* found = Find(parent, key);
  if (found == nullptr) return std::nullopt;
  if (found->is_number_unsigned()) return found->get<std::uint64_t>();
  if (found->is_string()) {
    const auto& text = found->get_ref<const std::string&>();
    if (const auto value = ParseNumber<std::uint64_t>(text)) return value;
  }
  Misread(where, fmt::format("a whole number '{}'", key),
          Quote(found->dump(-1, ' ', false, Json::error_handler_t::replace)));
}

bool IsControl(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == '\x7f';
}

bool IsIdentifier(std::string_view text) {
  return text.size() <= kMaxRunId && std::ranges::all_of(text, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                  (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
         });
}

[[noreturn]] void BadUri(const std::string& uri, const std::string& expected) {
  throw ArtifactError({.where = "the version's artifact URI",
                       .expected = expected,
                       .got = "'" + Quote(uri) + "'"});
}

/// "HOST:PORT" of an http(s) URL.
std::string_view Authority(std::string_view url) {
  const std::size_t start = url.find("://");
  if (start == std::string_view::npos) return {};
  url.remove_prefix(start + 3);
  return url.substr(0, url.find_first_of("/?#"));
}

std::string_view WithoutSlashes(std::string_view path) {
  while (path.starts_with('/')) path.remove_prefix(1);
  while (path.ends_with('/')) path.remove_suffix(1);
  return path;
}

std::vector<std::string> FolderPath(std::string_view path,
                                    const std::string& uri) {
  path = WithoutSlashes(path);
  if (path.empty()) return {};
  return SplitPath(path, "the version's artifact URI '" + Quote(uri) + "'");
}

/// What follows "mlflow-artifacts:".
MlflowFolder ProxiedFolder(std::string_view rest, const std::string& uri,
                           const std::string& server) {
  if (rest.starts_with("//") && !rest.starts_with("///")) {
    rest.remove_prefix(2);
    const std::string_view host = rest.substr(0, rest.find('/'));
    if (host != Authority(server)) {
      BadUri(uri, "an artifact proxy at " + std::string(Authority(server)));
    }
    rest.remove_prefix(host.size());
  }
  return {.kind = MlflowFolder::Kind::kProxied,
          .run_id = {},
          .path = FolderPath(rest, uri)};
}

/// What follows "runs:".
MlflowFolder RunFolder(std::string_view rest, const std::string& uri) {
  rest = WithoutSlashes(rest);
  const std::size_t end = std::min(rest.find('/'), rest.size());
  const std::string run_id(rest.substr(0, end));
  if (run_id.empty() || !IsIdentifier(run_id)) BadUri(uri, "runs:/RUN_ID/PATH");
  return {.kind = MlflowFolder::Kind::kRun,
          .run_id = run_id,
          .path = FolderPath(rest.substr(end), uri)};
}

}  // namespace

MlflowAliases ParseRegisteredModel(std::string_view body,
                                   const std::string& where) {
  const Json answer = ParseObject(body, where);
  MlflowAliases aliases;
  for (const Json& item :
       List(Object(answer, "registered_model", where), "aliases", where)) {
    if (!item.is_object()) {
      Misread(where, "objects in 'aliases'", item.type_name());
    }
    const auto version = Number(item, "version", where);
    if (!version) Misread(where, "a 'version' of each alias", "none");
    aliases[Text(item, "alias", where)] = *version;
  }
  return aliases;
}

MlflowModelVersion ParseModelVersion(std::string_view body,
                                     const std::string& where) {
  const Json answer = ParseObject(body, where);
  const Json& version = Object(answer, "model_version", where);
  MlflowModelVersion result{.run_id = Text(version, "run_id", where)};
  if (!IsIdentifier(result.run_id)) {
    Misread(where, "a 'run_id' of letters and digits", Quote(result.run_id));
  }
  const std::string status = Text(version, "status", where);
  result.ready = status.empty() || status == "READY";
  return result;
}

std::string ParseDownloadUri(std::string_view body, const std::string& where) {
  const Json answer = ParseObject(body, where);
  std::string uri = Text(answer, "artifact_uri", where);
  if (uri.empty()) Misread(where, "an 'artifact_uri'", "none");
  return uri;
}

std::vector<MlflowFile> ParseFileList(std::string_view body,
                                      const std::string& where) {
  const Json answer = ParseObject(body, where);
  std::vector<MlflowFile> files;
  for (const Json& item : List(answer, "files", where)) {
    if (!item.is_object()) {
      Misread(where, "objects in 'files'", item.type_name());
    }
    const Json* folder = Find(item, "is_dir");
    if (folder != nullptr && *folder == true) continue;
    std::string path = Text(item, "path", where);
    files.push_back({.name = path.substr(path.rfind('/') + 1),
                     .size = Number(item, "file_size", where)});
  }
  return files;
}

std::string ErrorCodeOf(std::string_view body) {
  const Json json = Json::parse(body, nullptr, false);
  if (!json.is_object()) return {};
  const Json* code = Find(json, "error_code");
  return code != nullptr && code->is_string() ? code->get<std::string>() : "";
}

std::string DescribeError(std::string_view body) {
  const std::string code = ErrorCodeOf(body);
  if (code.empty()) return Quote(body);
  const Json json = Json::parse(body, nullptr, false);
  const Json* message = Find(json, "message");
  return Quote(code + (message != nullptr && message->is_string()
                           ? ": " + message->get<std::string>()
                           : ""));
}

MlflowFolder ParseFolder(const std::string& uri, const std::string& server) {
  const std::string_view text(uri);
  const std::string_view scheme = text.substr(0, text.find(':'));
  if (scheme.size() == text.size()) return {};
  const std::string_view rest = text.substr(scheme.size() + 1);
  if (scheme == "mlflow-artifacts") return ProxiedFolder(rest, uri, server);
  if (scheme == "runs") return RunFolder(rest, uri);
  if (scheme == "models") {
    BadUri(uri, "a place that the server has resolved");
  }
  if (scheme == "http" || scheme == "https") {
    const std::string proxy = server + std::string(kProxyRoute) + "/";
    if (!text.starts_with(proxy) ||
        text.find_first_of("%?#") != std::string_view::npos) {
      BadUri(uri, "a plain path at " + proxy);
    }
    return {.kind = MlflowFolder::Kind::kProxied,
            .run_id = {},
            .path = FolderPath(text.substr(proxy.size()), uri)};
  }
  return {};
}

std::vector<std::string> SplitPath(std::string_view path,
                                   const std::string& where) {
  std::vector<std::string> parts;
  const auto refuse = [&](const char* expected) {
    throw ArtifactError(
        {.where = where, .expected = expected, .got = "'" + Quote(path) + "'"});
  };
  if (std::ranges::any_of(path, IsControl)) {
    refuse("a path without control characters");
  }
  std::size_t start = 0;
  while (start <= path.size()) {
    const std::size_t end = std::min(path.find('/', start), path.size());
    const std::string_view part = path.substr(start, end - start);
    if (part.empty() || part == "." || part == "..") {
      refuse("a relative path without '.', '..' and empty parts");
    }
    parts.emplace_back(part);
    start = end + 1;
  }
  return parts;
}

std::string UrlEncode(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
        (c >= 'A' && c <= 'Z') || c == '-' || c == '_' || c == '.' ||
        c == '~') {
      out += c;
    } else {
      out += '%';
      out += kHex[byte >> 4U];
      out += kHex[byte & 15U];
    }
  }
  return out;
}

}  // namespace tidemill
