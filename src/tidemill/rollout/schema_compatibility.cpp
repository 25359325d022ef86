#include "tidemill/rollout/schema_compatibility.h"

#include <optional>
#include <string>

#include "tidemill/core/errors.h"

namespace tidemill {
namespace {

/// Throws what the running model has and what the next one has instead.
class Comparison {
 public:
  Comparison(const LoadedModel& running, const LoadedModel& next)
      : running_(running), next_(next) {}

  void CheckTask() const {
    const Manifest& now = running_.manifest();
    const Manifest& then = next_.manifest();
    if (now.task != then.task) {
      Refuse("task", std::string(ToText(now.task)),
             std::string(ToText(then.task)));
    }
    if (now.task != Task::kRegression && now.classes != then.classes) {
      Refuse("labels", Labels(now), Labels(then));
    }
  }

  void CheckRoles() const {
    CheckRole("id field", running_.schema().id_field(),
              next_.schema().id_field());
    CheckRole("event-time field", running_.schema().event_time_field(),
              next_.schema().event_time_field());
  }

  void CheckField(const Field& field) const {
    const std::string where = "field '" + field.name + "'";
    const auto at = running_.schema().Find(field.name);
    const Field* now = at ? &running_.schema().field(*at) : nullptr;
    if (now != nullptr && !Takes(field.type, now->type)) {
      Refuse(where, std::string(ToText(now->type)),
             std::string(ToText(field.type)));
    }
    if (field.required && (now == nullptr || !now->required)) {
      Refuse(where, now == nullptr ? "no such field" : "an optional field",
             "a required one");
    }
  }

 private:
  [[noreturn]] void Refuse(const std::string& where, const std::string& now,
                           const std::string& then) const {
    throw ArtifactError({.where = where,
                         .expected = now + ", as " + running_.reference() +
                                     " has it, which runs",
                         .got = then + " in " + next_.reference()});
  }

  static std::string Labels(const Manifest& manifest) {
    constexpr std::size_t kShown = 20;
    std::string text;
    for (std::size_t i = 0; i < manifest.classes.size(); ++i) {
      if (i == kShown) return text + ", ...";
      text += (text.empty() ? "'" : ", '") + manifest.classes[i] + "'";
    }
    return text;
  }

  static std::string NameOf(const Schema& schema,
                            std::optional<std::size_t> field) {
    return field ? "'" + schema.field(*field).name + "'" : "none";
  }

  void CheckRole(const std::string& role, std::optional<std::size_t> now,
                 std::optional<std::size_t> then) const {
    const std::string runs = NameOf(running_.schema(), now);
    const std::string found = NameOf(next_.schema(), then);
    if (runs != found) Refuse(role, runs, found);
  }

  /// Whether whatever is `now` can be read as `then`.
  static bool Takes(FieldType then, FieldType now) {
    return then == now ||
           (then == FieldType::kNumber && now == FieldType::kInteger);
  }

  const LoadedModel& running_;
  const LoadedModel& next_;
};

}  // namespace

void CheckCompatible(const LoadedModel& running, const LoadedModel& next) {
  const Comparison comparison(running, next);
  comparison.CheckTask();
  comparison.CheckRoles();
  for (const Field& field : next.schema().fields()) {
    comparison.CheckField(field);
  }
}

}  // namespace tidemill
