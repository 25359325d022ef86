#include <algorithm>
#include <array>

#include "tidemill/core/errors.h"
#include "tidemill/training/model_estimator.h"

namespace tidemill {

// One line per model; each is defined in its own file.
#define TIDEMILL_MODELS(MODEL)    \
  MODEL(ElasticNet)               \
  MODEL(Lasso)                    \
  MODEL(LinearRegression)         \
  MODEL(LogisticRegression)       \
  MODEL(LogisticRegressionOfMany) \
  MODEL(Ridge)                    \
  MODEL(XGBClassifier)            \
  MODEL(XGBClassifierOfMany)      \
  MODEL(XGBRegressor)

#define TIDEMILL_DECLARE(name) extern const ModelFactory k##name;
TIDEMILL_MODELS(TIDEMILL_DECLARE)
#undef TIDEMILL_DECLARE

namespace {

#define TIDEMILL_ADDRESS(name) &k##name,
constexpr std::array kModels = {TIDEMILL_MODELS(TIDEMILL_ADDRESS)};
#undef TIDEMILL_ADDRESS

[[noreturn]] void Refuse(std::string_view name, Task task,
                         const std::string& where) {
  std::vector<std::string> known;
  std::string list;
  for (const ModelFactory* factory : kModels) {
    if (factory->task != task) continue;
    known.emplace_back(factory->name);
    list += (list.empty() ? "" : ", ") + known.back();
  }
  const std::string nearest = NearestName(name, known);
  throw ConfigError(
      {.where = where,
       .expected =
           "a model for a " + std::string(ToText(task)) + " task: " + list +
           (nearest.empty() ? "" : " (did you mean '" + nearest + "'?)"),
       .got = "'" + std::string(name) + "'"});
}

}  // namespace

std::vector<std::string> ModelNames() {
  std::vector<std::string> names;
  for (const ModelFactory* factory : kModels) {
    const std::string_view name = factory->name;
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      names.emplace_back(name);
    }
  }
  return names;
}

std::vector<const ModelFactory*> ModelsCalled(std::string_view name) {
  std::vector<const ModelFactory*> called;
  for (const ModelFactory* factory : kModels) {
    if (factory->name == name) called.push_back(factory);
  }
  return called;
}

std::vector<Task> ModelTasks() {
  std::vector<Task> tasks;
  for (int i = 0; i < kNumTasks; ++i) {
    const auto task = static_cast<Task>(i);
    const bool has_model = std::any_of(
        kModels.begin(), kModels.end(),
        [task](const ModelFactory* factory) { return factory->task == task; });
    if (has_model) tasks.push_back(task);
  }
  return tasks;
}

const ModelFactory& FindModel(std::string_view name, Task task,
                              const std::string& where) {
  for (const ModelFactory* factory : kModels) {
    if (factory->name == name && factory->task == task) return *factory;
  }
  Refuse(name, task, where);
}

}  // namespace tidemill
