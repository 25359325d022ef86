#include "tidemill/training/xgboost_model.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

#include "tidemill/core/all_finite.h"
#include "tidemill/core/errors.h"
#include "tidemill/features/step.h"
#include "tidemill/model/linear_booster.h"
#include "tidemill/model/tree_walker.h"
#include "tidemill/training/xgboost_document.h"
#include "tidemill/training/xgboost_fields.h"
#include "tidemill/training/xgboost_trees.h"
#include "tidemill/wire/message_reader.h"

namespace tidemill {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxCount = std::numeric_limits<std::int32_t>::max();

struct Version {
  std::int32_t major;
  std::int32_t minor;
  std::int32_t patch;

  friend auto operator<=>(const Version&, const Version&) = default;
};

/// Layouts that tests have seen. 1.0 and 1.1 took binary:logitraw's base_score
/// for a probability.
constexpr Version kOldest = {1, 2, 0};
constexpr Version kTooNew = {3, 3, 0};
/// Before it a category beyond those of a split went to the default side.
constexpr Version kSendsUnknownLeft = {1, 7, 3};
/// From here on the logit of a base_score near 0 or 1 is cut.
constexpr Version kCutsLogit = {3, 2, 0};

struct Objective {
  std::string_view name;
  Task task;
  Link link;
};

constexpr std::array kObjectives = {
    Objective{"reg:squarederror", Task::kRegression, Link::kIdentity},
    Objective{"reg:squaredlogerror", Task::kRegression, Link::kIdentity},
    Objective{"reg:pseudohubererror", Task::kRegression, Link::kIdentity},
    Objective{"reg:absoluteerror", Task::kRegression, Link::kIdentity},
    Objective{"reg:quantileerror", Task::kRegression, Link::kIdentity},
    Objective{"reg:logistic", Task::kRegression, Link::kLogistic},
    Objective{"reg:gamma", Task::kRegression, Link::kExp},
    Objective{"reg:tweedie", Task::kRegression, Link::kExp},
    Objective{"count:poisson", Task::kRegression, Link::kExp},
    Objective{"survival:cox", Task::kRegression, Link::kExp},
    Objective{"rank:pairwise", Task::kRegression, Link::kIdentity},
    Objective{"rank:ndcg", Task::kRegression, Link::kIdentity},
    Objective{"rank:map", Task::kRegression, Link::kIdentity},
    Objective{"binary:logitraw", Task::kRegression, Link::kIdentity},
    Objective{"binary:logistic", Task::kBinary, Link::kLogistic},
    Objective{"multi:softprob", Task::kMulticlass, Link::kSoftmax},
    Objective{"multi:softmax", Task::kMulticlass, Link::kSoftmax},
};

const Objective& FindObjective(const XgboostFields& learner) {
  const XgboostFields saved = learner.Object("objective");
  const std::string name = saved.Text("name");
  std::string known;
  for (const Objective& objective : kObjectives) {
    if (objective.name == name) return objective;
    known += (known.empty() ? "" : ", ") + std::string(objective.name);
  }
  saved.Refuse("name", "one of " + known, QuotedText(name));
}

Version ReadVersion(const XgboostFields& document) {
  const auto numbers = document.Integers("version", 0, kMaxCount);
  if (numbers.size() != 3) {
    document.Refuse("version", "three numbers", std::to_string(numbers.size()));
  }
  const Version version = {numbers[0], numbers[1], numbers[2]};
  if (version < kOldest || version >= kTooNew) {
    document.Refuse(
        "version", "XGBoost 1.2 to 3.2",
        std::to_string(version.major) + "." + std::to_string(version.minor));
  }
  return version;
}

/// Reads the document of one model; the parts point into it.
class ModelReader {
 public:
  ModelReader(const json& document, const std::string& where)
      : document_(document, where),
        version_(ReadVersion(document_)),
        learner_(document_.Object("learner")),
        parameters_(learner_.Object("learner_model_param")),
        objective_(FindObjective(learner_)) {}

