// What model.bin holds, written as an export file has it and read back from
// there, is the same: names are written and read alike, each once.
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "features/step_testing.h"
#include "importing/json_writer.h"
#include "model/small_artifact.h"
#include "tidemill/config/yaml_file.h"
#include "tidemill/features/artifact_binary.h"
#include "tidemill/importing/json_reader.h"
#include "tidemill/model/artifact_sections.h"

namespace tidemill {
namespace {

template <typename Save>
std::string Binary(Save save) {
  BinaryWriter out;
  save(out);
  return out.Finish();
}

/// `value` saved, as JSON and back.
template <typename T, typename Save, typename Load>
T ThroughJson(const T& value, Save save, Load load) {
  JsonWriter out;
  save(value, out);
  const std::string text = out.Finish().dump();
  const JsonDocument document(text, "e.json");
  JsonReader in(document);
  T read = load(in);
  in.Finish();
  return read;
}

Frame NumberFrame() {
  return FrameOf({NumberColumn("a", {1.0, 2.0, 4.0, 7.0, 1.5, 3.0, 2.5, 9.0}),
                  NumberColumn("b", {3.0, 1.0, 2.0, 8.0, 4.5, 0.5, 6.0, 7.5}),
                  NumberColumn("c", {0.1, 0.9, 0.4, 0.2, 0.7, 0.3, 0.8, 0.6}),
                  NumberColumn("d", {5.0, 6.0, 1.0, 2.0, 8.0, 9.0, 3.0, 4.0})});
}

Frame CategoryFrame() {
  return FrameOf(
      {CategoryColumn("k", {"x", "y", "x", nullptr, "z", "x", "y", "x"}),
       CategoryColumn("l", {"u", "u", "v", "v", "u", "w", "u", "v"})});
}

Frame TextFrame() {
  return FrameOf({TextColumn("t", {"a word", "and one word more", "more of it",
                                   "it", "a", "b c", "word word", "more"})});
}

Frame TimeFrame() {
  return FrameOf(
      {TimeColumn("t", {"2026-01-02T03:04:05Z", "2026-02-03", nullptr,
                        "2025-12-31T23:59:59Z", "2026-01-01", "2026-01-05",
                        "2026-01-06", "2026-01-07"})});
}

struct StepCase {
  const char* parameters;
  Frame (*frame)();
};

/// Parameters that leave nothing at its plainest, for every step there is.
const std::multimap<std::string_view, StepCase>& StepCases() {
  static const std::multimap<std::string_view, StepCase> kCases = {
      {"ArbitraryOutlierCapper", {"max_capping_dict: {b: 5}", NumberFrame}},
      {"Bearing", {"output: o", NumberFrame}},
      {"Binarizer", {"threshold: 2", NumberFrame}},
      {"ColumnTransformer",
       {"{transformers: [{name: p, columns: [a], steps: [StandardScaler]}], "
        "remainder: passthrough, verbose_feature_names_out: true}",
        NumberFrame}},
      {"CountFrequencyEncoder",
       {"{encoding_method: frequency, unseen: encode}", CategoryFrame}},
      {"CountVectorizer",
       {"{analyzer: char_wb, ngram_range: [1, 2], strip_accents: ascii}",
        TextFrame}},
      {"CyclicalFeatures", {"max_values: {a: 24}", NumberFrame}},
      {"DatetimeFeatures",
       {"{features_to_extract: [hour, month], cyclical: [hour]}", TimeFrame}},
      {"DropColumns", {"columns: [b]", NumberFrame}},
      {"DropDuplicateFeatures", {"{}", NumberFrame}},
      {"FeatureHasher", {"n_features: 8", CategoryFrame}},
      {"FeatureUnion",
       {"transformer_list: [{name: p, steps: [StandardScaler]}, {name: q, "
        "steps: [Binarizer]}]",
        NumberFrame}},
      {"FunctionTransformer", {"func: log1p", NumberFrame}},
      {"HaversineDistance", {"unit: mi", NumberFrame}},
      {"KBinsDiscretizer", {"{n_bins: 3, encode: onehot}", NumberFrame}},
      {"KBinsDiscretizer", {"{n_bins: 2, encode: ordinal}", NumberFrame}},
      {"LogTransformer", {"base: 10", NumberFrame}},
      {"MathFeatures",
       {"{variables: [a, b], func: [sum, std], drop_original: true}",
        NumberFrame}},
      {"MaxAbsScaler", {"clip: true", NumberFrame}},
      {"MinMaxScaler", {"{feature_range: [-1, 2], clip: true}", NumberFrame}},
      {"MinMaxScaler", {"{}", NumberFrame}},
      {"MissingIndicator", {"features: all", NumberFrame}},
      {"Normalizer", {"norm: max", NumberFrame}},
      {"OneHotEncoder",
       {"{drop: first, max_categories: 2, handle_unknown: "
        "infrequent_if_exist}",
        CategoryFrame}},
      {"OrdinalEncoder",
       {"{unknown_value: -1, encoded_missing_value: -2}", CategoryFrame}},
      {"OrdinalEncoder", {"{}", CategoryFrame}},
      {"PCA", {"{n_components: 2, whiten: true}", NumberFrame}},
      {"Pipeline", {"steps: [StandardScaler, Binarizer]", NumberFrame}},
      {"PolynomialFeatures",
       {"{degree: [2, 3], interaction_only: true, include_bias: false}",
        NumberFrame}},
      {"PowerTransformer", {"{method: box-cox}", NumberFrame}},
      {"QuantileTransformer",
       {"{n_quantiles: 4, output_distribution: normal}", NumberFrame}},
      {"RareLabelEncoder",
       {"{tol: 0.3, n_categories: 1, replace_with: few}", CategoryFrame}},
      {"RelativeFeatures",
       {"{variables: [a], reference: [b], func: [div, pow], fill_value: 1, "
        "drop_original: true}",
        NumberFrame}},
      {"RobustScaler", {"{unit_variance: true}", NumberFrame}},
      {"SelectColumns", {"columns: [b, a]", NumberFrame}},
      {"SelectKBest", {"{k: 2, score_func: f_regression}", NumberFrame}},
      {"SelectPercentile",
       {"{percentile: 50, score_func: f_regression}", NumberFrame}},
      {"SimpleImputer", {"{add_indicator: true}", NumberFrame}},
      {"SimpleImputer",
       {"{strategy: constant, fill_value: none}", CategoryFrame}},
      {"SplineTransformer",
       {"{extrapolation: periodic, include_bias: false}", NumberFrame}},
      {"StandardScaler", {"{}", NumberFrame}},
      {"TargetEncoder", {"{smooth: 2}", CategoryFrame}},
      {"TfidfVectorizer", {"{norm: l1, sublinear_tf: true}", TextFrame}},
      {"TruncatedSVD", {"n_components: 2", NumberFrame}},
      {"VarianceThreshold", {"threshold: 0.1", NumberFrame}},
      {"Winsorizer",
       {"{tail: both, fold: 1, add_indicators: true}", NumberFrame}},
  };
  return kCases;
}

TEST(ExportNamesTest, EveryStepReadsBackFromJson) {
  const std::vector<double> target = {1.0, 2.0, 1.0, 3.0, 2.0, 1.0, 2.0, 5.0};
  for (const auto& [name, test] : StepCases()) {
    SCOPED_TRACE(std::string(name) + " " + test.parameters);
    const FitContext context{.target = target};
    const Frame frame = test.frame();
    const StepPtr step =
        Fitted(name, ParseYaml(test.parameters, "test"), frame, context);
    const auto save = [](const StepPtr& one, ArtifactWriter& out) {
      one->Save(out);
    };
    const StepPtr read = ThroughJson(step, save, [&](JsonReader& in) {
      return FindStep(name)->load(in, kMaxStepDepth);
    });
    EXPECT_EQ(Binary([&](ArtifactWriter& out) { read->Save(out); }),
              Binary([&](ArtifactWriter& out) { step->Save(out); }));
  }
}

TEST(ExportNamesTest, NoStepIsLeftOut) {
  for (const std::string& name : StepNames()) {
    // It needs a model to fit; what it saves is SelectColumns'.
    if (name == "SelectFromModel") continue;
    EXPECT_TRUE(StepCases().contains(name)) << name;
  }
}

template <typename T>
void ExpectSameSection(const T& value, void (*write)(const T&, ArtifactWriter&),
                       T (*read)(ArtifactReader&)) {
  const T again = ThroughJson(value, write, read);
  EXPECT_EQ(Binary([&](ArtifactWriter& out) { write(again, out); }),
            Binary([&](ArtifactWriter& out) { write(value, out); }));
}

TEST(ExportNamesTest, EverySectionReadsBackFromJson) {
  const Artifact artifact = SmallArtifact();
  ExpectSameSection(artifact.manifest, WriteManifest, ReadManifest);
  ExpectSameSection(artifact.schema, WriteSchema, ReadSchema);
  ExpectSameSection(artifact.baselines, WriteBaselines, ReadBaselines);
  ExpectSameSection(artifact.verification, WriteVerification, ReadVerification);
}

}  // namespace
}  // namespace tidemill
