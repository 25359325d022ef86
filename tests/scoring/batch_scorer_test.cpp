#include "tidemill/scoring/batch_scorer.h"

#include <cmath>
#include <limits>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "core/allocation_counter.h"
#include "model/small_artifact.h"
#include "model/small_forest.h"
#include "tidemill/core/random.h"
#include "tidemill/model/forest_walker.h"

namespace tidemill {
namespace {

LoadedModel ModelOf(Artifact artifact) {
  return LoadedModel(std::move(artifact), std::string(64, '0'), 1, 7);
}

/// P = logistic(a - 2 + c_y), "Yes" from 0.5 on.
LoadedModel SmallModel() { return ModelOf(SmallArtifact()); }

std::string Event(double a, const char* c = "x") {
  return R"({"id":"e)" + std::to_string(a) + R"(","a":)" + std::to_string(a) +
         R"(,"c":")" + c + "\"}";
}

/// One event through a scorer of its own; copies what a test looks at.
struct Single {
  Single(const LoadedModel& model, std::string_view event) {
    const std::vector<std::string_view> events = {event};
    const ScoredEvent& scored = scorer.Score(model, events)[0];
    if (scored.error != nullptr) error = *scored.error;
    result = scored;
  }
  BatchScorer scorer;
  ScoredEvent result;
  std::optional<EventError> error;
};

TEST(BatchScorerTest, ScoresAnEvent) {
  const Single one(SmallModel(), Event(2.0));
  ASSERT_FALSE(one.error);
  EXPECT_EQ(one.result.score, 0.5);
}

TEST(BatchScorerTest, AMissingNumberIsImputedByItsMean) {
  EXPECT_EQ(Single(SmallModel(), R"({"id":"1","c":"x"})").result.score, 0.5);
}

TEST(BatchScorerTest, AnUnseenCategoryIsScored) {
  EXPECT_EQ(Single(SmallModel(), Event(2.0, "new")).result.score, 0.5);
}

TEST(BatchScorerTest, AScoreAtTheThresholdGetsThePositiveLabel) {
  const LoadedModel model = SmallModel();
  EXPECT_EQ(Single(model, Event(2.0)).result.label, "Yes");
  EXPECT_EQ(Single(model, Event(1.999)).result.label, "No");
}

TEST(BatchScorerTest, TheThresholdIsTheManifests) {
  Artifact artifact = SmallArtifact();
  artifact.manifest.threshold = 0.6;
  EXPECT_EQ(Single(ModelOf(std::move(artifact)), Event(2.0)).result.label,
            "No");
}

TEST(BatchScorerTest, ARegressionHasNoLabel) {
  Artifact artifact = SmallArtifact();
  artifact.manifest.task = Task::kRegression;
  EXPECT_EQ(Single(ModelOf(std::move(artifact)), Event(2.0)).result.label,
            std::nullopt);
}

TEST(BatchScorerTest, TheLikeliestOfManyClassesIsTheLabel) {
  const LoadedModel model = ModelOf(SmallManyClasses());
  const Single low(model, Event(2.0 + std::log(2.0)));
  EXPECT_EQ(low.result.label, "low");
  ASSERT_EQ(low.result.probabilities.size(), 3U);
  EXPECT_NEAR(low.result.probabilities[0], 0.5, 1e-6);
  EXPECT_NEAR(low.result.probabilities[1], 0.25, 1e-6);
  EXPECT_EQ(low.result.score, low.result.probabilities[0]);
  EXPECT_EQ(Single(model, Event(0.0, "y")).result.label, "high");
}

TEST(BatchScorerTest, OfEquallyLikelyClassesTheFirstIsTheLabel) {
  const LoadedModel model = ModelOf(SmallManyClasses());
  const Single one(model, Event(2.0));
  EXPECT_EQ(one.result.label, "low");
  EXPECT_EQ(one.result.score, 1.0 / 3.0);
}

TEST(BatchScorerTest, InputsHoldOneScorePerRowOfManyClasses) {
  const LoadedModel model = ModelOf(SmallManyClasses());
  const std::vector<std::string> texts = {Event(2.0), "broken", Event(9.0)};
  const std::vector<std::string_view> events(texts.begin(), texts.end());
  BatchScorer scorer;
  const auto results = scorer.Score(model, events);
  ASSERT_EQ(scorer.inputs().scores.size(), 2U);
  EXPECT_EQ(scorer.inputs().scores[results[0].row], results[0].score);
  EXPECT_EQ(scorer.inputs().scores[results[2].row], results[2].score);
  EXPECT_GT(results[2].score, 0.9);
}

TEST(BatchScorerTest, CarriesIdAndEventTime) {
  const LoadedModel model = SmallModel();
  const Single one(model, R"({"id":"7590-V","t":"1970-01-01T01:00:00+01:00"})");
  EXPECT_EQ(one.result.event_id, "7590-V");
  EXPECT_EQ(one.result.event_time_us, 0);
  EXPECT_EQ(Single(model, R"({"id":"1"})").result.event_time_us, std::nullopt);
}

TEST(BatchScorerTest, WithoutAnIdFieldTheEventIdIsEmpty) {
  Artifact artifact = SmallArtifact();
  std::vector<Field> fields = SmallSchema().fields();
  artifact.schema = Schema(std::move(fields), "", "");
  const Single one(ModelOf(std::move(artifact)),
                   R"({"id":"1","t":"1970-01-01"})");
  EXPECT_TRUE(one.result.event_id.empty());
  EXPECT_EQ(one.result.event_time_us, std::nullopt);
}

TEST(BatchScorerTest, GoodAndBadEventsKeepTheirPlaces) {
  const std::vector<std::string> texts = {"nonsense",   Event(2.0),
                                          R"({"a":1})", Event(3.0),
                                          "",           R"({"id":"x","a":"1"})",
                                          Event(1.0)};
  const std::vector<std::string_view> events(texts.begin(), texts.end());
  const LoadedModel model = SmallModel();
  BatchScorer scorer;
  const auto results = scorer.Score(model, events);
  ASSERT_EQ(results.size(), 7U);
  ASSERT_NE(results[0].error, nullptr);
  EXPECT_EQ(results[0].error->reason, Reason::kInvalidJson);
  ASSERT_EQ(results[1].error, nullptr);
  EXPECT_EQ(results[1].score, 0.5);
  ASSERT_NE(results[2].error, nullptr);
  EXPECT_EQ(results[2].error->reason, Reason::kMissingField);
  ASSERT_EQ(results[3].error, nullptr);
  EXPECT_GT(results[3].score, 0.7);
  ASSERT_NE(results[4].error, nullptr);
  EXPECT_EQ(results[4].error->reason, Reason::kEmpty);
  ASSERT_NE(results[5].error, nullptr);
  EXPECT_EQ(results[5].error->reason, Reason::kWrongType);
  ASSERT_EQ(results[6].error, nullptr);
  EXPECT_LT(results[6].score, 0.3);
}

TEST(BatchScorerTest, ABatchOfBadEventsOnlyIsAllErrors) {
  const std::vector<std::string_view> events = {"x", "[]", {}};
  const LoadedModel model = SmallModel();
  BatchScorer scorer;
  for (const ScoredEvent& result : scorer.Score(model, events)) {
    EXPECT_NE(result.error, nullptr);
  }
}

TEST(BatchScorerTest, ATombstoneIsAnEmptyEvent) {
  EXPECT_EQ(Single(SmallModel(), {}).error->reason, Reason::kEmpty);
}

TEST(BatchScorerTest, NoEventsGiveNoResults) {
  const LoadedModel model = SmallModel();
  BatchScorer scorer;
  EXPECT_TRUE(scorer.Score(model, {}).empty());
}

bool SameResult(const ScoredEvent& a, const ScoredEvent& b) {
  return (a.error == nullptr) == (b.error == nullptr) &&
         (a.error != nullptr ||
          (SameBits(a.score, b.score) && a.label == b.label &&
           a.event_id == b.event_id));
}

TEST(BatchScorerTest, ABatchOfOneGivesTheBitsOfABatchOfMany) {
  Random random(1);
  std::vector<std::string> texts;
  for (int i = 0; i < 400; ++i) {
    texts.push_back(
        random.Below(10) == 0
            ? "broken"
            : Event(random.Uniform() * 10.0, random.Below(2) == 0 ? "x" : "y"));
  }
  const std::vector<std::string_view> events(texts.begin(), texts.end());
  const LoadedModel linear = SmallModel();
  const LoadedModel trees =
      ModelOf(SmallArtifact(std::make_unique<TreeWalker>(SmallTrees())));
  for (const LoadedModel* model : {&linear, &trees}) {
    BatchScorer scorer;
    const auto together = scorer.Score(*model, events);
    BatchScorer single;
    for (std::size_t i = 0; i < events.size(); ++i) {
      const auto alone = single.Score(*model, {&events[i], 1});
      ASSERT_TRUE(SameResult(alone[0], together[i])) << events[i];
    }
  }
}

TEST(BatchScorerTest, OneScorerServesModelsOfDifferentShape) {
  Artifact narrow = SmallArtifact(std::make_unique<LinearModel>(
      std::vector<double>{1.0}, 0.0, Link::kIdentity));
  const Frame frame = FrameOf({NumberColumn("a", {1, 3, 1, 3})});
  std::vector<StepPtr> steps;
  steps.push_back(
      Fitted("SelectColumns", Map({{"columns", Text("a")}}), frame));
  narrow.pipeline = Pipeline(std::move(steps));
  const LoadedModel one = ModelOf(std::move(narrow));
  const LoadedModel seven = SmallModel();
  const std::string text = Event(2.0);
  const std::vector<std::string_view> events = {text};
  BatchScorer scorer;
  EXPECT_EQ(scorer.Score(seven, events)[0].score, 0.5);
  EXPECT_EQ(scorer.Score(one, events)[0].score, 2.0);
  EXPECT_EQ(scorer.Score(seven, events)[0].score, 0.5);
}

TEST(BatchScorerTest, AnInfiniteFeatureIsAnErrorThatNamesIt) {
  // A deviation of 1e-3 lifts 1e306 over float64.
  Artifact artifact = SmallArtifact(std::make_unique<LinearModel>(
      std::vector<double>{1.0}, 0.0, Link::kIdentity));
  std::vector<StepPtr> steps;
  const Frame frame = FrameOf({NumberColumn("a", {-1e-3, 1e-3})});
  steps.push_back(
      Fitted("SelectColumns", Map({{"columns", Text("a")}}), frame));
  steps.push_back(Fitted("StandardScaler", {}, frame));
  artifact.pipeline = Pipeline(std::move(steps));
  const Single one(ModelOf(std::move(artifact)), R"({"id":"1","a":1e306})");
  ASSERT_TRUE(one.error);
  EXPECT_EQ(one.error->stage, Stage::kFeatures);
  EXPECT_EQ(one.error->reason, Reason::kNonFiniteFeature);
  EXPECT_EQ(one.error->detail,
            "feature 'a': expected a finite number, got an overflow");
}

TEST(BatchScorerTest, AFeatureBeyondFloat32IsAnErrorForFloat32Models) {
  const std::string event = R"({"id":"1","a":1e39})";
  EXPECT_FALSE(Single(SmallModel(), event).error);
  const Single one(
      ModelOf(SmallArtifact(std::make_unique<TreeWalker>(SmallTrees()))),
      event);
  ASSERT_TRUE(one.error);
  EXPECT_EQ(one.error->reason, Reason::kNonFiniteFeature);
}

TEST(BatchScorerTest, AForestMayRoundItsFeaturesToFloat32Alone) {
  const std::string event = R"({"id":"1","a":1e39})";
  Forest forest = SmallForest();
  forest.num_features = kSmallFeatures;
  const auto model = [&] {
    return ModelOf(SmallArtifact(std::make_unique<ForestWalker>(forest)));
  };
  EXPECT_FALSE(Single(model(), event).error);
  forest.float32_features = true;
  const Single one(model(), event);
  ASSERT_TRUE(one.error);
  EXPECT_EQ(one.error->reason, Reason::kNonFiniteFeature);
  EXPECT_EQ(model().tolerance(), kFloat64Tolerance);
}

TEST(BatchScorerTest, ANonFiniteScoreIsAnErrorOfTheModel) {
  const Single one(
      ModelOf(SmallArtifact(std::make_unique<LinearModel>(
          std::vector<double>{1e308, 0, 0, 0, 0, 0, 0}, 0.0, Link::kIdentity))),
      Event(12.0));
  ASSERT_TRUE(one.error);
  EXPECT_EQ(one.error->stage, Stage::kModel);
  EXPECT_EQ(one.error->reason, Reason::kNonFiniteScore);
}

/// P = 0.5; throws in the pattern that a bug over bad rows would show.
class ThrowingModel final : public Predictor {
 public:
  enum class Kind : std::uint8_t { kRuntimeError, kBadAlloc };
  ThrowingModel(double bad, Kind kind) : bad_(bad), kind_(kind) {}

