#include "tidemill/importing/xgboost_file.h"

#include <algorithm>
#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/thrown_message.h"
#include "importing/golden_files.h"
#include "tidemill/core/errors.h"

namespace tidemill {
namespace {

using nlohmann::json;

struct Golden {
  std::string version;
  std::string file;

  std::string bytes() const {
    return GoldenBytes("xgboost/" + version + "-" + file);
  }
};

void PrintTo(const Golden& golden, std::ostream* out) {
  *out << golden.version << " " << golden.file;
}

std::vector<Golden> AllGoldens() {
  std::vector<Golden> goldens = {{"1.5.2", "forests.json"},
                                 {"1.5.2", "dart.json"},
                                 {"1.5.2", "linear.json"}};
  for (const char* version :
       {"1.6.2", "1.7.6", "2.1.4", "3.0.5", "3.1.3", "3.2.0"}) {
    for (const char* file : {"forests.ubj", "dart.json", "linear.ubj"}) {
      goldens.push_back({version, file});
    }
  }
  return goldens;
}

class XgboostGoldenTest : public testing::TestWithParam<Golden> {};

TEST_P(XgboostGoldenTest, ScoresToTheBitAsItsVersionDid) {
  const GoldenAnswers answers("xgboost/" + GetParam().version +
                              "-answers.json");
  const ImportedModel model = ReadXgboostFile(GetParam().bytes(), "golden");
  EXPECT_EQ(model.library, "XGBoost " + GetParam().version);
  EXPECT_EQ(Outputs(model, answers.Rows()), answers.Of(GetParam().file));
}

class DamagedXgboostFileTest : public XgboostGoldenTest {};

TEST_P(DamagedXgboostFileTest, IsRefusedOrScores) {
  const int refused =
      ReadDamaged(GetParam().bytes(), 16U << 20U, [](const std::string& bytes) {
        return ReadXgboostFile(bytes, "damaged");
      });
  EXPECT_GT(refused, 300);
}

std::string NameOf(const testing::TestParamInfo<Golden>& golden) {
  std::string name = golden.param.file + "_" + golden.param.version;
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Versions, XgboostGoldenTest,
                         testing::ValuesIn(AllGoldens()), NameOf);
INSTANTIATE_TEST_SUITE_P(Versions, DamagedXgboostFileTest,
                         testing::Values(Golden{"1.5.2", "dart.json"},
                                         Golden{"3.2.0", "dart.json"},
                                         Golden{"3.2.0", "forests.ubj"},
                                         Golden{"3.2.0", "linear.ubj"}),
                         NameOf);

TEST(XgboostFileTest, SaysWhatTheModelIs) {
  const ImportedModel many =
      ReadXgboostFile(Golden{"3.2.0", "forests.ubj"}.bytes(), "golden");
  EXPECT_EQ(many.task, Task::kMulticlass);
  EXPECT_EQ(many.num_classes(), 3U);
  const ImportedModel two =
      ReadXgboostFile(Golden{"3.2.0", "dart.json"}.bytes(), "golden");
  EXPECT_EQ(two.task, Task::kBinary);
  EXPECT_EQ(two.num_classes(), 2U);
  ASSERT_EQ(two.features.size(), 4U);
  EXPECT_EQ(two.features[0].type, "q");
  EXPECT_FALSE(two.features[0].is_category);
  EXPECT_TRUE(two.features[3].is_category);
  const ImportedModel linear =
      ReadXgboostFile(Golden{"3.2.0", "linear.ubj"}.bytes(), "golden");
  EXPECT_EQ(linear.task, Task::kRegression);
  EXPECT_EQ(linear.num_classes(), 0U);
}

/// One change to a sound document, and what the refusal says.
struct Change {
  std::string name;
  std::function<void(json&)> apply;
  std::string message;
};

void PrintTo(const Change& change, std::ostream* out) { *out << change.name; }

json& Learner(json& document) { return document["learner"]; }
json& Model(json& document) {
  return Learner(document)["gradient_booster"]["gbtree"]["model"];
}
/// A tree with categories at some node.
json& CategoryTree(json& document) {
  for (json& tree : Model(document)["trees"]) {
    if (tree["categories_nodes"].size() > 1) return tree;
  }
  throw std::logic_error("no tree with two splits by category");
}

class BadXgboostFileTest : public testing::TestWithParam<Change> {};

TEST_P(BadXgboostFileTest, IsRefusedByName) {
  json document = json::parse(Golden{"3.2.0", "dart.json"}.bytes());
  GetParam().apply(document);
  const std::string message = ThrownMessage<ArtifactError>(
      [&] { ReadXgboostFile(document.dump(), "m.json"); });
  EXPECT_THAT(message, testing::StartsWith("m.json"));
  EXPECT_THAT(message, testing::HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    Changes, BadXgboostFileTest,
    testing::Values(
        Change{"NewerVersion",
               [](json& d) {
                 d["version"] = {3, 3, 0};
               },
               "version: expected XGBoost 1.2 to 3.2, got 3.3"},
        Change{"OlderVersion",
               [](json& d) {
                 d["version"] = {1, 1, 1};
               },
               "expected XGBoost 1.2 to 3.2, got 1.1"},
        Change{"NoVersion", [](json& d) { d.erase("version"); },
               "version: expected a value, got none"},
        Change{"CategoriesOfAnOlderVersion",
               [](json& d) {
                 d["version"] = {1, 7, 2};
               },
               "trees: expected splits by category of XGBoost 1.7.3 or later"},
        Change{
            "UnknownObjective",
            [](json& d) { Learner(d)["objective"]["name"] = "binary:hinge"; },
            "got \"binary:hinge\""},
        Change{"UnknownBooster",
               [](json& d) { Learner(d)["gradient_booster"]["name"] = "gbx"; },
               "expected gbtree, dart or gblinear, got \"gbx\""},
        Change{"TwoTargets",
               [](json& d) {
                 Learner(d)["learner_model_param"]["num_target"] = "2";
               },
               "num_target: expected one target"},
        Change{"VectorLeaves",
               [](json& d) {
                 Model(d)["trees"][1]["tree_param"]["size_leaf_vector"] = "3";
               },
               "tree 1, leaves: expected one number each"},
        Change{"BaseScoreOfOne",
               [](json& d) {
                 d["version"] = {3, 1, 0};
                 Learner(d)["learner_model_param"]["base_score"] = "[1E0]";
               },
               "base_score: expected a finite margin"},
        Change{"BaseScoreThatIsNoNumber",
               [](json& d) {
                 Learner(d)["learner_model_param"]["base_score"] = "[1,]";
               },
               "base_score: expected float32 numbers"},
        Change{"TwoBaseScores",
               [](json& d) {
                 Learner(d)["learner_model_param"]["base_score"] = "[1,2]";
               },
               "base_score: expected 1 or 1 numbers, got 2"},
        Change{"ManyFeatures",
               [](json& d) {
                 Learner(d)["learner_model_param"]["num_feature"] =
                     "2000000000";
               },
               "num_feature: expected a number from 1 to 65536"},
        Change{"FewWeights",
               [](json& d) {
                 Learner(d)["gradient_booster"]["weight_drop"].erase(0);
               },
               "weight_drop: expected 6 weights, got 5"},
        Change{"FewTreeOutputs",
               [](json& d) { Model(d)["tree_info"].erase(0); },
               "tree_info: expected one number for each of 6 trees"},
        Change{"TreeOfNoOutput", [](json& d) { Model(d)["tree_info"][2] = 1; },
               "tree 2: expected an output below 1, got 1"},
        Change{"LoopOfChildren",
               [](json& d) { Model(d)["trees"][0]["left_children"][1] = 0; },
               "tree 0, left_children"},
        Change{"ChildBeyondTheTree",
               [](json& d) { Model(d)["trees"][0]["left_children"][0] = 999; },
               "tree 0, left_children: expected children within the tree"},
        Change{"NegativeChild",
               [](json& d) { Model(d)["trees"][0]["left_children"][0] = -2; },
               "left_children: expected whole numbers from -1"},
        Change{"FeatureBeyondTheEnd",
               [](json& d) { Model(d)["trees"][0]["split_indices"][0] = 4; },
               "tree 0: expected a feature below 4, got 4"},
        Change{
            "FewConditions",
            [](json& d) { Model(d)["trees"][0]["split_conditions"].erase(0); },
            "tree 0, left_children: expected arrays of one length"},
        Change{
            "TextAsCondition",
            [](json& d) { Model(d)["trees"][0]["split_conditions"][0] = "1"; },
            "tree 0, split_conditions: expected numbers, got string"},
        Change{"FractionAsChild",
               [](json& d) { Model(d)["trees"][0]["left_children"][0] = 1.5; },
               "left_children: expected whole numbers"},
        Change{"OverlappingCategories",
               [](json& d) { CategoryTree(d)["categories_segments"][1] = 0; },
               "categories_segments: expected the categories of one node"},
        Change{"CategoriesWithoutSplit",
               [](json& d) {
                 json& types = CategoryTree(d)["split_type"];
                 types = std::vector<int>(types.size(), 0);
               },
               "split_type: expected 1 where there are categories"},
        Change{"CategoryThatFloat32Skips",
               [](json& d) { CategoryTree(d)["categories"][0] = 1 << 24; },
               "categories: expected whole numbers from 0 to 16777215"},
        Change{
            "BestRoundBeyondTheTrees",
            [](json& d) { Learner(d)["attributes"]["best_iteration"] = "6"; },
            "best_iteration: expected a round of the trees, got \"6\""},
        Change{"NaNAsCondition",
               [](json& d) {
                 Model(d)["trees"][0]["split_conditions"].back() = nullptr;
               },
               "tree 0: expected finite weights and thresholds"},
        Change{"NamesForSomeFeatures",
               [](json& d) {
                 Learner(d)["feature_names"] = {"a", "b"};
               },
               "feature_names: expected one for each of 4 features, got 2"},
        Change{"LearnerThatIsAList",
               [](json& d) { d["learner"] = json::array(); },
               "learner: expected an object, got array"}),
    [](const testing::TestParamInfo<Change>& change) {
      return change.param.name;
    });

TEST(XgboostFileTest, TheBestRoundIsTheLast) {
  const GoldenAnswers answers("xgboost/3.2.0-answers.json");
  json document = json::parse(Golden{"3.2.0", "dart.json"}.bytes());
  Learner(document)["attributes"]["best_iteration"] = "5";
  const auto all =
      Outputs(ReadXgboostFile(document.dump(), "m.json"), answers.Rows());
  EXPECT_EQ(all, answers.Of("dart.json"));
  Learner(document)["attributes"]["best_iteration"] = "2";
  EXPECT_NE(Outputs(ReadXgboostFile(document.dump(), "m.json"), answers.Rows()),
            all);
}

std::string RefusalOf(const std::string& bytes) {
  const AllocationCounter allocations;
  const std::string message =
      ThrownMessage<ArtifactError>([&] { ReadXgboostFile(bytes, "m"); });
  EXPECT_LT(allocations.peak_bytes(), 64U << 20U);
  return message;
}

TEST(XgboostFileTest, BytesThatAreNoModelAreRefused) {
  EXPECT_EQ(RefusalOf("nonsense"),
            "m: expected a whole file of JSON or UBJSON as XGBoost writes it, "
            "got an error at byte 2");
  EXPECT_NE(RefusalOf(""), "");
  EXPECT_NE(RefusalOf("[]"), "");
}

TEST(XgboostFileTest, DeepNestingIsRefused) {
  constexpr std::size_t kLevels = 1'000'000;
  EXPECT_EQ(RefusalOf(R"({"a":)" + std::string(kLevels, '[')),
            "m: expected at most 32 levels, got more");
  EXPECT_EQ(RefusalOf("{i\x01"
                      "a" +
                      std::string(kLevels, '[')),
            "m: expected at most 32 levels, got more");
}

TEST(XgboostFileTest, ACountWithoutBytesIsRefused) {
  // 2^62 nulls take no byte each in UBJSON.
  const std::string bomb = std::string(
                               "{i\x01"
                               "a[$Z#L\x40") +
                           std::string(7, '\0');
  EXPECT_EQ(RefusalOf(bomb),
            "m: expected values that take a byte each, got more");
}

TEST(XgboostFileTest, NaNWithinATextIsText) {
  ASSERT_NE(Golden({"1.7.6", "dart.json"}).bytes().find("[NaN,"),
            std::string::npos);
  json document = json::parse(Golden{"3.2.0", "dart.json"}.bytes());
  document["learner"]["feature_names"] = {"NaN", "\\\"NaN", "Infinity", "d"};
  const ImportedModel model = ReadXgboostFile(document.dump(), "m.json");
  EXPECT_EQ(model.features[0].name, "NaN");
  EXPECT_EQ(model.features[1].name, "\\\"NaN");
}

TEST(XgboostFileTest, TextThatIsNoUtf8IsRefused) {
  EXPECT_EQ(RefusalOf("{i\x01"
                      "aSi\x01\xFF}"),
            "m: expected texts of UTF-8, got \"?\"");
}

TEST(XgboostFileTest, ANumberBeyondFloat32IsRefused) {
  EXPECT_EQ(RefusalOf(R"({"a":1e39})"),
            "m: expected numbers that a float32 holds, got \"1e39\"");
}

}  // namespace
}  // namespace tidemill
