#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "tidemill/core/task.h"
#include "tidemill/model/predictor.h"
#include "tidemill/training/category_value.h"

namespace tidemill {

/// What a model file says of one feature.
struct ImportedFeature {
  std::string name = {};  ///< empty when the file has none
  /// XGBoost's "int", "float", "i" (0 or 1), "q" or "c"; LightGBM: "c" or "".
  std::string type = {};
  /// The model splits on codes: 0 and up are categories, NaN is missing.
  bool is_category = false;
  CategoryValues categories =
      {};  ///< of the codes; empty when the file has none
};

/// A bare model out of another library's file.
struct ImportedModel {
  /// 0 for a regression.
  std::size_t num_classes() const {
    if (task == Task::kRegression) return 0;
    return task == Task::kBinary ? 2 : predictor->num_outputs();
  }

  PredictorPtr predictor;
  std::string library;    ///< and its version: "XGBoost 3.2.0", "LightGBM v4"
  std::string objective;  ///< as the file spells it
  Task task = Task::kRegression;
  std::vector<ImportedFeature> features;
  /// LightGBM: the categories of every category column of the data frame, in
  /// its order; ordered ones, whose codes are numbers to the model, too.
  std::vector<CategoryValues> frame_categories;
};

}  // namespace tidemill
