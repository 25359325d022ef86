#include "tidemill/telemetry/drift_layout.h"

#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tidemill {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

Field MakeField(std::string name, FieldType type) {
  Field field;
  field.name = std::move(name);
  field.type = type;
  return field;
}

/// id, at, note and, to be watched, x (number), n (integer), b (boolean) and
/// color (red, blue).
Schema SmallSchema() {
  Field color = MakeField("color", FieldType::kCategory);
  color.categories = Dictionary({"red", "blue"});
  return Schema(
      {MakeField("id", FieldType::kInteger),
       MakeField("at", FieldType::kTimestamp),
       MakeField("note", FieldType::kText), MakeField("x", FieldType::kNumber),
       MakeField("n", FieldType::kInteger), MakeField("b", FieldType::kBoolean),
       color},
      "id", "at");
}

Baseline Numbers(std::string name) {
  Baseline baseline;
  baseline.name = std::move(name);
  baseline.edges = {0.0, 1.0, 2.0};
  baseline.counts = {4, 6};
  return baseline;
}

Baseline Colors(std::vector<std::string> texts = {"red", "blue"}) {
  Baseline baseline;
  baseline.name = "color";
  baseline.kind = BaselineKind::kCategory;
  baseline.counts.assign(texts.size(), 5);
  baseline.categories = std::move(texts);
  return baseline;
}

Baselines Whole() {
  Baselines baselines;
  baselines.rows = 10;
  baselines.fields = {Numbers("x"), Numbers("n"), Numbers("b"), Colors()};
  baselines.features = {Numbers("x"), Numbers("color=red")};
  baselines.score = Numbers("");
  return baselines;
}

const std::vector<std::string> kFeatures = {"x", "color=red"};

DriftLayout Layout(const Baselines& baselines, bool with_features = false) {
  return {SmallSchema(), kFeatures, baselines, with_features};
}

std::vector<std::string> LabelsOf(const DriftLayout& layout) {
  std::vector<std::string> labels;
  for (const auto& column : layout.columns()) labels.push_back(column.label);
  return labels;
}

TEST(DriftLayoutTest, HasTheFieldsAndTheScore) {
  const DriftLayout layout = Layout(Whole());
  EXPECT_THAT(LabelsOf(layout), ElementsAre("x", "n", "b", "color", ""));
  EXPECT_EQ(layout.baseline_rows(), 10U);
  EXPECT_THAT(layout.skipped(), IsEmpty());
  const DriftLayout::Column& color = layout.columns()[3];
  EXPECT_EQ(color.source, DriftLayout::Source::kField);
  EXPECT_EQ(color.index, 6U);
  EXPECT_EQ(color.type, FieldType::kCategory);
  ASSERT_NE(layout.score(), nullptr);
  EXPECT_EQ(layout.score()->source, DriftLayout::Source::kScore);
}

TEST(DriftLayoutTest, HasFeaturesOnRequest) {
  const DriftLayout layout = Layout(Whole(), true);
  EXPECT_THAT(LabelsOf(layout),
              ElementsAre("x", "n", "b", "color", "pipeline/x",
                          "pipeline/color=red", ""));
  EXPECT_EQ(layout.columns()[5].source, DriftLayout::Source::kFeature);
  EXPECT_EQ(layout.columns()[5].index, 1U);
}

TEST(DriftLayoutTest, SlotsStandOneBehindTheOther) {
  const DriftLayout layout = Layout(Whole(), true);
  std::size_t slots = 0;
  for (const DriftLayout::Column& column : layout.columns()) {
    EXPECT_EQ(column.first_slot, slots);
    slots += column.bins.size();
  }
  EXPECT_EQ(layout.num_slots(), slots);
}

TEST(DriftLayoutTest, WithoutBaselinesItIsEmptyAndSaysSo) {
  const DriftLayout layout = Layout({}, true);
  EXPECT_THAT(layout.columns(), IsEmpty());
  EXPECT_EQ(layout.num_slots(), 0U);
  EXPECT_EQ(layout.score(), nullptr);
  EXPECT_THAT(
      layout.skipped(),
      ElementsAre("field 'x': no baseline", "field 'n': no baseline",
                  "field 'b': no baseline", "field 'color': no baseline",
                  "feature 'x': no baseline",
                  "feature 'color=red': no baseline",
                  "the score: no baseline"));
}

TEST(DriftLayoutTest, ABaselineOfAnotherKindIsSkipped) {
  Baselines baselines = Whole();
  baselines.fields[0] = Colors();
  baselines.fields[0].name = "x";
  baselines.fields[3] = Numbers("color");
  const DriftLayout layout = Layout(baselines);
  EXPECT_THAT(LabelsOf(layout), ElementsAre("n", "b", ""));
  EXPECT_THAT(
      layout.skipped(),
      ElementsAre("field 'x': a number with a baseline of categories",
                  "field 'color': a category with a baseline of numbers"));
}

