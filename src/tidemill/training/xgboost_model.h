#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tidemill/core/task.h"
#include "tidemill/model/predictor.h"
#include "tidemill/training/category_value.h"

namespace tidemill {

/// A model that XGBoost saved, ready to score, and what the file says of it.
struct XgboostModel {
  PredictorPtr predictor;
  std::string version;  ///< of the XGBoost that wrote it, "3.2.0"
  std::string objective;
  Task task = Task::kRegression;
  std::vector<std::string> feature_names;  ///< none, or one per feature
  /// None, or per feature "int", "float", "i" (0 or 1), "q" or "c" (category).
  std::vector<std::string> feature_types;
  /// Since XGBoost 3.1, of a model learned from a data frame: per feature what
  /// the codes 0, 1, ... stand for; none of texts that are not ASCII.
  std::vector<CategoryValues> categories;
};

/// Reads JSON or UBJSON as Booster.save_model() of XGBoost 1.2 to 3.2 writes
/// it.
///
/// Takes:   boosters gbtree, dart and gblinear; the objectives of kObjectives;
///          one_output_per_tree; splits by threshold and, from 1.7.3 on, by
///          categories (before, unknown ones went another way).
/// Rounds:  those up to the attribute best_iteration, as predict() of XGBoost's
///          scikit-learn classes does; Booster.predict() takes all.
/// Missing: NaN. That a number stands for missing is a parameter of XGBoost's
///          Python classes, which the file does not hold.
/// Outputs: multi:softmax gives the probabilities of multi:softprob, whose
///          greatest is its answer.
/// Errors:  ArtifactError naming `where`, the part, what can be read and what
///          the file has.
/// Source:  XGBoost, doc/tutorials/saving_model.rst, src/learner.cc,
///          src/objective/: base_score stands on the scale of the answer and
///          becomes a margin in float32.
XgboostModel ReadXgboostModel(std::string_view bytes, const std::string& where);

}  // namespace tidemill
