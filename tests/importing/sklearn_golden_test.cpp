// Pipelines of scikit-learn as tests/golden/sklearn/make.py exported them.
#include <algorithm>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/thrown_message.h"
#include "importing/golden_files.h"
#include "tidemill/core/errors.h"
#include "tidemill/importing/import.h"

namespace tidemill {
namespace {

using testing::HasSubstr;

struct Golden {
  std::string name;
  /// Of the model.bin, on every machine. It changes with the file here, with
  /// kArtifactFormat and with what steps and models write: note the new one
  /// then. A change for another reason is a bug.
  std::string sha256;

  std::string Bytes() const { return GoldenBytes("sklearn/" + name + ".json"); }
};

const Golden kGolden[] = {
    {"diabetes-of-groups",
     "d48d94c091c7bdda1717c2ece79b33515898746c253cd606334f621be93e490d"},
    {"diabetes",
     "336ac2da239c6eef808443f8b71f870e7cf83d3ea6be20bc4ec98fdd8e99b902"},
    {"digits",
     "e12016309c0a482748c2efd45fd1a4fe8532ba30768c6cae643a62a05a1d83bb"},
    {"iris",
     "fef3d0e90521da55cb1075f389ba1c8255c0bb45489c3984d409cbca73f8781a"},
    {"linnerud",
     "2ed6060e4420eae8fce0191be987958fe2f0c1346142e585bc1a89c92db3e36f"},
    {"tumours-boosted",
     "4f53b70fef25813f9376ad96d4ae7d7309de74147373267f004606a49bcdc33d"},
    {"tumours-calibrated",
     "49ee2eabc01a96a10aa4ea02f1c7e55c2a898a3b8ef6b4ede494bc2eb53388af"},
    {"wine",
     "8d2d2b4c248ea9b48342d75c62e8a83cd34d22ca7ddb440a0878b5a51b5aca06"},
};

class SklearnGoldenTest : public testing::TestWithParam<Golden> {};

TEST_P(SklearnGoldenTest, GivesScikitLearnsAnswersAndTheSameBytes) {
  const ImportResult result = ImportModel(GetParam().Bytes(), GetParam().name);
  EXPECT_GE(result.verified_rows, 200U);
  EXPECT_TRUE(result.compared);
  EXPECT_EQ(result.sha256, GetParam().sha256);
}

TEST_P(SklearnGoldenTest, IsRefusedWhenOneAnswerIsAnother) {
  auto json = nlohmann::ordered_json::parse(GetParam().Bytes());
  auto& output = json["verification"]["rows"][17]["outputs"][0];
  output = output.get<double>() + 1e-9;
  const std::string error = ThrownMessage<ArtifactError>(
      [&] { ImportModel(json.dump(), GetParam().name); });
  EXPECT_THAT(error, HasSubstr("verification row 17: expected the score"));
}

INSTANTIATE_TEST_SUITE_P(Files, SklearnGoldenTest, testing::ValuesIn(kGolden),
                         [](const auto& golden) {
                           std::string name = golden.param.name;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace tidemill
