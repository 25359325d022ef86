#include "tidemill/importing/lightgbm_file.h"

#include <algorithm>
#include <limits>
#include <ostream>
#include <string>
#include <variant>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/thrown_message.h"
#include "importing/golden_files.h"
#include "tidemill/core/errors.h"

namespace tidemill {
namespace {

struct Golden {
  std::string version;
  std::string file;

  std::string bytes() const {
    return GoldenBytes("lightgbm/" + version + "-" + file);
  }
};

void PrintTo(const Golden& golden, std::ostream* out) {
  *out << golden.version << " " << golden.file;
}

class LightgbmGoldenTest : public testing::TestWithParam<Golden> {};

TEST_P(LightgbmGoldenTest, ScoresAsItsVersionDid) {
  const GoldenAnswers answers("lightgbm/" + GetParam().version +
                              "-answers.json");
  const ImportedModel model = ReadLightgbmFile(GetParam().bytes(), "golden");
  const auto outputs = Outputs(model, answers.Rows());
  const auto expected = answers.Of(GetParam().file);
  ASSERT_EQ(outputs.size(), expected.size());
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    EXPECT_DOUBLE_EQ(outputs[i], expected[i]) << i;
  }
}

TEST_P(LightgbmGoldenTest, DamagedItIsRefusedOrScores) {
  const int refused =
      ReadDamaged(GetParam().bytes(), 16U << 20U, [](const std::string& bytes) {
        return ReadLightgbmFile(bytes, "damaged");
      });
  EXPECT_GT(refused, 300);
}

INSTANTIATE_TEST_SUITE_P(Versions, LightgbmGoldenTest,
                         testing::Values(Golden{"3.3.5", "binary.txt"},
                                         Golden{"3.3.5", "multiclass.txt"},
                                         Golden{"3.3.5", "forest.txt"},
                                         Golden{"4.7.0", "binary.txt"},
                                         Golden{"4.7.0", "multiclass.txt"},
                                         Golden{"4.7.0", "forest.txt"}),
                         [](const testing::TestParamInfo<Golden>& golden) {
                           std::string name =
                               golden.param.file + "_" + golden.param.version;
                           std::replace(name.begin(), name.end(), '.', '_');
                           return name;
                         });

TEST(LightgbmFileTest, SaysWhatTheModelIs) {
  const ImportedModel two =
      ReadLightgbmFile(Golden{"3.3.5", "binary.txt"}.bytes(), "golden");
  EXPECT_EQ(two.library, "LightGBM v3");
  EXPECT_EQ(two.objective, "binary");
  EXPECT_EQ(two.task, Task::kBinary);
  EXPECT_EQ(two.num_classes(), 2U);
  ASSERT_EQ(two.features.size(), 4U);
  EXPECT_EQ(two.features[0].name, "Column_0");
  EXPECT_FALSE(two.features[0].is_category);
  EXPECT_TRUE(two.features[3].is_category);
  EXPECT_TRUE(two.features[3].categories.empty());
  const ImportedModel many =
      ReadLightgbmFile(Golden{"4.7.0", "multiclass.txt"}.bytes(), "golden");
  EXPECT_EQ(many.library, "LightGBM v4");
  EXPECT_EQ(many.task, Task::kMulticlass);
  EXPECT_EQ(many.num_classes(), 3U);
}

TEST(LightgbmFileTest, AFramesCategoriesBelongToTheirFeature) {
  const ImportedModel model =
      ReadLightgbmFile(Golden{"4.7.0", "forest.txt"}.bytes(), "golden");
  EXPECT_EQ(model.features[3].name, "d");
  ASSERT_EQ(model.features[3].categories.size(), 12U);
  EXPECT_EQ(std::get<std::string>(model.features[3].categories[11]), "k11");
  EXPECT_EQ(model.frame_categories.size(), 1U);
}

/// One text of a sound file replaced, and what the refusal says.
struct Change {
  std::string name;
  std::string from;
  std::string to;
  std::string message;
};

void PrintTo(const Change& change, std::ostream* out) { *out << change.name; }

class BadLightgbmFileTest : public testing::TestWithParam<Change> {};

TEST_P(BadLightgbmFileTest, IsRefusedByName) {
  std::string text = Golden{"4.7.0", "binary.txt"}.bytes();
  const std::size_t at = text.find(GetParam().from);
  ASSERT_NE(at, std::string::npos);
  text.replace(at, GetParam().from.size(), GetParam().to);
  const std::string message =
      ThrownMessage<ArtifactError>([&] { ReadLightgbmFile(text, "m.txt"); });
  EXPECT_THAT(message, testing::StartsWith("m.txt"));
  EXPECT_THAT(message, testing::HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    Changes, BadLightgbmFileTest,
    testing::Values(
        Change{"OtherFirstLine", "tree\n", "trie\n",
               "line 1: expected 'tree' as the first line"},
        Change{"NewerVersion", "version=v4", "version=v5",
               "version: expected v3 or v4, got \"v5\""},
        Change{"UnknownObjective", "objective=binary", "objective=ternary",
               "got \"ternary\""},
        Change{"SlopeOfZero", "sigmoid:1", "sigmoid:0",
               "objective: expected a finite sigmoid above 0"},
        Change{"ManyTreesARound", "num_tree_per_iteration=1",
               "num_tree_per_iteration=2",
               "num_tree_per_iteration: expected a number from 1 to 1"},
        Change{"OtherClasses", "num_class=1", "num_class=2",
               "num_class: expected 1, got 2"},
        Change{"ManyFeatures", "max_feature_idx=3", "max_feature_idx=99999999",
               "max_feature_idx: expected a number from 0 to 65535"},
        Change{"FewNames", "Column_0 ", "",
               "feature_names: expected one for each of 4 features, got 3"},
        Change{"NoInfos", "feature_infos=", "feature_info=",
               "feature_infos: expected a value, got none"},
        Change{"NoUtf8", "Column_0", "Column\xFF",
               ": expected UTF-8, got other bytes"},
        Change{"OtherTree", "Tree=1", "Tree=2",
               "expected tree 1 or the end, got \"Tree=2\""},
        Change{"ManyLeaves", "num_leaves=6", "num_leaves=200000000",
               "leaf_value: expected 200000000 numbers, got 6"},
        Change{"NoLeaves", "num_leaves=6", "num_leaves=0",
               "num_leaves: expected a number from 1"},
        Change{"LinearLeaves", "is_linear=0", "is_linear=1",
               "tree 0, is_linear: expected 0"},
        Change{"LoopOfChildren", "left_child=", "left_child=0 ",
               "left_child: expected 5 numbers, got 6"},
        Change{"TextAsNumber", "threshold=", "threshold=x",
               "threshold: expected numbers"},
        Change{"NoEnd", "end of trees", "end of tree",
               "expected tree 4 or the end"},
        Change{"BadFrame", "pandas_categorical:null", "pandas_categorical:[[",
               "expected lists of categories as JSON"},
        Change{"NestedFrame", "pandas_categorical:null",
               "pandas_categorical:[[[]]]",
               "expected texts, numbers and booleans as categories"}),
    [](const testing::TestParamInfo<Change>& change) {
      return change.param.name;
    });

/// One split on a number and one on a category.
std::string SmallFile(const std::string& decisions, const std::string& left,
                      const std::string& right) {
  return "tree\nversion=v4\nnum_class=1\nnum_tree_per_iteration=1\n"
         "label_index=0\nmax_feature_idx=1\nobjective=regression sqrt\n"
         "feature_names=a b\nfeature_infos=[0:1] 0:1:2\n\nTree=0\n"
         "num_leaves=3\nnum_cat=1\nsplit_feature=0 1\nthreshold=0.5 0\n"
         "decision_type=" +
         decisions + "\nleft_child=" + left + "\nright_child=" + right +
         "\nleaf_value=1 2 -3\ncat_boundaries=0 1\ncat_threshold=5\n"
         "is_linear=0\n\n\nend of trees\n";
}

double Score(const std::string& file, double a, double b) {
  return Outputs(ReadLightgbmFile(file, "m"), RowMatrix{{a, b}})[0];
}

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

TEST(LightgbmFileTest, ScoresATreeThatAReaderCanFollow) {
  // Categories 0 and 2 go left; sums are squared with their sign.
  const std::string file = SmallFile("8 1", "-1 -2", "1 -3");
  EXPECT_EQ(Score(file, 0.5, 0), 1.0);
  EXPECT_EQ(Score(file, 1.0, 0), 4.0);
  EXPECT_EQ(Score(file, 1.0, 2.9), 4.0);
  EXPECT_EQ(Score(file, 1.0, 1), -9.0);
  EXPECT_EQ(Score(file, 1.0, 99), -9.0);
  EXPECT_EQ(Score(file, 1.0, kMissing), -9.0);
}

TEST(LightgbmFileTest, TheMissingTypeSaysWhereAMissingCellGoes) {
  const auto score = [](const char* decision, double a) {
    return Score(SmallFile(decision + std::string(" 1"), "-1 -2", "1 -3"), a,
                 0);
  };
  EXPECT_EQ(score("0", kMissing), 1.0);   // None: 0.0 <= 0.5
  EXPECT_EQ(score("8", kMissing), 4.0);   // NaN, right
  EXPECT_EQ(score("10", kMissing), 1.0);  // NaN, left
  EXPECT_EQ(score("4", kMissing), 4.0);   // Zero, right
  EXPECT_EQ(score("4", 1e-36), 4.0);
  EXPECT_EQ(score("4", 0.25), 1.0);
  EXPECT_EQ(score("6", 0.0), 1.0);  // Zero, left
}

TEST(LightgbmFileTest, TreesThatAreNoneAreRefused) {
  const auto refusal = [](const std::string& file) {
    return ThrownMessage<ArtifactError>([&] { ReadLightgbmFile(file, "m"); });
  };
  EXPECT_THAT(refusal(SmallFile("8 1", "0 -2", "1 -3")),
              testing::HasSubstr("m, tree 0: expected children"));
  EXPECT_THAT(refusal(SmallFile("8 1", "-1 -2", "1 -9")),
              testing::HasSubstr("m, tree 0: expected children"));
  EXPECT_THAT(refusal(SmallFile("12 1", "-1 -2", "1 -3")),
              testing::HasSubstr("decision_type: expected a missing type"));
}

TEST(LightgbmFileTest, ACategorySetThatIsNotThereIsRefused) {
  std::string file = SmallFile("8 1", "-1 -2", "1 -3");
  file.replace(file.find("threshold=0.5 0"), 15, "threshold=0.5 1");
  EXPECT_THAT(
      ThrownMessage<ArtifactError>([&] { ReadLightgbmFile(file, "m"); }),
      testing::HasSubstr("threshold: expected a category set below num_cat"));
}

TEST(LightgbmFileTest, WithoutEndOfTreesItIsCutOff) {
  const std::string file = SmallFile("8 1", "-1 -2", "1 -3");
  EXPECT_THAT(ThrownMessage<ArtifactError>([&] {
                ReadLightgbmFile(file.substr(0, file.find("end of")), "m");
              }),
              testing::HasSubstr("expected a line 'end of trees'"));
}

TEST(LightgbmFileTest, TheSumOfACustomObjectiveIsTheAnswer) {
  std::string file = SmallFile("8 1", "-1 -2", "1 -3");
  const std::string line = "objective=regression sqrt\n";
  file.erase(file.find(line), line.size());
  const ImportedModel model = ReadLightgbmFile(file, "m");
  EXPECT_EQ(model.objective, "none");
  EXPECT_EQ(Outputs(model, RowMatrix{{1.0, 1.0}})[0], -3.0);
}

}  // namespace
}  // namespace tidemill
