#include "tidemill/features/plan.h"

#include <array>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/allocation_counter.h"
#include "core/thrown_message.h"
#include "features/raw_bytes.h"
#include "features/step_testing.h"
#include "tidemill/core/errors.h"
#include "tidemill/core/random.h"
#include "tidemill/features/pipeline.h"

namespace tidemill {
namespace {

using Kind = FeatureOrigin::Kind;
using testing::ElementsAre;

Field FieldOf(std::string name, FieldType type) {
  Field field;
  field.name = std::move(name);
  field.type = type;
  return field;
}

// The fields of TestSchema(), by number.
enum : std::size_t { kA, kB, kLat, kLon, kC, kD, kT, kId };

Schema TestSchema() {
  Field c = FieldOf("c", FieldType::kCategory);
  c.categories = Dictionary({"x", "y", "z"});
  Field d = FieldOf("d", FieldType::kCategory);
  d.categories = Dictionary({"p", "q"});
  return Schema(
      {FieldOf("a", FieldType::kNumber), FieldOf("b", FieldType::kInteger),
       FieldOf("lat", FieldType::kNumber), FieldOf("lon", FieldType::kNumber),
       c, d, FieldOf("t", FieldType::kTimestamp),
       FieldOf("id", FieldType::kText)},
      "id", "t");
}

void AppendRandomRow(Random& random, EventBatch& batch) {
  const std::size_t row = batch.AppendRow();
  for (const std::size_t field : {kA, kB, kLat, kLon}) {
    if (random.Below(5) == 0) continue;
    batch.numbers(field)[row] = (random.Uniform() - 0.5) * 100.0;
  }
  batch.codes(kC)[row] = static_cast<std::int32_t>(random.Below(5)) - 2;
  batch.codes(kD)[row] = static_cast<std::int32_t>(random.Below(4)) - 2;
  if (random.Below(5) != 0) {
    batch.timestamps(kT)[row] = {
        .utc_us = static_cast<std::int64_t>(random.Below(1ULL << 51U)),
        .offset_s = static_cast<std::int32_t>(random.Below(20) * 1800)};
  }
}

EventBatch RandomBatch(Random& random, std::size_t rows) {
  EventBatch batch(TestSchema());
  for (std::size_t i = 0; i < rows; ++i) AppendRandomRow(random, batch);
  return batch;
}

/// A batch of one row of another.
EventBatch RowOf(const EventBatch& batch, std::size_t row) {
  EventBatch one(TestSchema());
  one.AppendRow();
  for (const std::size_t field : {kA, kB, kLat, kLon}) {
    one.numbers(field)[0] = batch.numbers(field)[row];
  }
  for (const std::size_t field : {kC, kD}) {
    one.codes(field)[0] = batch.codes(field)[row];
  }
  one.timestamps(kT)[0] = batch.timestamps(kT)[row];
  return one;
}

Frame FrameOfBatch(const EventBatch& batch) {
  std::vector<std::size_t> rows(batch.num_rows());
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = i;
  return MakeFrame(TestSchema(), batch, rows);
}

ParameterValue Step(const char* name, ParameterValue::Map parameters = {}) {
  return Map({{name, Map(std::move(parameters))}});
}

ParameterValue Branch(ParameterValue::List columns,
                      ParameterValue::List steps) {
  return Map({{"columns", List(std::move(columns))},
              {"steps", List(std::move(steps))}});
}

/// The branches that a pipeline can be put together from. No two make a
/// column of the same name.
std::vector<ParameterValue> AllBranches() {
  const ParameterValue fill =
      Step("SimpleImputer", {{"strategy", Text("constant")}});
  return {
      Branch({Text("a"), Text("b")},
             {Step("SimpleImputer", {{"add_indicator", Truth(true)}}),
              Step("StandardScaler")}),
      Branch({Text("c")},
             {fill, Step("OneHotEncoder"), Step("StandardScaler")}),
      Branch({Text("d")}, {Step("TargetEncoder"), Step("StandardScaler")}),
      Branch({Text("t")}, {Step("DatetimeFeatures",
                                {{"features_to_extract",
                                  List({Text("hour"), Text("day_of_week")})},
                                 {"cyclical", Text("month")}}),
                           Step("SimpleImputer"), Step("StandardScaler")}),
      Branch({Text("a"), Text("b"), Text("lat"), Text("lon")},
             {Step("HaversineDistance")}),
      Branch({Text("lat"), Text("lon")}, {}),
  };
}

std::vector<double> TargetOf(std::size_t rows) {
  Random random(77);
  std::vector<double> target;
  for (std::size_t i = 0; i < rows; ++i) target.push_back(random.Uniform());
  return target;
}

/// A pipeline of these branches, fitted on the batch.
Pipeline FittedPipeline(ParameterValue::List branches,
                        const EventBatch& batch) {
  const std::vector<EstimatorPtr> estimators = ConfigureSteps(List({Step(
      "ColumnTransformer", {{"transformers", List(std::move(branches))}})}));
  const std::vector<double> target = TargetOf(batch.num_rows());
  FitContext context;
  context.target = target;
  return Pipeline::Fit(estimators, FrameOfBatch(batch), context, nullptr);
}

Pipeline FullPipeline(const EventBatch& batch) {
  const std::vector<ParameterValue> all = AllBranches();
  return FittedPipeline({all.begin(), all.end()}, batch);
}

RowMatrix RunPlan(const Plan& plan, const EventBatch& batch) {
  Plan::Scratch scratch;
  RowMatrix out(static_cast<Eigen::Index>(batch.num_rows()),
                static_cast<Eigen::Index>(plan.num_features()));
  plan.Run(batch, scratch, out);
  return out;
}

bool SameMatrix(const RowMatrix& a, const RowMatrix& b) {
  return a.rows() == b.rows() && a.cols() == b.cols() &&
         std::memcmp(a.data(), b.data(),
                     static_cast<std::size_t>(a.size()) * sizeof(double)) == 0;
}

TEST(PlanTest, GivesTheBitsOfTheExpressionsForRandomPipelines) {
  Random random(1);
  for (int round = 0; round < 60; ++round) {
    std::vector<ParameterValue> branches = AllBranches();
    random.Shuffle(branches);
    branches.resize(1 + random.Below(branches.size()));
    const EventBatch batch = RandomBatch(random, 20 + random.Below(200));
    const Pipeline pipeline =
        FittedPipeline({branches.begin(), branches.end()}, batch);
    const Plan plan = pipeline.Compile(TestSchema());
    const RowMatrix got = RunPlan(plan, batch);
    const Frame frame = FrameOfBatch(batch);
    const Frame expected =
        Evaluate(BindSteps(pipeline.steps(), SourcesOf(frame)), frame);
    ASSERT_EQ(expected.columns.size(), plan.num_features());
    for (std::size_t j = 0; j < plan.num_features(); ++j) {
      ASSERT_EQ(plan.names()[j], expected.columns[j].column.name);
      for (std::size_t i = 0; i < batch.num_rows(); ++i) {
        ASSERT_TRUE(SameBits(
            got(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)),
            expected.columns[j].numbers[i]))
            << plan.names()[j] << ", row " << i;
      }
    }
  }
}

TEST(PlanTest, ABatchOfOneGivesTheBitsOfABatchOf512) {
  Random random(2);
  const EventBatch batch = RandomBatch(random, 512);
  const Plan plan = FullPipeline(batch).Compile(TestSchema());
  const RowMatrix together = RunPlan(plan, batch);
  for (std::size_t row = 0; row < batch.num_rows(); ++row) {
    const RowMatrix alone = RunPlan(plan, RowOf(batch, row));
    ASSERT_TRUE(SameMatrix(
        alone, RowMatrix(together.row(static_cast<Eigen::Index>(row)))));
  }
}

TEST(PlanTest, ASmallBatchAfterALargeOneGivesTheSameBits) {
  Random random(3);
  const EventBatch batch = RandomBatch(random, 100);
  const Plan plan = FullPipeline(batch).Compile(TestSchema());
  Plan::Scratch scratch;
  RowMatrix out(100, static_cast<Eigen::Index>(plan.num_features()));
  plan.Run(batch, scratch, out);
  const EventBatch one = RowOf(batch, 50);
  plan.Run(one, scratch, out);
  EXPECT_TRUE(SameMatrix(RowMatrix(out.row(0)), RunPlan(plan, one)));
}

TEST(PlanTest, ABatchOfNoneIsNoWork) {
  Random random(3);
  const Plan plan = FullPipeline(RandomBatch(random, 50)).Compile(TestSchema());
  EXPECT_EQ(RunPlan(plan, EventBatch(TestSchema())).rows(), 0);
}

TEST(PlanTest, DoesNotAllocateOnceWarm) {
  Random random(4);
  const EventBatch batch = RandomBatch(random, 300);
  const EventBatch one = RowOf(batch, 7);
  const Plan plan = FullPipeline(batch).Compile(TestSchema());
  Plan::Scratch scratch;
  RowMatrix out(300, static_cast<Eigen::Index>(plan.num_features()));
  plan.Run(batch, scratch, out);
  const AllocationCounter allocations;
  for (int i = 0; i < 10; ++i) {
    plan.Run(batch, scratch, out);
    plan.Run(one, scratch, out);
  }
  EXPECT_EQ(allocations.count(), 0U);
}

TEST(PlanTest, ALoadedPipelineGivesTheSameBits) {
  Random random(5);
  const EventBatch batch = RandomBatch(random, 100);
  const Pipeline pipeline = FullPipeline(batch);
  RawBytes writer;
  pipeline.Save(writer);
  const std::string bytes = writer.Finish();
  BinaryReader reader(bytes, "test");
  const Pipeline loaded = Pipeline::Load(reader);
  EXPECT_TRUE(SameMatrix(RunPlan(loaded.Compile(TestSchema()), batch),
                         RunPlan(pipeline.Compile(TestSchema()), batch)));
}

// ------------------------------------------------------------ origins

/// A plan of one branch, and the feature asked for.
class OriginTest : public testing::Test {
 protected:
  const FeatureOrigin& OriginOf(ParameterValue::List columns,
                                ParameterValue::List steps,
                                const std::string& feature) {
    Random random(6);
    const EventBatch batch = RandomBatch(random, 50);
    plan_.emplace(
        FittedPipeline({Branch(std::move(columns), std::move(steps))}, batch)
            .Compile(TestSchema()));
    for (std::size_t i = 0; i < plan_->num_features(); ++i) {
      if (plan_->names()[i] == feature) return plan_->origin(i);
    }
    ADD_FAILURE() << "no feature " << feature;
    return plan_->origin(0);
  }

