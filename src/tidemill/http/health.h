#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tidemill/http/router.h"

namespace tidemill {

/// Why the service is not ready, for operators, one reason each; empty when it
/// is. Called on the server's threads; must be quick.
using NotReadyReasons = std::function<std::vector<std::string>()>;

/// Adds GET (and HEAD) `/v2/health/live`, which answers 200 while the process
/// can, and `/v2/health/ready`: 200 {"ready":true}, or 503
/// {"ready":false,"reasons":[...]}.
void AddHealthRoutes(Router& router, NotReadyReasons not_ready_reasons);

}  // namespace tidemill
