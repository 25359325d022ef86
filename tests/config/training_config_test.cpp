#include "tidemill/config/training_config.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/config_testing.h"
#include "tidemill/config/overlay.h"
#include "tidemill/config/yaml_file.h"

namespace tidemill {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr std::string_view kChurn = R"(name: churn
task: binary
seed: 7
schema:
  id: customerID
  fields:
    customerID: {type: text, required: true}
    tenure: {type: integer, unit: months}
    Contract: category
target:
  column: Churn
  positive: "Yes"
split: {test_size: 0.25, stratify: true}
pipeline:
  - ColumnTransformer: {numeric: [tenure]}
  - Dense
model:
  LogisticRegression: {C: 1.0}
threshold: 0.4
)";

constexpr std::string_view kTaxi = R"(name: taxi
task: regression
schema:
  event_time: pickup
  fields:
    pickup: timestamp
    distance: {type: number, unit: miles}
target:
  minutes_between: [pickup, dropoff]
  min: 1
  max: 60
model: Ridge
)";

TrainingConfig Read(std::string_view yaml,
                    const std::vector<std::string>& sets = {}) {
  ParameterValue tree = ParseYaml(yaml, "f");
  ApplySets(tree, sets);
  return ReadTrainingConfig(tree);
}

std::string ChurnError(const std::string& set) {
  return MessageOf([&] { Read(kChurn, {set}); });
}

std::string TaxiError(const std::string& set) {
  return MessageOf([&] { Read(kTaxi, {set}); });
}

TEST(TrainingConfigTest, ReadsNameTaskSeedAndThreshold) {
  const TrainingConfig config = Read(kChurn);
  EXPECT_EQ(config.name, "churn");
  EXPECT_EQ(config.task, Task::kBinary);
  EXPECT_EQ(config.seed, 7U);
  EXPECT_EQ(config.threshold.value, 0.4);
}

TEST(TrainingConfigTest, FieldsKeepTheirOrder) {
  const Schema schema = Read(kChurn).schema;
  ASSERT_EQ(schema.size(), 3U);
  EXPECT_EQ(schema.field(0).name, "customerID");
  EXPECT_EQ(schema.field(2).name, "Contract");
}

TEST(TrainingConfigTest, FieldsHaveALongAndAShortForm) {
  const Schema schema = Read(kChurn).schema;
  EXPECT_EQ(schema.field(1).type, FieldType::kInteger);
  EXPECT_EQ(schema.field(1).unit, "months");
  EXPECT_FALSE(schema.field(1).required);
  EXPECT_TRUE(schema.field(0).required);
  EXPECT_EQ(schema.field(2).type, FieldType::kCategory);
}

TEST(TrainingConfigTest, FieldsKnowTheirPlace) {
  EXPECT_EQ(Read(kChurn).field_places.at(2), "f:9:15 (schema.fields.Contract)");
}

TEST(TrainingConfigTest, IdAndEventTimeAreOptional) {
  EXPECT_EQ(Read(kChurn).schema.id_field(), 0U);
  EXPECT_EQ(Read(kChurn).schema.event_time_field(), std::nullopt);
  EXPECT_EQ(Read(kTaxi).schema.event_time_field(), 0U);
}

TEST(TrainingConfigTest, AnUnknownTypeNamesTheKnownOnes) {
  EXPECT_EQ(ChurnError("schema.fields.tenure=float"),
            "--set schema.fields.tenure: expected one of number, integer, "
            "boolean, category, text, timestamp, got text 'float'");
}

