#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tidemill/core/clock.h"
#include "tidemill/core/registry_state.h"
#include "tidemill/http/router.h"
#include "tidemill/serving/recent_dead_letters.h"
#include "tidemill/telemetry/drift_monitor.h"
#include "tidemill/telemetry/recent_figures.h"

namespace tidemill {

/// All that the status page shows of a scorer at one moment.
struct ServiceStatus {
  std::string service;
  std::string instance;
  std::string program_version;
  WallTime now;
  WallTime started;
  std::vector<std::string> not_ready;  ///< empty when events are scored
  RecentFigures figures;
  /// Of the registry: what is desired and what this instance says of it. None
  /// with a fixed model.
  std::optional<RegistryState> desired;
  std::optional<InstanceStatus> rollout;
  DriftOptions drift_options;
  std::vector<DriftReport> drift;
  std::vector<DeadLetterNote> dead_letters;  ///< the newest first
};

/// As /v1/status answers it; docs/status-page.md explains the fields. Numbers
/// that are not there are null.
std::string ToJson(const ServiceStatus& status);

/// GET / and /status: a page for people, whole in itself, that asks
/// /v1/status every 2 s; GET /v1/status: the same for programs. `read` is
/// called on the server's threads; a second's answer is shared by all who ask.
void AddStatusRoutes(Router& router, std::function<ServiceStatus()> read);

}  // namespace tidemill
