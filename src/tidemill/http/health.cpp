#include "tidemill/http/health.h"

#include <utility>

#include <nlohmann/json.hpp>

namespace tidemill {
namespace {

HttpResponse Answer(int status, const nlohmann::ordered_json& body) {
  return {.status = status,
          .content_type = "application/json",
          .body = body.dump(-1, ' ', false,
                            nlohmann::ordered_json::error_handler_t::replace),
          .headers = {{"Cache-Control", "no-store"}}};
}

}  // namespace

void AddHealthRoutes(Router& router, NotReadyReasons not_ready_reasons) {
  router.Add("GET", "/v2/health/live", [](const HttpRequest&) {
    return Answer(200, {{"live", true}});
  });
  router.Add("GET", "/v2/health/ready",
             [reasons = std::move(not_ready_reasons)](const HttpRequest&) {
               const std::vector<std::string> why = reasons();
               if (why.empty()) return Answer(200, {{"ready", true}});
               return Answer(503, {{"ready", false}, {"reasons", why}});
             });
}

}  // namespace tidemill