  XgboostModel Read() const {
    XgboostModel model;
    const auto& [major, minor, patch] = version_;
    model.version = std::to_string(major) + "." + std::to_string(minor) + "." +
                    std::to_string(patch);
    model.objective = objective_.name;
    model.task = objective_.task;
    model.predictor = ReadPredictor(model);
    // Files of XGBoost before 1.4 have no names.
    model.feature_names = PerFeature("feature_names");
    model.feature_types = PerFeature("feature_types");
    return model;
  }

 private:
  std::size_t num_features() const {
    return parameters_.CountText("num_feature", 1, kMaxColumns);
  }

  std::size_t NumOutputs() const {
    if (parameters_.Has("num_target") &&
        parameters_.CountText("num_target", 1, kMaxCount) > 1) {
      parameters_.Refuse("num_target", "one target",
                         QuotedText(parameters_.Text("num_target")));
    }
    if (objective_.link != Link::kSoftmax) return 1;
    return parameters_.CountText("num_class", 2, kMaxClasses);
  }

  std::vector<std::string> PerFeature(const char* name) const {
    std::vector<std::string> texts;
    if (learner_.Has(name)) texts = learner_.Texts(name);
    if (!texts.empty() && texts.size() != num_features()) {
      learner_.Refuse(
          name,
          "one for each of " + std::to_string(num_features()) + " features",
          std::to_string(texts.size()));
    }
    return texts;
  }

  /// One number stands for every output, in files before XGBoost 3.1.
  std::vector<float> BaseMargins() const {
    std::vector<float> margins = parameters_.FloatsText("base_score");
    if (margins.size() == 1) margins.resize(NumOutputs(), margins.front());
    if (margins.size() != NumOutputs()) {
      parameters_.Refuse("base_score",
                         "1 or " + std::to_string(NumOutputs()) + " numbers",
                         std::to_string(margins.size()));
    }
    for (float& margin : margins) margin = MarginOf(margin);
    if (AllFinite(margins)) return margins;
    parameters_.Refuse("base_score", "a finite margin",
                       QuotedText(parameters_.Text("base_score")));
  }

  float MarginOf(float base_score) const {
    if (objective_.link == Link::kExp) return std::log(base_score);
    if (objective_.link != Link::kLogistic) return base_score;
    constexpr float kEdge = 1e-6F;
    if (version_ >= kCutsLogit) {
      base_score = std::clamp(base_score, kEdge, 1.0F - kEdge);
    }
    return -std::log(1.0F / base_score - 1.0F);
  }

  PredictorPtr ReadPredictor(XgboostModel& model) const {
    const XgboostFields booster = learner_.Object("gradient_booster");
    const std::string name = booster.Text("name");
    if (name == "gblinear") return ReadLinear(booster.Object("model"));
    if (name == "gbtree") return ReadTrees(booster.Object("model"), {}, model);
    if (name == "dart") {
      return ReadTrees(booster.Object("gbtree").Object("model"),
                       booster.Floats("weight_drop"), model);
    }
    booster.Refuse("name", "gbtree, dart or gblinear", QuotedText(name));
  }

  PredictorPtr ReadLinear(const XgboostFields& model) const {
    const std::size_t outputs = NumOutputs();
    LinearBooster::Parts parts;
    parts.weights = model.Floats("weights");
    // Adds the first output's base score to every output, as XGBoost does.
    parts.base_margins.assign(outputs, BaseMargins().front());
    parts.link = objective_.link;
    if (parts.weights.size() % outputs != 0 ||
        parts.weights.size() / outputs != num_features() + 1) {
      model.Refuse("weights",
                   "one for each of " + std::to_string(num_features()) +
                       " features and a bias, for " + std::to_string(outputs) +
                       " outputs",
                   std::to_string(parts.weights.size()));
    }
    const auto biases =
        parts.weights.end() - static_cast<std::ptrdiff_t>(outputs);
    parts.biases.assign(biases, parts.weights.end());
    parts.weights.erase(biases, parts.weights.end());
    return std::make_unique<LinearBooster>(std::move(parts));
  }