TEST(TrainingConfigTest, AnIdThatIsNoFieldIsABadConfig) {
  const auto error = ErrorOf([] { Read(kChurn, {"schema.id=customer"}); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->exit_code(), ExitCode::kBadConfig);
  EXPECT_THAT(error->what(), StartsWith("f:4:1 (schema): "));
  EXPECT_THAT(error->what(), HasSubstr("'customer'"));
}

TEST(TrainingConfigTest, TheNegativeClassMayBeLeftToTheData) {
  EXPECT_EQ(Read(kChurn).target.positive, "Yes");
  EXPECT_EQ(Read(kChurn).target.negative, std::nullopt);
  EXPECT_EQ(Read(kChurn, {"target.negative=No"}).target.negative, "No");
}

TEST(TrainingConfigTest, ClassesMustDiffer) {
  EXPECT_EQ(ChurnError("target.negative=Yes"),
            "--set target.negative: expected another class than the positive "
            "one, got 'Yes' for both");
}

TEST(TrainingConfigTest, ANumberNamesAClassAsWritten) {
  EXPECT_EQ(Read(kChurn, {"target.positive=1"}).target.positive, "1");
}

TEST(TrainingConfigTest, MinutesBetweenNamesTwoColumns) {
  const TargetConfig target = Read(kTaxi).target;
  EXPECT_EQ(target.minutes_from, "pickup");
  EXPECT_EQ(target.minutes_to, "dropoff");
  EXPECT_EQ(target.unit, "min");
  EXPECT_EQ(target.minimum, 1.0);
  EXPECT_EQ(target.maximum, 60.0);
  EXPECT_EQ(TaxiError("target.minutes_between=[pickup]"),
            "--set target.minutes_between: expected two columns, e.g. [pickup, "
            "dropoff], got 1");
}

TEST(TrainingConfigTest, ARegressionNeedsExactlyOneSource) {
  EXPECT_EQ(TaxiError("target.column=minutes"),
            "f:8:1 (target): expected either 'column' or 'minutes_between', "
            "got both");
  EXPECT_EQ(TaxiError("target.minutes_between="),
            "f:8:1 (target): expected either 'column' or 'minutes_between', "
            "got none");
}

TEST(TrainingConfigTest, TheRangeOfATargetIsNotEmpty) {
  EXPECT_EQ(TaxiError("target.min=60"),
            "f:8:1 (target): expected 'min' below 'max', got 60 and 60");
}

TEST(TrainingConfigTest, TheTargetIsNoFieldOfTheSchema) {
  EXPECT_EQ(ChurnError("target.column=tenure"),
            "f:10:1 (target): expected a target that is no field of the schema "
            "(an event does not know its outcome), got 'tenure'");
  EXPECT_THAT(TaxiError("schema.fields.dropoff=timestamp"),
              HasSubstr("got 'dropoff'"));
}

constexpr std::string_view kFruit = R"(name: fruit
task: multiclass
schema:
  fields:
    weight: number
target:
  column: kind
model: XGBClassifier
)";

std::string FruitError(const std::string& set) {
  return MessageOf([&] { Read(kFruit, {set}); });
}

TEST(TrainingConfigTest, ManyClassesAreFoundUnlessGiven) {
  const TrainingConfig found = Read(kFruit);
  EXPECT_EQ(found.task, Task::kMulticlass);
  EXPECT_TRUE(found.target.classes.empty());
  EXPECT_TRUE(found.split.stratify);
  EXPECT_EQ(Read(kFruit, {"target.classes=[pear, 1, fig]"}).target.classes,
            (std::vector<std::string>{"pear", "1", "fig"}));
}

TEST(TrainingConfigTest, GivenClassesAreThreeAndMoreAndDistinct) {
  EXPECT_EQ(FruitError("target.classes=[a, b]"),
            "--set target.classes: expected 3 to 1000 classes (of two: task: "
            "binary), got 2");
  EXPECT_EQ(FruitError("target.classes=[a, b, a]"),
            "--set target.classes: expected each class once, got 'a' twice");
  EXPECT_EQ(FruitError("target.classes=[a, b, ' ']"),
            "--set target.classes: expected labels, got an empty one");
}

