#include "tidemill/rollout/schema_compatibility.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/thrown_message.h"
#include "tidemill/core/errors.h"
#include "tidemill/features/pipeline.h"
#include "tidemill/model/linear_model.h"

namespace tidemill {
namespace {

using testing::AllOf;
using testing::HasSubstr;

Field MakeField(const std::string& name, FieldType type,
                bool required = false) {
  Field field;
  field.name = name;
  field.type = type;
  field.required = required;
  if (type == FieldType::kCategory) field.categories = Dictionary({"a", "b"});
  return field;
}

/// What may differ between two versions.
struct Variation {
  std::vector<Field> more = {};  ///< beside "id", "at" and "x"
  std::string id = "id";
  std::string event_time = "at";
  Task task = Task::kBinary;
  std::string negative = "no";
  std::string positive = "yes";
};

/// Scores x, whatever the other fields are.
LoadedModel Model(const Variation& variation, std::uint32_t version) {
  Artifact artifact;
  artifact.manifest.name = "churn";
  artifact.manifest.task = variation.task;
  artifact.manifest.classes = {variation.negative, variation.positive};
  std::vector<Field> fields = {MakeField("id", FieldType::kText, true),
                               MakeField("at", FieldType::kTimestamp),
                               MakeField("x", FieldType::kNumber)};
  for (const Field& field : variation.more) fields.push_back(field);
  artifact.schema =
      Schema(std::move(fields), variation.id, variation.event_time);
  ParameterValue columns;
  columns.value = ParameterValue::List(1);
  std::get<ParameterValue::List>(columns.value)[0].value = std::string("x");
  ParameterValue parameters;
  parameters.value = ParameterValue::Map{{"columns", columns}};
  std::vector<EstimatorPtr> steps;
  steps.push_back(FindStep("SelectColumns", "test").configure(parameters));
  const EventBatch none(artifact.schema);
  artifact.pipeline = Pipeline::Fit(steps, MakeFrame(artifact.schema, none, {}),
                                    FitContext{}, nullptr);
  artifact.predictor = std::make_unique<LinearModel>(std::vector<double>{1.0},
                                                     0.0, Link::kIdentity);
  return {std::move(artifact), "", 0, version};
}

void Check(const Variation& running, const Variation& next) {
  CheckCompatible(Model(running, 6), Model(next, 7));
}

std::string Refusal(const Variation& running, const Variation& next) {
  return ThrownMessage<ArtifactError>([&] { Check(running, next); });
}

TEST(SchemaCompatibilityTest, TheSameIsCompatible) {
  const Variation same{.more = {MakeField("n", FieldType::kInteger, true),
                                MakeField("c", FieldType::kCategory)}};
  EXPECT_NO_THROW(Check(same, same));
}

TEST(SchemaCompatibilityTest, AnotherTaskIsRefused) {
  EXPECT_EQ(Refusal({}, {.task = Task::kRegression}),
            "task: expected binary, as churn@6 has it, which runs, got "
            "regression in churn@7");
}

TEST(SchemaCompatibilityTest, OtherLabelsOrTheirOrderAreRefused) {
  EXPECT_THAT(Refusal({}, {.negative = "yes", .positive = "no"}),
              HasSubstr("labels: expected 'no', 'yes', as churn@6 has it, "
                        "which runs, got 'yes', 'no' in churn@7"));
  EXPECT_THAT(Refusal({}, {.positive = "maybe"}), HasSubstr("labels"));
}

TEST(SchemaCompatibilityTest, ARegressionHasNoLabels) {
  EXPECT_NO_THROW(Check({.task = Task::kRegression},
                        {.task = Task::kRegression, .positive = "other"}));
}

TEST(SchemaCompatibilityTest, AnotherIdFieldIsRefused) {
  const std::vector<Field> more = {MakeField("key", FieldType::kText)};
  EXPECT_THAT(Refusal({.more = more}, {.more = more, .id = "key"}),
              AllOf(HasSubstr("id field: expected 'id'"), HasSubstr("'key'")));
  EXPECT_THAT(Refusal({}, {.id = ""}), HasSubstr("got none in churn@7"));
  EXPECT_THAT(Refusal({.id = ""}, {}), HasSubstr("id field: expected none"));
}

TEST(SchemaCompatibilityTest, AnotherEventTimeIsRefused) {
  const std::vector<Field> more = {MakeField("then", FieldType::kTimestamp)};
  EXPECT_THAT(
      Refusal({.more = more}, {.more = more, .event_time = "then"}),
      AllOf(HasSubstr("event-time field: expected 'at'"), HasSubstr("'then'")));
  EXPECT_THAT(Refusal({}, {.event_time = ""}), HasSubstr("event-time field"));
}

TEST(SchemaCompatibilityTest, AnotherTypeIsRefused) {
  EXPECT_EQ(Refusal({.more = {MakeField("f", FieldType::kNumber)}},
                    {.more = {MakeField("f", FieldType::kCategory)}}),
            "field 'f': expected number, as churn@6 has it, which runs, got "
            "category in churn@7");
}

TEST(SchemaCompatibilityTest, AnIntegerMayBecomeANumberAndNothingElse) {
  const FieldType types[] = {FieldType::kNumber,  FieldType::kInteger,
                             FieldType::kBoolean, FieldType::kCategory,
                             FieldType::kText,    FieldType::kTimestamp};
  for (const FieldType now : types) {
    for (const FieldType then : types) {
      const Variation running{.more = {MakeField("f", now)}};
      const Variation next{.more = {MakeField("f", then)}};
      if (now == then ||
          (now == FieldType::kInteger && then == FieldType::kNumber)) {
        EXPECT_NO_THROW(Check(running, next)) << ToText(now) << ToText(then);
      } else {
        EXPECT_THROW(Check(running, next), ArtifactError)
            << ToText(now) << ToText(then);
      }
    }
  }
}

TEST(SchemaCompatibilityTest, OtherCategoriesAreFine) {
  Field more = MakeField("c", FieldType::kCategory);
  more.categories = Dictionary({"b", "c", "d"});
  EXPECT_NO_THROW(Check({.more = {MakeField("c", FieldType::kCategory)}},
                        {.more = {more}}));
}

TEST(SchemaCompatibilityTest, AFieldThatIsRequiredAnewIsRefused) {
  EXPECT_EQ(Refusal({.more = {MakeField("f", FieldType::kNumber)}},
                    {.more = {MakeField("f", FieldType::kNumber, true)}}),
            "field 'f': expected an optional field, as churn@6 has it, which "
            "runs, got a required one in churn@7");
  EXPECT_THAT(Refusal({}, {.more = {MakeField("f", FieldType::kText, true)}}),
              HasSubstr("field 'f': expected no such field"));
}

TEST(SchemaCompatibilityTest, ARequiredFieldMayBecomeOptional) {
  EXPECT_NO_THROW(Check({.more = {MakeField("f", FieldType::kText, true)}},
                        {.more = {MakeField("f", FieldType::kText)}}));
}

TEST(SchemaCompatibilityTest, AFieldThatOnlyOneKnowsIsFine) {
  EXPECT_NO_THROW(Check({}, {.more = {MakeField("f", FieldType::kNumber)}}));
  EXPECT_NO_THROW(Check({.more = {MakeField("f", FieldType::kNumber)}}, {}));
}

}  // namespace
}  // namespace tidemill