TEST(DriftLayoutTest, ABaselineOfOtherCategoriesIsSkipped) {
  for (const std::vector<std::string>& texts : {std::vector<std::string>{"red"},
                                                {"red", "blue", "green"},
                                                {"blue", "red"}}) {
    Baselines baselines = Whole();
    baselines.fields[3] = Colors(texts);
    const DriftLayout layout = Layout(baselines);
    EXPECT_THAT(LabelsOf(layout), ElementsAre("x", "n", "b", ""));
    EXPECT_THAT(layout.skipped(),
                ElementsAre("field 'color': 2 categories with a baseline of " +
                            std::to_string(texts.size()) + " others"));
  }
}

TEST(DriftLayoutTest, ABaselineOfNoFieldIsSkipped) {
  Baselines baselines = Whole();
  baselines.fields.push_back(Numbers("y\xFF"));
  baselines.fields.push_back(Numbers("id"));
  baselines.fields.push_back(Numbers("note"));
  baselines.fields.push_back(Numbers("x"));
  const DriftLayout layout = Layout(baselines);
  EXPECT_THAT(LabelsOf(layout), ElementsAre("x", "n", "b", "color", ""));
  EXPECT_THAT(
      layout.skipped(),
      ElementsAre("baseline 'y\xEF\xBF\xBD': the schema has no such field",
                  "baseline 'id': of a field that is not watched",
                  "baseline 'note': of a field that is not watched",
                  "baseline 'x': the field has one already"));
}

TEST(DriftLayoutTest, ABaselineThatIsNotWholeIsSkipped) {
  Baselines baselines = Whole();
  baselines.fields[0].counts = {1, 2, 3};
  baselines.fields[1].counts = {0, 0};
  baselines.score.counts.clear();
  const DriftLayout layout = Layout(baselines);
  EXPECT_THAT(LabelsOf(layout), ElementsAre("b", "color"));
  EXPECT_EQ(layout.score(), nullptr);
  EXPECT_THAT(layout.skipped(),
              ElementsAre("field 'x': a baseline of 2 bins with 3 counts",
                          "field 'n': a baseline without rows",
                          "the score: a baseline of 2 bins with 0 counts"));
}

TEST(DriftLayoutTest, FeaturesThatAreNotThePipelinesAreSkipped) {
  Baselines baselines = Whole();
  baselines.features = {Numbers("x"), Numbers("color=blue"), Numbers("more")};
  const DriftLayout layout = Layout(baselines, true);
  EXPECT_THAT(LabelsOf(layout),
              ElementsAre("x", "n", "b", "color", "pipeline/x", ""));
  EXPECT_THAT(layout.skipped(),
              ElementsAre("feature 'color=red': a baseline of 'color=blue'",
                          "baseline 'more': the pipeline has no such feature"));
}

TEST(DriftLayoutTest, TheScoreIsANumber) {
  Baselines baselines = Whole();
  baselines.score = Colors();
  const DriftLayout layout = Layout(baselines);
  EXPECT_EQ(layout.score(), nullptr);
  EXPECT_THAT(layout.skipped(), ElementsAre("the score: no baseline"));
}

TEST(DriftLayoutTest, ColumnsWithoutRoomAreSkipped) {
  Baselines baselines = Whole();
  std::vector<std::string> names;
  baselines.features.clear();
  // Five slots each: below, two bins, above, missing.
  for (std::size_t i = 0; i < DriftLayout::kMaxSlots / 5; ++i) {
    names.push_back("f" + std::to_string(i));
    baselines.features.push_back(Numbers(names.back()));
  }
  const DriftLayout layout(SmallSchema(), names, baselines, true);
  EXPECT_LE(layout.num_slots(), DriftLayout::kMaxSlots);
  EXPECT_GT(layout.num_slots(), DriftLayout::kMaxSlots - 5);
  ASSERT_FALSE(layout.skipped().empty());
  EXPECT_THAT(layout.skipped().front(), testing::HasSubstr("no room beside"));
}

TEST(DriftLayoutTest, NamesThatLookAlikeAreToldApart) {
  const Schema schema({MakeField("pipeline/x", FieldType::kNumber),
                       MakeField("\xFE", FieldType::kNumber),
                       MakeField("\xFF", FieldType::kNumber)},
                      "", "");
  Baselines baselines;
  baselines.fields = {Numbers("pipeline/x"), Numbers("\xFE"), Numbers("\xFF")};
  baselines.features = {Numbers("x")};
  const DriftLayout layout(schema, {"x"}, baselines, true);
  EXPECT_THAT(LabelsOf(layout), ElementsAre("pipeline/x", "\xEF\xBF\xBD",
                                            "\xEF\xBF\xBD~2", "pipeline/x~2"));
}

}  // namespace
}  // namespace tidemill