  PredictorPtr ReadTrees(const XgboostFields& saved,
                         const std::vector<float>& weights,
                         XgboostModel& model) const {
    TreeEnsemble ensemble;
    ensemble.num_features = num_features();
    ensemble.base_margins = BaseMargins();
    ensemble.link = objective_.link;
    ensemble.trees = ReadXgboostTrees(saved);
    CheckCategories(saved, ensemble.trees);
    if (!weights.empty() && weights.size() != ensemble.trees.size()) {
      saved.Refuse("weight_drop",
                   std::to_string(ensemble.trees.size()) + " weights",
                   std::to_string(weights.size()));
    }
    for (std::size_t i = 0; i < weights.size(); ++i) {
      ensemble.trees[i].weight = weights[i];
    }
    ensemble.trees.resize(TreesUpToTheBestRound(
        saved, learner_.Object("attributes"), ensemble.num_outputs()));
    if (saved.Has("cats")) model.categories = ReadCategories(saved);
    return std::make_unique<TreeWalker>(std::move(ensemble));
  }

  void CheckCategories(const XgboostFields& saved,
                       const std::vector<Tree>& trees) const {
    const bool any =
        std::any_of(trees.begin(), trees.end(),
                    [](const Tree& tree) { return !tree.categories.empty(); });
    if (any && version_ < kSendsUnknownLeft) {
      saved.Refuse("trees", "splits by category of XGBoost 1.7.3 or later only",
                   "others");
    }
  }

  std::vector<CategoryValues> ReadCategories(const XgboostFields& model) const {
    const XgboostFields saved = model.Object("cats");
    const json& lists = saved.Array("enc");
    std::vector<CategoryValues> categories;
    for (const json& list : lists) {
      const XgboostFields fields(list, saved.where() + " of feature " +
                                           std::to_string(categories.size()));
      categories.push_back(fields.Has("offsets") ? CategoryTexts(fields)
                                                 : CategoryNumbers(fields));
    }
    if (!categories.empty() && categories.size() != num_features()) {
      saved.Refuse("enc",
                   "one list for each of " + std::to_string(num_features()) +
                       " features",
                   std::to_string(categories.size()));
    }
    return categories;
  }

  /// One text after the other, as bytes. XGBoost's Python package counts
  /// characters where these are bytes, so that texts that are not ASCII are
  /// cut: of such a feature nothing is known.
  static CategoryValues CategoryTexts(const XgboostFields& fields) {
    std::string bytes;
    bool ascii = true;
    for (const std::int32_t byte : fields.Integers("values", -128, 255)) {
      ascii = ascii && byte >= 0 && byte < 128;
      bytes.push_back(static_cast<char>(byte));
    }
    if (!ascii) return {};
    const auto offsets = fields.Integers("offsets", 0, kMaxCount);
    CategoryValues texts;
    for (std::size_t i = 1; i < offsets.size(); ++i) {
      const auto begin = static_cast<std::size_t>(offsets[i - 1]);
      const auto end = static_cast<std::size_t>(offsets[i]);
      if (begin > end || end > bytes.size()) {
        fields.Refuse("offsets", "ends within the values", "others");
      }
      texts.emplace_back(bytes.substr(begin, end - begin));
    }
    return texts;
  }

  static CategoryValues CategoryNumbers(const XgboostFields& fields) {
    const auto numbers =
        fields.Int64s("values", std::numeric_limits<std::int64_t>::min(),
                      std::numeric_limits<std::int64_t>::max());
    return {numbers.begin(), numbers.end()};
  }

  XgboostFields document_;
  Version version_;
  XgboostFields learner_;
  XgboostFields parameters_;
  const Objective& objective_;
};

}  // namespace

XgboostModel ReadXgboostModel(std::string_view bytes,
                              const std::string& where) {
  const json document = ParseXgboostDocument(bytes, where);
  return NamingPlace(where, ", ",
                     [&] { return ModelReader(document, where).Read(); });
}

}  // namespace tidemill
