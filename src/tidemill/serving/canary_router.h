#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "tidemill/core/record.h"
#include "tidemill/core/schema.h"
#include "tidemill/rollout/model_table.h"
#include "tidemill/wire/field_text.h"

namespace tidemill {

/// Decides which of a service's models answers for a record.
///
/// A canary draws by the record's key, or by the text of a field. What has
/// neither is drawn by its id: the text of the champion's id field, else
/// "topic/partition/offset".
/// Memory:  a buffer of the largest event looked into.
/// Threads: one at a time.
class CanaryRouter {
 public:
  /// Of larger events no field is looked for: no model takes them.
  explicit CanaryRouter(std::size_t max_event_bytes)
      : max_event_bytes_(max_event_bytes) {}

  /// 0: the champion; 1 + i: models.canaries[i].
  std::size_t Choose(const Record& record, const ModelSet& models);

 private:
  /// Valid until the next call.
  std::string_view KeyOf(const Record& record, const std::string& by,
                         const Schema& schema);
  std::optional<std::string_view> Field(const Record& record,
                                        std::string_view name);

  std::size_t max_event_bytes_;
  FieldText fields_;
  std::string id_;
};

}  // namespace tidemill
