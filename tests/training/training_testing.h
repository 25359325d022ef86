#pragma once

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tidemill/config/overlay.h"
#include "tidemill/config/training_config.h"
#include "tidemill/config/yaml_file.h"
#include "tidemill/core/errors.h"
#include "tidemill/core/random.h"
#include "tidemill/data/data_file.h"
#include "tidemill/training/model_estimator.h"
#include "tidemill/training/progress.h"
#include "tidemill/training/trainer.h"

namespace tidemill {

/// What `call` throws, or nothing.
template <typename Call>
std::optional<Error> ErrorOf(Call call) {
  try {
    call();
  } catch (const Error& error) {
    return error;
  }
  return std::nullopt;
}

/// The text of what `call` throws, "no error" otherwise.
template <typename Call>
std::string MessageOf(Call call) {
  const auto error = ErrorOf(call);
  return error ? error->what() : "no error";
}

inline TrainingConfig ConfigOf(std::string_view yaml,
                               const std::vector<std::string>& sets = {}) {
  ParameterValue tree = ParseYaml(yaml, "config");
  ApplySets(tree, sets);
  return ReadTrainingConfig(tree);
}

inline constexpr std::string_view kShopConfig = R"(
name: shop
task: binary
seed: 3
schema:
  id: customer
  fields:
    customer: {type: text, required: true}
    age: integer
    spent: number
    color: category
target: {column: returned, positive: "yes"}
split: {test_size: 0.25}
pipeline:
  - ColumnTransformer:
      transformers:
        - columns: [age, spent]
          steps: [SimpleImputer, StandardScaler]
        - columns: [color]
          steps: [OneHotEncoder]
model: LogisticRegression
)";

inline constexpr std::string_view kRideConfig = R"(
name: rides
task: regression
seed: 5
schema:
  event_time: begin
  fields:
    begin: timestamp
    miles: number
    zone: category
target: {minutes_between: [begin, end], min: 1, max: 60}
pipeline:
  - ColumnTransformer:
      transformers:
        - columns: [miles]
        - columns: [zone]
          steps: [TargetEncoder]
        - columns: [begin]
          steps:
            - DatetimeFeatures: {features_to_extract: [hour]}
model:
  XGBRegressor: {n_estimators: 20, max_depth: 3}
)";

inline constexpr std::string_view kFruitConfig = R"(
name: fruit
task: multiclass
seed: 4
schema:
  fields:
    weight: number
    skin: category
target: {column: kind}
pipeline:
  - ColumnTransformer:
      transformers:
        - columns: [weight]
        - columns: [skin]
          steps: [OneHotEncoder]
model:
  XGBClassifier: {n_estimators: 15, max_depth: 3}
)";

/// Fruit of three kinds, told apart by weight and, less well, by skin; what a
/// crate of it holds.
inline std::string FruitCsv(int rows) {
  Random random(13);
  const char* const kinds[] = {"quince", "fig", "pear"};
  const char* const skins[] = {"rough", "soft", "smooth"};
  std::string csv = "weight,skin,crate,kind\n";
  for (int i = 0; i < rows; ++i) {
    const auto kind = random.Below(3);
    csv += (i % 19 == 0 ? ""
                        : std::to_string(100.0 * static_cast<double>(kind) +
                                         150.0 * random.Uniform())) +
           "," + skins[random.Below(2) == 0 ? random.Below(3) : kind] + "," +
           std::to_string(1 + random.Below(4)) + "," + kinds[kind] + "\n";
  }
  return csv;
}

/// Customers whose chance to return grows with what they spent.
inline std::string ShopCsv(int rows) {
  Random random(11);
  std::string csv = "customer,age,spent,color,returned\n";
  const char* const colors[] = {"red", "green", "blue"};
  for (int i = 0; i < rows; ++i) {
    const double spent = 100.0 * random.Uniform();
    csv += "c" + std::to_string(i) + "," +
           std::to_string(18 + random.Below(60)) + "," +
           (i % 17 == 0 ? "" : std::to_string(spent)) + "," +
           colors[random.Below(3)] + "," +
           (100.0 * random.Uniform() < spent ? "yes" : "no") + "\n";
  }
  return csv;
}

/// Rides of about four minutes a mile.
inline std::string RideCsv(int rows) {
  Random random(12);
  std::string csv = "begin,end,miles,zone,fare\n";
  for (int i = 0; i < rows; ++i) {
    const double miles = 0.5 + 9.0 * random.Uniform();
    const int minutes =
        2 + static_cast<int>(4.0 * miles + 4 * random.Uniform());
    const int hour = static_cast<int>(random.Below(23));
    const auto clock = [&](int after) {
      const int total = hour * 60 + after;
      std::string text = "2019-03-04 ";
      text += static_cast<char>('0' + total / 600);
      text += static_cast<char>('0' + total / 60 % 10);
      text += ':';
      text += static_cast<char>('0' + total % 60 / 10);
      text += static_cast<char>('0' + total % 10);
      return text;
    };
    csv += clock(0) + "," + clock(minutes) + "," + std::to_string(miles) +
           ",zone" + std::to_string(random.Below(5)) + ",9.5\n";
  }
  return csv;
}

inline TrainingResult Train(const TrainingConfig& config, std::string data,
                            const std::string& name = "data.csv",
                            std::size_t folds = 0) {
  NoProgress progress;
  return TrainModel(
      config, std::vector<DataFile>{{.name = name, .bytes = std::move(data)}},
      {.folds = folds}, progress);
}

/// "0", "1" and so on: as many as the target has.
inline std::vector<std::string> LabelsFor(Task task,
                                          std::span<const double> target) {
  std::vector<std::string> labels;
  if (task == Task::kRegression) return labels;
  const double last = *std::max_element(target.begin(), target.end());
  for (int i = 0; i <= static_cast<int>(last); ++i) {
    labels.push_back(std::to_string(i));
  }
  return labels;
}

/// What a fit may be told beside rows and targets.
struct FitExtras {
  std::vector<double> weights = {};
  std::vector<std::string> class_labels = {};  ///< else 0, 1, ...
  std::vector<std::string>* warnings = nullptr;
  std::vector<std::string> names = {};  ///< else "x" for every feature
};

/// A model fitted without a pipeline around it.
inline TrainedModel FitAlone(std::string_view name, Task task,
                             std::string_view parameters,
                             const RowMatrix& features,
                             const std::vector<double>& target,
                             const FitExtras& extras) {
  NoProgress progress;
  std::vector<std::string> names = extras.names;
  names.resize(static_cast<std::size_t>(features.cols()), "x");
  const std::vector<std::string> labels = extras.class_labels.empty()
                                              ? LabelsFor(task, target)
                                              : extras.class_labels;
  return FindModel(name, task, "test")
      .configure(ParseYaml(parameters, "test"))
      ->Fit(features, {.target = target,
                       .class_labels = labels,
                       .weights = extras.weights,
                       .feature_names = names,
                       .seed = 1,
                       .stage = "test",
                       .progress = &progress,
                       .warnings = extras.warnings});
}

inline TrainedModel FitAlone(std::string_view name, Task task,
                             std::string_view parameters,
                             const RowMatrix& features,
                             const std::vector<double>& target,
                             std::vector<std::string>* warnings = nullptr) {
  return FitAlone(name, task, parameters, features, target,
                  FitExtras{.warnings = warnings});
}

}  // namespace tidemill
