#include "tidemill/serving/canary_router.h"

#include "tidemill/serving/record_id.h"

namespace tidemill {

std::size_t CanaryRouter::Choose(const Record& record, const ModelSet& models) {
  const Schema& schema = models.champion.model->schema();
  for (std::size_t i = 0; i < models.canaries.size(); ++i) {
    const CanaryModel& canary = models.canaries[i];
    if (canary.share.Includes(KeyOf(record, canary.by, schema))) return i + 1;
  }
  return 0;
}

std::string_view CanaryRouter::KeyOf(const Record& record,
                                     const std::string& by,
                                     const Schema& schema) {
  if (by != "key") {
    if (const auto text = Field(record, by)) return *text;
  } else if (record.key) {
    return *record.key;
  }
  if (const auto id = schema.id_field()) {
    if (const auto text = Field(record, schema.field(*id).name)) return *text;
  }
  WriteRecordId(record, id_);
  return id_;
}

std::optional<std::string_view> CanaryRouter::Field(const Record& record,
                                                    std::string_view name) {
  if (!record.value || record.value->size() > max_event_bytes_) return {};
  return fields_.Find(*record.value, name);
}

}  // namespace tidemill