TEST(TrainingConfigTest, AWeightIsAnotherColumnThanTheTarget) {
  EXPECT_EQ(Read(kFruit, {"target.weight=importance"}).target.weight,
            "importance");
  EXPECT_EQ(Read(kTaxi, {"target.weight=fare"}).target.weight, "fare");
  EXPECT_EQ(FruitError("target.weight=kind"),
            "f:6:1 (target): expected a weight in another column than the "
            "target, got 'kind' for both");
}

TEST(TrainingConfigTest, AThresholdMayBeARule) {
  EXPECT_EQ(Read(kChurn, {"threshold={rule: f1}"}).threshold.rule,
            ThresholdRule::kF1);
  EXPECT_EQ(Read(kChurn, {"threshold={rule: youden}"}).threshold.rule,
            ThresholdRule::kYouden);
  const ThresholdConfig cost =
      Read(kChurn, {"threshold={rule: cost, false_negative: 5}"}).threshold;
  EXPECT_EQ(cost.rule, ThresholdRule::kCost);
  EXPECT_EQ(cost.false_positive, 1.0);
  EXPECT_EQ(cost.false_negative, 5.0);
}

TEST(TrainingConfigTest, ARuleIsKnownAndItsCostsAreAboveZero) {
  EXPECT_THAT(ChurnError("threshold={rule: f2}"), HasSubstr("f1"));
  EXPECT_THAT(ChurnError("threshold={false_positive: 1}"), HasSubstr("rule"));
  EXPECT_THAT(ChurnError("threshold={rule: f1, false_positive: 1}"),
              HasSubstr("got 'false_positive'"));
  EXPECT_THAT(ChurnError("threshold={rule: cost, false_positive: 0}"),
              HasSubstr("expected a cost above 0, got the number 0"));
  EXPECT_THAT(ChurnError("threshold=1.5"),
              HasSubstr("expected a probability from 0 to 1"));
}

TEST(TrainingConfigTest, AKeyOfTheOtherTaskIsUnknown) {
  EXPECT_THAT(FruitError("threshold=0.5"), HasSubstr("got 'threshold'"));
  EXPECT_THAT(FruitError("target.positive=a"), HasSubstr("got 'positive'"));
  EXPECT_THAT(ChurnError("target.classes=[a, b, c]"),
              HasSubstr("got 'classes'"));
  EXPECT_THAT(TaxiError("threshold=0.5"), HasSubstr("got 'threshold'"));
  EXPECT_THAT(TaxiError("target.positive=a"), HasSubstr("got 'positive'"));
  EXPECT_THAT(ChurnError("target.max=3"), HasSubstr("got 'max'"));
}

TEST(TrainingConfigTest, TheSplitHasDefaults) {
  EXPECT_EQ(Read(kTaxi).split.test_size, 0.2);
  EXPECT_FALSE(Read(kTaxi).split.stratify);
  EXPECT_TRUE(Read(kChurn, {"split="}).split.stratify);
}

TEST(TrainingConfigTest, TheTestSizeIsAShare) {
  EXPECT_EQ(ChurnError("split.test_size=1"),
            "--set split.test_size: expected a share between 0 and 1, got the "
            "number 1");
}

TEST(TrainingConfigTest, ARegressionCannotBeStratified) {
  EXPECT_THAT(TaxiError("split.stratify=true"),
              HasSubstr("expected false, for a regression has no classes"));
}

TEST(TrainingConfigTest, StepsAreNamesWithUntouchedParameters) {
  const TrainingConfig config = Read(kChurn);
  ASSERT_EQ(config.pipeline.size(), 2U);
  EXPECT_EQ(config.pipeline[0].name, "ColumnTransformer");
  EXPECT_NE(config.pipeline[0].parameters.Find("numeric"), nullptr);
  EXPECT_EQ(config.pipeline[1].name, "Dense");
  EXPECT_TRUE(config.pipeline[1].parameters.is_null());
  EXPECT_EQ(config.pipeline[1].parameters.where, "f:16:5 (pipeline.1)");
}

