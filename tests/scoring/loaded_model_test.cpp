#include "tidemill/scoring/loaded_model.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "core/allocation_counter.h"
#include "core/thrown_message.h"
#include "model/small_artifact.h"
#include "tidemill/core/errors.h"

namespace tidemill {
namespace {

/// The small artifact with its verification score moved.
std::string BytesWith(double difference,
                      PredictorPtr predictor = SmallLinearModel()) {
  Artifact artifact = SmallArtifact(std::move(predictor));
  artifact.verification[0].outputs[0] += difference;
  return WriteArtifact(artifact);
}

/// Regression by trees: the verification row scores 0.5 + 1 + 1.
std::string TreeBytesWith(double difference) {
  Artifact artifact = SmallArtifact(std::make_unique<TreeWalker>(SmallTrees()));
  artifact.verification[0].outputs = {2.5 + difference};
  return WriteArtifact(artifact);
}

std::string LoadError(const std::string& bytes) {
  return ThrownMessage<ArtifactError>([&] { LoadArtifact(bytes, "m", 0); });
}

TEST(LoadArtifactTest, AVerifiedFileIsLoaded) {
  const std::string bytes = BytesWith(0.0);
  const LoadedModelPtr model = LoadArtifact(bytes, "m", 7);
  EXPECT_EQ(model->version(), 7U);
  EXPECT_EQ(model->reference(), "churn@7");
  EXPECT_EQ(model->size(), bytes.size());
  EXPECT_EQ(model->sha256(), ToHex(Sha256(bytes)));
  EXPECT_EQ(model->plan().num_features(), kSmallFeatures);
}

TEST(LoadArtifactTest, AFloat64ScoreMayDifferByTheToleranceOnly) {
  EXPECT_NO_THROW(LoadArtifact(BytesWith(0.9e-12), "m", 0));
  EXPECT_EQ(LoadError(BytesWith(1e-9)),
            "m, verification row 0: expected the score 0.500000001, got 0.5");
}

TEST(LoadArtifactTest, AFloat32ScoreMayNotDifferAtAll) {
  EXPECT_NO_THROW(LoadArtifact(TreeBytesWith(0.0), "m", 0));
  EXPECT_THROW(LoadArtifact(TreeBytesWith(1e-15), "m", 0), ArtifactError);
}

TEST(LoadArtifactTest, EveryClassOfAVerificationRowIsCompared) {
  Artifact artifact = SmallManyClasses();
  EXPECT_NO_THROW(LoadArtifact(WriteArtifact(artifact), "m", 0));
  artifact.verification[0].outputs[2] = 0.25;
  EXPECT_EQ(LoadError(WriteArtifact(artifact)),
            "m, verification row 0: expected the score 0.25, got "
            "0.3333333333333333");
}

TEST(LoadArtifactTest, AVerificationRowOfOtherWidthIsRefused) {
  Artifact artifact = SmallManyClasses();
  artifact.verification[0].outputs.pop_back();
  EXPECT_EQ(LoadError(WriteArtifact(artifact)),
            "m: expected verification rows with as many scores as the model "
            "has outputs, 3, got 2");
}

TEST(LoadArtifactTest, AModelOfOtherOutputsThanItsTaskIsRefused) {
  Artifact artifact = SmallManyClasses();
  artifact.manifest.classes.push_back("higher");
  EXPECT_EQ(LoadError(WriteArtifact(artifact)),
            "m: expected as many outputs of the model as its task has, 4, got "
            "3");
  artifact.manifest.task = Task::kBinary;
  artifact.manifest.classes = {"No", "Yes"};
  EXPECT_EQ(LoadError(WriteArtifact(artifact)),
            "m: expected as many outputs of the model as its task has, 1, got "
            "3");
}

TEST(LoadArtifactTest, AVerificationEventThatIsRefusedRefusesTheFile) {
  Artifact artifact = SmallArtifact();
  artifact.verification[0].event = R"({"a":1})";
  EXPECT_EQ(LoadError(WriteArtifact(artifact)),
            "m, verification row 0: expected the score 0.5, got a refused "
            "event: expected the field 'id', got none");
}

TEST(LoadArtifactTest, TheLastOfManyRowsIsVerifiedToo) {
  Artifact artifact = SmallArtifact();
  artifact.verification.resize(1000, artifact.verification[0]);
  EXPECT_NO_THROW(LoadArtifact(WriteArtifact(artifact), "m", 0));
  artifact.verification.back().outputs = {0.75};
  EXPECT_EQ(LoadError(WriteArtifact(artifact)),
            "m, verification row 999: expected the score 0.75, got 0.5");
}

TEST(LoadArtifactTest, AModelOfOtherFeaturesThanThePipelinesIsRefused) {
  EXPECT_EQ(LoadError(BytesWith(
                0.0, std::make_unique<LinearModel>(
                         std::vector<double>{1.0, 2.0}, 0.0, Link::kIdentity))),
            "m: expected a pipeline with as many features as the model takes, "
            "2, got 7");
}

TEST(LoadArtifactTest, APipelineThatDoesNotFitTheSchemaNamesTheFile) {
  Artifact artifact = SmallArtifact();
  std::vector<Field> fields = SmallSchema().fields();
  fields.erase(fields.begin() + 1);
  artifact.schema = Schema(std::move(fields), "id", "t");
  EXPECT_EQ(LoadError(WriteArtifact(artifact)),
            "m, step ColumnTransformer: expected a column 'a', got none of "
            "that name");
}

TEST(LoadArtifactTest, VerifyingManyRowsOfManyFeaturesTakesLittleMemory) {
  // 2000 categories make 2000 features; 10,000 rows of them are 160 MB.
  Artifact artifact;
  artifact.manifest.name = "wide";
  artifact.manifest.task = Task::kRegression;
  std::vector<Field> fields(1);
  fields[0].name = "c";
  fields[0].type = FieldType::kCategory;
  FrameColumn column = CategoryColumn("c", {});
  for (int i = 0; i < 2000; ++i) {
    column.column.categories.push_back(std::to_string(i));
    column.codes.push_back(i);
  }
  fields[0].categories = Dictionary(column.column.categories);
  artifact.schema = Schema(std::move(fields), "", "");
  std::vector<StepPtr> steps;
  steps.push_back(Fitted("OneHotEncoder", {}, FrameOf({column})));
  artifact.pipeline = Pipeline(std::move(steps));
  artifact.predictor = std::make_unique<LinearModel>(
      std::vector<double>(2000, 1.0), 0.0, Link::kIdentity);
  artifact.baselines = Baselines{};
  artifact.verification.resize(10'000, {.event = "{}", .outputs = {0.0}});
  const std::string bytes = WriteArtifact(artifact);
  const AllocationCounter allocations;
  EXPECT_NO_THROW(LoadArtifact(bytes, "m", 0));
  // The tables of the plan take 32 MB of it.
  EXPECT_LT(allocations.peak_bytes(), 64U << 20U);
}

void ExpectRefusedOrScores(const std::string& bytes) {
  int loaded = 0;
  int refused = 0;
  ForEachDamage(bytes, [&](const std::string& damaged, std::size_t at) {
    const AllocationCounter allocations;
    try {
      LoadArtifact(damaged, "m", 0);
      ++loaded;
    } catch (const ArtifactError& error) {
      ++refused;
      ASSERT_TRUE(std::string_view(error.what()).starts_with("m")) << at;
    }
    ASSERT_LT(allocations.peak_bytes(), 64U << 20U) << at;
  });
  EXPECT_GT(refused, 10'000);
  EXPECT_GT(loaded, 100);  // texts for people, mostly
}

TEST(LoadArtifactTest, DamagedAndSealedItIsRefusedOrScores) {
  ExpectRefusedOrScores(BytesWith(0.0));
}

TEST(LoadArtifactTest, OfManyClassesDamagedAndSealedItIsRefusedOrScores) {
  ExpectRefusedOrScores(WriteArtifact(SmallManyClasses()));
}

TEST(LoadArtifactFileTest, AnAbsentFileIsAnIoError) {
  EXPECT_THROW(LoadArtifactFile("/nowhere/model.bin", 0), IoError);
}

}  // namespace
}  // namespace tidemill
