#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "features/step_testing.h"

namespace tidemill {

struct StepCase {
  std::string name;
  std::string step;
  ParameterValue parameters;
  Frame frame;
};

inline void PrintTo(const StepCase& step, std::ostream* out) {
  *out << step.name;
}

inline Frame NumberFrame() {
  return FrameOf({NumberColumn("a", {0.1, kNaN, 1e-7, 123.456}),
                  NumberColumn("b", {3.0, 4.0, kNaN, -1.0 / 3.0})});
}

/// For steps that are not fitted on missing cells.
inline Frame WholeFrame() {
  return FrameOf({NumberColumn("p", {0.1, -2.0, 1e-7, 123.456}),
                  NumberColumn("q", {3.0, 4.0, 0.5, 1.0 / 3.0})});
}

inline Frame FullFrame() {
  return FrameOf({NumberColumn("a", {0.1, 2.0, 1e-7, 123.456}),
                  NumberColumn("b", {3.0, 4.0, 0.25, -1.0 / 3.0})});
}

inline Frame CategoryFrame() {
  return FrameOf({CategoryColumn("c", {"x", nullptr, "é", "?"}),
                  CategoryColumn("d", {"p", "q", "p", "r"})});
}

inline Frame TextFrame() {
  return FrameOf({TextColumn("t", {"The cat", nullptr, "a Σκύλος", "cat"})});
}

/// Every step there is, with parameters that leave little at its default.
inline std::vector<StepCase> StepCases() {
  const ParameterValue hour =
      Map({{"features_to_extract", List({Text("hour"), Text("year")})},
           {"cyclical", List({Text("month"), Text("minute_of_day")})}});
  const ParameterValue branches = Map(
      {{"transformers",
        List({Map({{"columns", List({Text("a")})},
                   {"name", Text("numbers")},
                   {"steps",
                    List({Text("SimpleImputer"), Text("StandardScaler")})}})})},
       {"remainder", Text("passthrough")}});
  return {
      {"ImputerOfNumbers", "SimpleImputer",
       Map({{"add_indicator", Truth(true)}}), NumberFrame()},
      {"ImputerOfCategories", "SimpleImputer",
       Map({{"strategy", Text("constant")}, {"add_indicator", Truth(true)}}),
       CategoryFrame()},
      {"OneHot", "OneHotEncoder", Map({{"drop", Text("first")}}),
       CategoryFrame()},
      {"OneHotGroups", "OneHotEncoder",
       Map({{"max_categories", Number(2)},
            {"handle_unknown", Text("infrequent_if_exist")}}),
       CategoryFrame()},
      {"Ordinal", "OrdinalEncoder",
       Map({{"min_frequency", Number(2)}, {"unknown_value", Number(-1)}}),
       CategoryFrame()},
      {"Target", "TargetEncoder", {}, CategoryFrame()},
      {"RareLabel", "RareLabelEncoder", Map({{"n_categories", Number(1)}}),
       CategoryFrame()},
      {"CountFrequency", "CountFrequencyEncoder",
       Map({{"encoding_method", Text("frequency")}}), CategoryFrame()},
      {"MissingFlags", "MissingIndicator", {}, NumberFrame()},
      {"MissingValue", "MissingValues", Map({{"missing_value", Number(3.0)}}),
       NumberFrame()},
      {"MissingFloat", "MissingValues",
       Map({{"missing_value", Number(3.0)}, {"single_precision", Truth(true)}}),
       NumberFrame()},
      {"NumberCategories", "NumbersAsCategories",
       Map({{"variables", Text("b")}}), NumberFrame()},
      {"Scaler", "StandardScaler", {}, NumberFrame()},
      {"MinMax", "MinMaxScaler", Map({{"clip", Truth(true)}}), NumberFrame()},
      {"MaxAbs", "MaxAbsScaler", Map({{"clip", Truth(true)}}), NumberFrame()},
      {"Robust", "RobustScaler", {}, NumberFrame()},
      {"Binary", "Binarizer", Map({{"threshold", Number(1.0)}}), NumberFrame()},
      {"Norm", "Normalizer", Map({{"norm", Text("max")}}), NumberFrame()},
      {"Power", "PowerTransformer", {}, NumberFrame()},
      {"Exponent", "Power", Map({{"exp", Number(1.5)}}), NumberFrame()},
      {"Levels", "PiecewiseConstant",
       Map({{"edges", List({Number(0.1), Number(3)})},
            {"values", List({Number(1), Number(0.3), Number(-2)})}}),
       NumberFrame()},
      {"Required", "RequireNumbers", {}, NumberFrame()},
      {"Quantile", "QuantileTransformer",
       Map({{"output_distribution", Text("normal")}}), NumberFrame()},
      {"Datetime", "DatetimeFeatures", hour,
       FrameOf({TimeColumn("t", {"2026-11-21T09:12:34+01:00", nullptr})})},
      {"Day", "DatetimeOrdinal", Map({{"start_date", Text("2026-01-01")}}),
       FrameOf({TimeColumn("t", {"2026-11-21T09:12:34+01:00", nullptr})})},
      {"Between", "DatetimeSubtraction",
       Map({{"variables", Text("t")},
            {"reference", Text("u")},
            {"output_unit", Text("h")}}),
       FrameOf({TimeColumn("t", {"2026-11-21T09:12:34+01:00", nullptr}),
                TimeColumn("u", {"2026-11-21", "2026-11-22"})})},
      {"Haversine", "HaversineDistance", Map({{"unit", Text("mi")}}),
       FrameOf({NumberColumn("a", {1.0, 2.0}), NumberColumn("b", {3.0, kNaN}),
                NumberColumn("c", {5.0, 6.0}), NumberColumn("d", {7.0, 8.0})})},
      {"Select", "SelectColumns", Map({{"columns", Text("b")}}), NumberFrame()},
      {"Drop", "DropColumns", Map({{"columns", Text("b")}}), NumberFrame()},
      {"Capper", "ArbitraryOutlierCapper",
       Map({{"max_capping_dict", Map({{"b", Number(2.5)}})},
            {"missing_values", Text("ignore")}}),
       NumberFrame()},
      {"Winsorizer", "Winsorizer",
       Map({{"tail", Text("both")},
            {"add_indicators", Truth(true)},
            {"missing_values", Text("ignore")}}),
       NumberFrame()},
      {"Function", "FunctionTransformer", Map({{"func", Text("log1p")}}),
       NumberFrame()},
      {"Log", "LogTransformer", Map({{"variables", Text("q")}}), WholeFrame()},
      {"Math", "MathFeatures",
       Map({{"variables", List({Text("q"), Text("p")})},
            {"func", List({Text("std"), Text("sum")})}}),
       WholeFrame()},
      {"Relative", "RelativeFeatures",
       Map({{"variables", Text("p")},
            {"reference", Text("q")},
            {"func", List({Text("mod"), Text("div")})},
            {"fill_value", Number(0.1)}}),
       WholeFrame()},
      {"Cyclical", "CyclicalFeatures", {}, WholeFrame()},
      {"Bins", "KBinsDiscretizer", Map({{"n_bins", Number(3)}}), WholeFrame()},
      {"Polynomial", "PolynomialFeatures",
       Map({{"degree", List({Number(2), Number(3)})}}), WholeFrame()},
      {"Spline", "SplineTransformer",
       Map({{"extrapolation", Text("linear")},
            {"knots", Text("quantile")},
            {"include_bias", Truth(false)}}),
       WholeFrame()},
      {"Bearing",
       "Bearing",
       {},
       FrameOf({NumberColumn("a", {1.0, 2.0}), NumberColumn("b", {3.0, kNaN}),
                NumberColumn("c", {5.0, 6.0}), NumberColumn("d", {7.0, 8.0})})},
      {"Counts", "CountVectorizer",
       Map({{"stop_words", List({Text("the")})}, {"binary", Truth(true)}}),
       TextFrame()},
      {"Tfidf", "TfidfVectorizer",
       Map({{"analyzer", Text("char_wb")},
            {"ngram_range", List({Number(2), Number(3)})},
            {"norm", Text("l1")}}),
       TextFrame()},
      {"Hasher", "FeatureHasher", Map({{"n_features", Number(5)}}),
       FrameOf({CategoryColumn("c", {"x", nullptr, "é", "?"}),
                TextColumn("t", {"a", "b", nullptr, "a"}),
                NumberColumn("n", {1.0, kNaN, 0.1, -2.0})})},
      {"Duplicates", "DropDuplicateFeatures", {}, CategoryFrame()},
      {"Variance", "VarianceThreshold", {}, NumberFrame()},
      {"Best", "SelectKBest",
       Map({{"k", Number(1)}, {"score_func", Text("f_regression")}}),
       FullFrame()},
      {"Percentile", "SelectPercentile",
       Map({{"percentile", Number(50)}, {"score_func", Text("f_regression")}}),
       FullFrame()},
      {"Components", "PCA", Map({{"whiten", Truth(true)}}), FullFrame()},
      {"Svd", "TruncatedSVD", Map({{"n_components", Number(1)}}), FullFrame()},
      {"Sequence", "Pipeline",
       Map({{"steps", List({Text("SimpleImputer"), Text("StandardScaler")})}}),
       NumberFrame()},
      {"Union", "FeatureUnion",
       Map({{"transformer_list",
             List({Map({{"name", Text("one")},
                        {"steps", List({Text("StandardScaler")})}})})}}),
       NumberFrame()},
      {"Transformer", "ColumnTransformer", branches, NumberFrame()},
  };
}

inline StepPtr FittedCase(const StepCase& one) {
  static const std::vector<double> kTarget = {0.25, 1.0, 0.5, 3.0};
  FitContext context;
  context.target = kTarget;
  return Fitted(one.step, one.parameters, one.frame, context);
}

}  // namespace tidemill
