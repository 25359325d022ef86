#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/parameter_values.h"
#include "features/step_testing.h"
#include "tidemill/model/artifact.h"
#include "tidemill/model/digest.h"
#include "tidemill/model/linear_model.h"
#include "tidemill/model/tree_walker.h"

namespace tidemill {

/// What the small pipeline makes: a, c_x, c_y, d, t_hour, t_month_sin and
/// t_month_cos.
inline constexpr std::size_t kSmallFeatures = 7;

/// A required text id, number a, categories c and d, timestamp t.
inline Schema SmallSchema() {
  std::vector<Field> fields(5);
  fields[0].name = "id";
  fields[0].type = FieldType::kText;
  fields[0].required = true;
  fields[1].name = "a";
  fields[1].unit = "USD";
  fields[2].name = "c";
  fields[2].type = FieldType::kCategory;
  fields[2].categories = Dictionary({"x", "y"});
  fields[3].name = "d";
  fields[3].type = FieldType::kCategory;
  fields[3].categories = Dictionary({"p", "q"});
  fields[4].name = "t";
  fields[4].type = FieldType::kTimestamp;
  return Schema(std::move(fields), "id", "t");
}

inline Pipeline SmallPipeline() {
  const auto branch = [](const char* column, ParameterValue::List steps) {
    return Map({{"columns", Text(column)}, {"steps", List(std::move(steps))}});
  };
  const ParameterValue dates =
      Map({{"DatetimeFeatures", Map({{"features_to_extract", Text("hour")},
                                     {"cyclical", Text("month")}})}});
  const ParameterValue branches =
      List({branch("a", {Text("SimpleImputer"), Text("StandardScaler")}),
            branch("c", {Text("OneHotEncoder")}),
            branch("d", {Text("TargetEncoder")}),
            branch("t", {dates, Text("SimpleImputer")})});
  const ParameterValue transformer =
      Map({{"ColumnTransformer", Map({{"transformers", branches}})}});

  FrameColumn id;
  id.column.name = "id";
  id.column.kind = ColumnKind::kText;
  // Mean 2 and deviation 1: a feature of a is a - 2.
  const Frame frame =
      FrameOf({NumberColumn("a", {1, 3, 1, 3}),
               CategoryColumn("c", {"x", "y", "x", "y"}),
               CategoryColumn("d", {"p", "q", "p", "q"}),
               TimeColumn("t", {"2026-01-01T00:00", "2026-02-01T06:00",
                                "2026-03-01T12:00", "2026-04-01T18:00"}),
               id});
  const std::vector<double> target = {0, 1, 0, 1};
  FitContext context;
  context.target = target;
  context.task = Task::kBinary;
  return Pipeline::Fit(ConfigureSteps(List({transformer})), frame, context,
                       nullptr);
}

/// P = logistic(a - 2 + c_y).
inline PredictorPtr SmallLinearModel() {
  return std::make_unique<LinearModel>(
      std::vector<double>{1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0}, 0.0,
      Link::kLogistic);
}

/// Three classes with the margins a - 2, 0 and c_y.
inline PredictorPtr SmallSoftmaxModel() {
  RowMatrix coefficients = RowMatrix::Zero(3, kSmallFeatures);
  coefficients(0, 0) = 1.0;
  coefficients(2, 2) = 1.0;
  return std::make_unique<LinearModel>(
      coefficients, std::vector<double>{0.0, 0.0, 0.0}, Link::kSoftmax);
}

/// A tree of three leaves: scaled a below 0 gives -1, else c_y decides
/// between 1 and 2. Node 0 sends a missing value left, node 2 right.
inline Tree SmallTree() {
  return {.feature = {0, 0, 2, 0, 0},
          .left = {1, -1, 3, -1, -1},
          .right = {2, -1, 4, -1, -1},
          .value = {0.0F, -1.0F, 0.5F, 1.0F, 2.0F},
          .default_left = {1, 0, 0, 0, 0}};
}

inline TreeEnsemble SmallTrees() {
  TreeEnsemble ensemble;
  ensemble.num_features = kSmallFeatures;
  ensemble.base_margins = {0.5F};
  ensemble.trees = {SmallTree(), SmallTree()};
  return ensemble;
}

/// Two classes; the first's tree asks feature 2 for category 1 or 3, the
/// second's adds half of what SmallTree() says.
inline TreeEnsemble SmallCategoryTrees() {
  TreeEnsemble ensemble;
  ensemble.num_features = kSmallFeatures;
  ensemble.base_margins = {0.5F, -0.5F};
  ensemble.link = Link::kSoftmax;
  ensemble.trees = {{.feature = {2, 0, 0},
                     .left = {1, -1, -1},
                     .right = {2, -1, -1},
                     .value = {0.0F, -1.0F, 1.0F},
                     .default_left = {0, 0, 0},
                     .category_begin = {0, 2, 2, 2},
                     .categories = {1, 3}},
                    SmallTree()};
  ensemble.trees[1].output = 1;
  ensemble.trees[1].weight = 0.5F;
  return ensemble;
}

inline Baselines SmallBaselines() {
  Baseline a;
  a.name = "a";
  a.edges = {1.0, 2.0, 3.0};
  a.counts = {2, 1};
  a.missing = 1;
  a.mean = 2.0;
  a.standard_deviation = 1.0;
  Baseline c;
  c.name = "c";
  c.kind = BaselineKind::kCategory;
  c.categories = {"x", "y"};
  c.counts = {2, 2};
  Baseline score;
  score.name = "score";
  score.edges = {0.0, 1.0};
  score.counts = {3};
  Baselines baselines;
  baselines.rows = 4;
  baselines.fields = {a, c};
  baselines.features = {a};
  baselines.score = score;
  return baselines;
}

inline Artifact SmallArtifact(PredictorPtr predictor = SmallLinearModel()) {
  Artifact artifact;
  Manifest& manifest = artifact.manifest;
  manifest.name = "churn";
  manifest.task = Task::kBinary;
  manifest.model = "LogisticRegression";
  manifest.classes = {"No", "Yes"};
  manifest.config_sha256 = std::string(64, 'a');
  manifest.data_sha256 = std::string(64, 'b');
  manifest.data_rows = 4;
  manifest.seed = 42;
  manifest.parameters = {{"split.test_size", "0.2"},
                         {"model.LogisticRegression.C", "1.0"}};
  manifest.libraries = {{"eigen", "3.4.0"}};
  manifest.metrics = {{"roc_auc", 0.85}};
  artifact.schema = SmallSchema();
  artifact.pipeline = SmallPipeline();
  artifact.predictor = std::move(predictor);
  artifact.baselines = SmallBaselines();
  // a - 2 + c_y = 0.
  artifact.verification = {{.event = R"({"id":"1","a":2,"c":"x","d":"p",)"
                                     R"("t":"2026-01-01T09:00:00Z"})",
                            .outputs = {0.5}}};
  return artifact;
}

/// Of the classes "low", "mid" and "high", all as likely for its row.
inline Artifact SmallManyClasses() {
  Artifact artifact = SmallArtifact(SmallSoftmaxModel());
  artifact.manifest.task = Task::kMulticlass;
  artifact.manifest.classes = {"low", "mid", "high"};
  artifact.verification[0].outputs.assign(3, 1.0 / 3.0);
  return artifact;
}

/// The bytes with the SHA-256 at their end made right again.
inline std::string Sealed(std::string bytes) {
  bytes.resize(bytes.size() - sizeof(Sha256Digest));
  const Sha256Digest digest = Sha256(bytes);
  bytes.append(digest.begin(), digest.end());
  return bytes;
}

/// Calls `check` with every damage that a small file is tried with: every bit
/// flipped, and numbers from 0 to 2^64 - 1 over every 8 bytes; the SHA-256
/// made right, so that the loader meets it.
template <typename Check>
void ForEachDamage(const std::string& bytes, Check check) {
  const std::size_t body = bytes.size() - sizeof(Sha256Digest);
  for (std::size_t at = 0; at < body; ++at) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      std::string damaged = bytes;
      damaged[at] = static_cast<char>(damaged[at] ^ (1U << bit));
      check(Sealed(std::move(damaged)), at);
    }
  }
  for (std::size_t at = 0; at + 8 <= body; ++at) {
    for (const std::uint64_t number :
         {~std::uint64_t{0}, std::uint64_t{1} << 63U, std::uint64_t{1} << 40U,
          std::uint64_t{1} << 32U, std::uint64_t{1} << 31U,
          std::uint64_t{1'000'000}, std::uint64_t{65'536}, std::uint64_t{1'000},
          std::uint64_t{0}}) {
      std::string damaged = bytes;
      for (unsigned i = 0; i < 8; ++i) {
        damaged[at + i] = static_cast<char>((number >> (8 * i)) & 0xFFU);
      }
      check(Sealed(std::move(damaged)), at);
    }
  }
}

}  // namespace tidemill