  std::string_view family() const override { return "throwing"; }
  std::string_view engine() const override { return "throwing"; }
  std::size_t num_features() const override { return kSmallFeatures; }
  std::size_t num_outputs() const override { return 1; }
  bool single_precision() const override { return false; }
  void Predict(const Eigen::Ref<const RowMatrix>& features,
               std::span<double> scores) const override {
    for (std::size_t i = 0; i < scores.size(); ++i) {
      scores[i] = 0.5;
      if (features(static_cast<Eigen::Index>(i), 0) != bad_) continue;
      if (kind_ == Kind::kBadAlloc) throw std::bad_alloc();
      throw std::runtime_error(std::string(1000, 'e'));
    }
  }
  void Save(ArtifactWriter& /*out*/) const override {}

 private:
  double bad_;
  Kind kind_;
};

LoadedModel ModelThatThrowsAt(double a, ThrowingModel::Kind kind) {
  // A feature of a is a - 2.
  return ModelOf(SmallArtifact(std::make_unique<ThrowingModel>(a - 2.0, kind)));
}

TEST(BatchScorerTest, AModelThatThrowsCostsOnlyTheEventItThrowsAt) {
  std::vector<std::string> texts;
  for (int i = 0; i < 100; ++i) texts.push_back(Event(i));
  texts[3] = "broken";
  const std::vector<std::string_view> events(texts.begin(), texts.end());
  const LoadedModel model =
      ModelThatThrowsAt(42.0, ThrowingModel::Kind::kRuntimeError);
  BatchScorer scorer;
  const auto results = scorer.Score(model, events);
  for (std::size_t i = 0; i < results.size(); ++i) {
    ASSERT_EQ(results[i].error != nullptr, i == 3 || i == 42) << i;
    if (results[i].error == nullptr) {
      ASSERT_EQ(results[i].score, 0.5);
    }
  }
  EXPECT_EQ(results[3].error->reason, Reason::kInvalidJson);
  EXPECT_EQ(results[42].error->stage, Stage::kModel);
  EXPECT_EQ(results[42].error->reason, Reason::kModelFailed);
  EXPECT_LT(results[42].error->detail.size(), 300U);
  EXPECT_EQ(results[99].event_id, "e99.000000");
}

TEST(BatchScorerTest, EventsTriedAloneCountTheirIgnoredFieldsOnce) {
  const LoadedModel model =
      ModelThatThrowsAt(1.0, ThrowingModel::Kind::kRuntimeError);
  const std::vector<std::string_view> events = {R"({"id":"1","a":1,"z":1})",
                                                R"({"id":"2","a":2,"z":1})"};
  BatchScorer scorer;
  scorer.Score(model, events);
  EXPECT_EQ(scorer.ignored_fields(), 2U);
}

TEST(BatchScorerTest, MemoryThatRunsOutIsNoEventsFault) {
  const LoadedModel model =
      ModelThatThrowsAt(1.0, ThrowingModel::Kind::kBadAlloc);
  const std::string text = Event(1.0);
  const std::vector<std::string_view> events = {text};
  BatchScorer scorer;
  EXPECT_THROW(scorer.Score(model, events), std::bad_alloc);
}

TEST(BatchScorerTest, CountsMissingCellsOfWhatItCouldDecode) {
  const LoadedModel model = SmallModel();
  // Of a, c and d; neither id nor t, the event time. An unseen category is
  // there, null is not.
  const std::vector<std::string_view> events = {
      R"({"id":"1","a":1,"c":"x","d":"p"})",
      R"({"id":"2","c":"never seen","d":null})", "broken", R"({"id":"3"})"};
  BatchScorer scorer;
  scorer.Score(model, events);
  EXPECT_EQ(scorer.cells().total, 9U);
  EXPECT_EQ(scorer.cells().missing, 5U);
  scorer.Score(model, std::span(events).first(1));
  EXPECT_EQ(scorer.cells().total, 3U);
  EXPECT_EQ(scorer.cells().missing, 0U);
}

TEST(BatchScorerTest, CellsOfEveryTypeMayBeMissing) {
  Artifact artifact = SmallArtifact();
  std::vector<Field> fields = SmallSchema().fields();
  fields[0].required = false;
  artifact.schema = Schema(std::move(fields), "", "");
  const LoadedModel model = ModelOf(std::move(artifact));
  const std::vector<std::string_view> events = {
      "{}", R"({"id":"","a":0,"c":"","d":"p","t":"1970-01-01"})"};
  BatchScorer scorer;
  scorer.Score(model, events);
  EXPECT_EQ(scorer.cells().total, 10U);
  EXPECT_EQ(scorer.cells().missing, 5U);
}

TEST(BatchScorerTest, CountsIgnoredFieldsOverAllEvents) {
  const LoadedModel model = SmallModel();
  const std::vector<std::string_view> events = {R"({"id":"1","x":1})",
                                                R"({"id":"2","x":1,"y":2})"};
  BatchScorer scorer;
  scorer.Score(model, events);
  scorer.Score(model, events);
  EXPECT_EQ(scorer.ignored_fields(), 6U);
}

TEST(BatchScorerTest, DoesNotAllocateOnceWarm) {
  const std::string text =
      R"({"id":"an id of more than 16 bytes","a":1.5,"c":"y","d":"q",)"
      R"("t":"2026-11-21T09:12:02Z","unknown to the schema":[1,2]})";
  const std::vector<std::string_view> events(100, text);
  const LoadedModel model = SmallModel();
  BatchScorer scorer;
  scorer.Score(model, events);
  const AllocationCounter allocations;
  for (int i = 0; i < 10; ++i) scorer.Score(model, events);
  EXPECT_EQ(allocations.count(), 0U);
}

}  // namespace
}  // namespace tidemill