TEST(TrainingConfigTest, TheModelHasOneName) {
  EXPECT_EQ(Read(kChurn).model.name, "LogisticRegression");
  EXPECT_EQ(Read(kTaxi).model.name, "Ridge");
  EXPECT_EQ(ChurnError("model.Ridge.alpha=1"),
            "f:17:1 (model): expected one name with its parameters, got 2 "
            "(LogisticRegression, Ridge)");
}

TEST(TrainingConfigTest, SetsReachParameters) {
  const TrainingConfig config =
      Read(kChurn, {"model.LogisticRegression.C=0.5", "split.test_size=0.3"});
  EXPECT_EQ(AsDouble(*config.model.parameters.Find("C")), 0.5);
  EXPECT_EQ(config.split.test_size, 0.3);
}

TEST(TrainingConfigTest, AnUnknownKeyNamesTheNearest) {
  EXPECT_EQ(ChurnError("modle=Ridge"),
            "--set modle: expected a known key (did you mean 'model'?), got "
            "'modle'");
  EXPECT_EQ(ChurnError("schema.fields.tenure={type: integer, units: m}"),
            "--set schema.fields.tenure: expected a known key (did you mean "
            "'unit'?), got 'units'");
}

TEST(TrainingConfigTest, AMissingKeyIsNamed) {
  EXPECT_EQ(ChurnError("model="), "f: expected the key 'model', got none");
}

TEST(TrainingConfigTest, LoadsAFileWithSets) {
  const auto path = WriteFile(kTaxi);
  EXPECT_EQ(LoadTrainingConfig(path, {"seed=3"}).seed, 3U);
}

TEST(TrainingConfigTextTest, ShortFormsAndDefaultsDoNotCount) {
  EXPECT_EQ(
      CanonicalText(Read(kTaxi)),
      CanonicalText(Read(kTaxi, {"model={Ridge: {}}", "seed=0.0",
                                 "split={test_size: .2}", "target.unit=min"})));
}

TEST(TrainingConfigTextTest, TheOrderOfFieldsCounts) {
  constexpr std::string_view kPickup = "    pickup: timestamp\n";
  std::string swapped(kTaxi);
  swapped.erase(swapped.find(kPickup), kPickup.size());
  swapped.insert(swapped.find("target:"), kPickup);
  EXPECT_NE(CanonicalText(Read(kTaxi)), CanonicalText(Read(swapped)));
}

TEST(TrainingConfigTextTest, AParameterCounts) {
  EXPECT_NE(CanonicalText(Read(kTaxi)),
            CanonicalText(Read(kTaxi, {"model.Ridge.alpha=2"})));
}

TEST(TrainingConfigTextTest, ClassesWeightAndRuleCount) {
  EXPECT_THAT(CanonicalText(Read(
                  kFruit, {"target.classes=[c, b, a]", "target.weight=w"})),
              HasSubstr(R"("target":{"classes":["c","b","a"],)"
                        R"("column":"kind","weight":"w"})"));
  EXPECT_THAT(CanonicalText(Read(kChurn, {"threshold={rule: cost}"})),
              HasSubstr(R"("threshold":{"false_negative":1,"false_positive":1,)"
                        R"("rule":"cost"})"));
}

TEST(TrainingConfigTextTest, IsOneTextForEver) {
  EXPECT_EQ(
      CanonicalText(Read(kTaxi)),
      R"({"model":{"Ridge":{}},"name":"taxi","pipeline":[],"schema":)"
      R"({"event_time":"pickup","fields":[{"name":"pickup","required":false,)"
      R"("type":"timestamp","unit":""},{"name":"distance","required":false,)"
      R"("type":"number","unit":"miles"}],"id":null},"seed":0,"split":)"
      R"({"stratify":false,"test_size":0.2},"target":{"max":60,"min":1,)"
      R"("minutes_between":["pickup","dropoff"],"unit":"min"},)"
      R"("task":"regression"})");
}

}  // namespace
}  // namespace tidemill
