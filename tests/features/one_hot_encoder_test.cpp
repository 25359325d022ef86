// Expected columns: scikit-learn 1.9.1, OneHotEncoder(handle_unknown="ignore").
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/thrown_message.h"
#include "features/step_testing.h"
#include "tidemill/core/errors.h"

namespace tidemill {
namespace {

using testing::ElementsAre;

/// Seen while fitting: m, x, a and a missing one.
Frame Training() {
  return FrameOf({CategoryColumn("c", {"m", "x", nullptr, "a", "x"})});
}

Frame Encoded(const std::string& drop, const Frame& frame) {
  return FitAndTransform("OneHotEncoder", Map({{"drop", Text(drop)}}), frame);
}

TEST(OneHotEncoderTest, ColumnsAreSortedAndMissingComesLast) {
  EXPECT_THAT(NamesOf(Encoded("none", Training())),
              ElementsAre("c_a", "c_m", "c_x", "c_None"));
}

TEST(OneHotEncoderTest, ARowHasAOneInItsCategorysColumn) {
  const Frame out = Encoded("none", Training());
  EXPECT_THAT(out.columns[0].numbers, ElementsAre(0, 0, 0, 1, 0));
  EXPECT_THAT(out.columns[1].numbers, ElementsAre(1, 0, 0, 0, 0));
  EXPECT_THAT(out.columns[2].numbers, ElementsAre(0, 1, 0, 0, 1));
  EXPECT_THAT(out.columns[3].numbers, ElementsAre(0, 0, 1, 0, 0));
}

TEST(OneHotEncoderTest, AnUnseenCategoryIsZeroInAllColumns) {
  Frame frame = Training();
  const StepPtr step = Fitted("OneHotEncoder", {}, frame);
  frame.columns[0].codes[0] = kUnseenCode;
  const Frame out = Transformed(*step, frame);
  for (const FrameColumn& column : out.columns) {
    EXPECT_EQ(column.numbers[0], 0.0);
  }
}

TEST(OneHotEncoderTest, WithoutAMissingOneInTrainingMissingIsZeroInAll) {
  Frame frame = FrameOf({CategoryColumn("c", {"b", "a"})});
  const StepPtr step = Fitted("OneHotEncoder", {}, frame);
  frame.columns[0].codes[0] = kMissingCode;
  const Frame out = Transformed(*step, frame);
  ASSERT_THAT(NamesOf(out), ElementsAre("c_a", "c_b"));
  EXPECT_EQ(out.columns[0].numbers[0], 0.0);
  EXPECT_EQ(out.columns[1].numbers[0], 0.0);
}

TEST(OneHotEncoderTest, ACategoryOfTheDictionaryOnlyHasNoColumn) {
  Frame frame = Training();
  frame.columns[0].column.categories.push_back("b");
  EXPECT_THAT(NamesOf(Encoded("none", frame)),
              ElementsAre("c_a", "c_m", "c_x", "c_None"));
}

TEST(OneHotEncoderTest, DropFirstLeavesOutTheFirstCategory) {
  EXPECT_THAT(NamesOf(Encoded("first", Training())),
              ElementsAre("c_m", "c_x", "c_None"));
}

TEST(OneHotEncoderTest, DropIfBinaryKeepsMoreThanTwo) {
  EXPECT_EQ(Encoded("if_binary", Training()).columns.size(), 4U);
}

TEST(OneHotEncoderTest, DropIfBinaryLeavesOneOfTwo) {
  const Frame yes_no = FrameOf({CategoryColumn("c", {"Yes", "No", "Yes"})});
  EXPECT_THAT(NamesOf(Encoded("if_binary", yes_no)), ElementsAre("c_Yes"));
}

TEST(OneHotEncoderTest, DropIfBinaryCountsMissingAsACategory) {
  const Frame frame = FrameOf({CategoryColumn("c", {"a", nullptr})});
  EXPECT_THAT(NamesOf(Encoded("if_binary", frame)), ElementsAre("c_None"));
}

TEST(OneHotEncoderTest, RefusesANumber) {
  EXPECT_EQ(ThrownMessage<ConfigError>([] {
              Fitted("OneHotEncoder", {}, FrameOf({NumberColumn("n", {1.0})}));
            }),
            "pipeline, OneHotEncoder, column 'n': expected a category column, "
            "got a number column");
}

TEST(OneHotEncoderTest, RefusesAColumnOfTooManyCategories) {
  FrameColumn column = CategoryColumn("c", {});
  for (int i = 0; i < 2001; ++i) {
    column.column.categories.push_back(std::to_string(i));
    column.codes.push_back(i);
  }
  EXPECT_NE(ThrownMessage<DataError>([&] {
              Fitted("OneHotEncoder", {}, FrameOf({column}));
            }).find("TargetEncoder"),
            std::string::npos);
}

TEST(OneHotEncoderTest, IsBoundOnlyToADictionaryWithItsCategories) {
  const StepPtr step = Fitted("OneHotEncoder", {}, Training());
  const Frame other = FrameOf({CategoryColumn("c", {"m"})});
  EXPECT_THROW(Transformed(*step, other), ArtifactError);
}

}  // namespace
}  // namespace tidemill
