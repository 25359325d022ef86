#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tidemill/cli/commands.h"
#include "tidemill/cli/one_line.h"
#include "tidemill/cli/option_checks.h"
#include "tidemill/cli/output_file.h"
#include "tidemill/config/host_port.h"
#include "tidemill/config/overlay.h"
#include "tidemill/config/service_config.h"
#include "tidemill/config/units.h"
#include "tidemill/core/errors.h"
#include "tidemill/rollout/http_client.h"

namespace tidemill {
namespace {

struct Options {
  std::string target;
  std::string timeout = "3s";
  bool live = false;
  bool ready = false;  ///< what is asked anyway
};

/// The scorer's own address, where it listens at all of them: any is not one
/// to connect to.
HostPort ToConnect(HostPort address, const std::string& where) {
  if (address.port == 0) {
    throw ConfigError({.where = where,
                       .expected = "a port to ask (name HOST:PORT)",
                       .got = ToText(address)});
  }
  if (address.host == "0.0.0.0") address.host = "127.0.0.1";
  if (address.host == "::") address.host = "::1";
  return address;
}

HostPort ListenAddress(const ServiceConfig& config) {
  return ToConnect(config.http.listen, config.Where("http.listen"));
}

/// Where a scorer of this environment listens when no config says otherwise.
HostPort EnvironmentAddress() {
  std::vector<std::string> sets;
  const Environment environment = ProcessEnvironment();
  const auto found = environment.find(EnvironmentName("http.listen"));
  if (found != environment.end())
    sets.push_back("http.listen=" + found->second);
  return ListenAddress(DefaultServiceConfig("health", sets));
}

/// A host without its port is no config that is missing.
void RequireConfigName(const std::string& target) {
  const std::filesystem::path path(target);
  const std::string extension = path.extension().string();
  std::error_code ignored;
  if (target.empty() || path.has_parent_path() || extension == ".yaml" ||
      extension == ".yml" || extension == ".json" ||
      std::filesystem::exists(path, ignored)) {
    return;
  }
  throw UsageError({.where = "TARGET",
                    .expected = "HOST:PORT, port from 1 to 65535, a URL or "
                                "the path of a config",
                    .got = "'" + target + "'"});
}

std::string BaseUrl(const std::string& target) {
  if (target.starts_with("http://") || target.starts_with("https://")) {
    return target;
  }
  const auto address = ParseHostPort(target);
  if (address && address->port != 0) return "http://" + ToText(*address);
  RequireConfigName(target);
  const HostPort listen =
      target.empty()
          ? EnvironmentAddress()
          : ListenAddress(LoadServiceConfig(target, {}, ProcessEnvironment()));
  return "http://" + ToText(listen);
}

HttpAnswer Ask(const Options& options, const std::string& path) {
  FetchRequest request;
  request.url = BaseUrl(options.target);
  while (request.url.ends_with('/')) request.url.pop_back();
  request.url += path;
  request.timeout = *ParseDuration(options.timeout);
  request.connect_timeout = request.timeout;
  request.through_proxy = false;
  return HttpGet(request);
}

/// What the answer gives as reasons; empty when it gives none.
std::string ReasonsOf(const HttpAnswer& answer) {
  const auto json = nlohmann::json::parse(answer.body, nullptr, false);
  if (!json.is_object() || !json.contains("reasons")) return "";
  std::string reasons;
  for (const auto& reason : json["reasons"]) {
    if (!reason.is_string()) continue;
    reasons += (reasons.empty() ? "" : "; ") + reason.get<std::string>();
  }
  return reasons;
}

int Run(const Options& options) {
  const std::string word = options.live ? "live" : "ready";
  const HttpAnswer answer = Ask(options, "/v2/health/" + word);
  const bool yes = answer.status == 200;
  const std::string reasons = yes ? "" : ReasonsOf(answer);
  std::string text = yes ? word : "not " + word;
  if (!reasons.empty()) {
    text += ": " + reasons;
  } else if (!yes) {
    text += fmt::format(": expected status 200, got {}", answer.status);
  }
  OutputFile output(stdout, kStandardOutput);
  output.Write(OneLine(text) + "\n");
  output.Close();
  return static_cast<int>(yes ? ExitCode::kDone : ExitCode::kAnswerIsNo);
}

}  // namespace

void AddHealthCommand(CLI::App& app, std::function<int()>& run) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "health", "Asks a scorer whether it is ready; exit code 0, 1, or 69");
  command->add_option("TARGET", options->target,
                      "URL, HOST:PORT or CONFIG of the scorer; default: "
                      "TIDEMILL_HTTP__LISTEN, else 127.0.0.1:8080");
  CLI::Option* live = command->add_flag(
      "--live", options->live, "Ask whether the process answers at all");
  command
      ->add_flag("--ready", options->ready, "Ask whether it scores (default)")
      ->excludes(live);
  command->add_option("--timeout", options->timeout, "How long to wait")
      ->capture_default_str()
      ->check(TimeWithUnit());
  command->callback(
      [options, &run] { run = [options] { return Run(*options); }; });
}

}  // namespace tidemill