  std::optional<Plan> plan_;
};

TEST_F(OriginTest, ARawNumberIsItself) {
  const FeatureOrigin& origin = OriginOf({Text("b")}, {}, "b");
  EXPECT_EQ(origin.kind, Kind::kNumber);
  EXPECT_THAT(origin.fields, ElementsAre(kB));
  EXPECT_TRUE(origin.maps.empty());
}

TEST_F(OriginTest, AnImputedAndScaledNumberKeepsItsMapsInOrder) {
  const FeatureOrigin& origin = OriginOf(
      {Text("a")}, {Step("SimpleImputer"), Step("StandardScaler")}, "a");
  EXPECT_EQ(origin.kind, Kind::kNumber);
  EXPECT_THAT(origin.fields, ElementsAre(kA));
  ASSERT_EQ(origin.maps.size(), 2U);
  // The first map fills a missing value, the second scales the mean to zero.
  std::array<double, 1> value = {kNaN};
  origin.maps[0]->Apply(value);
  EXPECT_FALSE(std::isnan(value[0]));
  origin.maps[1]->Apply(value);
  EXPECT_NEAR(value[0], 0.0, 1e-12);
  EXPECT_TRUE(origin.maps[0]->nondecreasing());
  EXPECT_TRUE(origin.maps[1]->nondecreasing());
}

TEST_F(OriginTest, AMissingIndicatorComesFromItsNumber) {
  const FeatureOrigin& origin = OriginOf(
      {Text("a")}, {Step("SimpleImputer", {{"add_indicator", Truth(true)}})},
      "missingindicator_a");
  EXPECT_EQ(origin.kind, Kind::kNumber);
  EXPECT_THAT(origin.fields, ElementsAre(kA));
}

TEST_F(OriginTest, AnEncodedCategoryIsOneTable) {
  const FeatureOrigin& origin =
      OriginOf({Text("c")}, {Step("OneHotEncoder")}, "c_y");
  EXPECT_EQ(origin.kind, Kind::kCategory);
  EXPECT_THAT(origin.fields, ElementsAre(kC));
  // Unseen, missing, x, y, z.
  EXPECT_THAT(origin.table, ElementsAre(0.0, 0.0, 0.0, 1.0, 0.0));
}

TEST_F(OriginTest, ImputerAndScalerAreFoldedIntoTheTable) {
  const FeatureOrigin& origin =
      OriginOf({Text("d")},
               {Step("SimpleImputer", {{"strategy", Text("most_frequent")}}),
                Step("OneHotEncoder"), Step("StandardScaler")},
               "d_p");
  EXPECT_EQ(origin.kind, Kind::kCategory);
  EXPECT_THAT(origin.fields, ElementsAre(kD));
  ASSERT_EQ(origin.table.size(), 4U);
  EXPECT_EQ(origin.table[0], origin.table[3]);  // unseen = not "p"
  EXPECT_NE(origin.table[2], origin.table[3]);
  // Missing was imputed by one of the two.
  EXPECT_TRUE(origin.table[1] == origin.table[2] ||
              origin.table[1] == origin.table[3]);
}

TEST_F(OriginTest, APartOfATimeIsDerived) {
  const FeatureOrigin& origin = OriginOf(
      {Text("t")},
      {Step("DatetimeFeatures", {{"features_to_extract", Text("hour")}})},
      "t_hour");
  EXPECT_EQ(origin.kind, Kind::kDerived);
  EXPECT_THAT(origin.fields, ElementsAre(kT));
}

TEST_F(OriginTest, ADistanceIsDerivedFromFourFields) {
  const FeatureOrigin& origin =
      OriginOf({Text("lon"), Text("lat"), Text("b"), Text("a")},
               {Step("HaversineDistance"), Step("StandardScaler")},
               "haversine_distance");
  EXPECT_EQ(origin.kind, Kind::kDerived);
  EXPECT_THAT(origin.fields, ElementsAre(kA, kB, kLat, kLon));
  EXPECT_TRUE(origin.maps.empty());
}

// ------------------------------------------------------------ refusals

std::string CompileError(ParameterValue::List branches) {
  Random random(8);
  const EventBatch batch = RandomBatch(random, 50);
  const Pipeline pipeline = FittedPipeline(std::move(branches), batch);
  return ThrownMessage<ArtifactError>([&] { pipeline.Compile(TestSchema()); });
}

TEST(PlanTest, RefusesAFeatureThatIsNoNumber) {
  EXPECT_EQ(CompileError({Branch({Text("c")}, {})}),
            "pipeline, feature 'c': expected a number (encode or drop the "
            "column), got a category");
}

TEST(PlanTest, RefusesATextFeature) {
  EXPECT_EQ(CompileError({Branch({Text("id")}, {})}),
            "pipeline, feature 'id': expected a number (encode or drop the "
            "column), got a text");
}

TEST(PlanTest, RefusesNoFeatures) {
  EXPECT_EQ(CompileError({}),
            "pipeline: expected at least one feature, got none");
}

TEST(PlanTest, RefusesAPipelineOfAnotherSchema) {
  Random random(9);
  const Pipeline pipeline = FullPipeline(RandomBatch(random, 50));
  EXPECT_THROW(
      pipeline.Compile(Schema({FieldOf("a", FieldType::kNumber)}, "", "")),
      ArtifactError);
}

TEST(MakeFrameTest, PicksRowsInTheGivenOrder) {
  Random random(10);
  const EventBatch batch = RandomBatch(random, 5);
  const std::vector<std::size_t> rows = {4, 0};
  const Frame frame = MakeFrame(TestSchema(), batch, rows);
  EXPECT_EQ(frame.rows, 2U);
  EXPECT_THAT(frame.columns[kC].codes,
              ElementsAre(batch.codes(kC)[4], batch.codes(kC)[0]));
  EXPECT_EQ(frame.columns[kT].timestamps[0], batch.timestamps(kT)[4]);
}

}  // namespace
}  // namespace tidemill
