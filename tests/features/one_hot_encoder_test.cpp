// Expected columns: scikit-learn 1.9.1, OneHotEncoder(handle_unknown="ignore").
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/thrown_message.h"
#include "features/hostile_step.h"
#include "features/raw_bytes.h"
#include "features/step_testing.h"
#include "tidemill/core/errors.h"

namespace tidemill {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

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

TEST(OneHotEncoderTest, DropsTheListedCategories) {
  const Frame frame = FrameOf({CategoryColumn("c", {"a", "b", "c"}),
                               CategoryColumn("d", {"a", nullptr, "a"})});
  const Frame out = FitAndTransform(
      "OneHotEncoder", Map({{"drop", List({Text("b"), ParameterValue()})}}),
      frame);
  EXPECT_THAT(NamesOf(out), ElementsAre("c_a", "c_c", "d_a"));
  EXPECT_THAT(out.columns[0].numbers, ElementsAre(1, 0, 0));
  EXPECT_THAT(out.columns[2].numbers, ElementsAre(1, 0, 1));
}

TEST(OneHotEncoderTest, RefusesToDropWhatHasNoColumn) {
  const auto error = [](ParameterValue::List drop, double min_frequency) {
    return ThrownMessage<ConfigError>([&] {
      Fitted("OneHotEncoder",
             Map({{"drop", List(std::move(drop))},
                  {"min_frequency", Number(min_frequency)}}),
             Training());
    });
  };
  const std::string expected =
      ", drop: expected a category of column 'c' that is not among the "
      "infrequent ones, got ";
  EXPECT_EQ(error({Text("b")}, 1), expected + "'b'");
  EXPECT_EQ(error({Text("a")}, 2), expected + "'a'");
  EXPECT_EQ(error({ParameterValue()}, 2), expected + "null");
  EXPECT_EQ(error({Text("a"), Text("b")}, 1),
            ", drop: expected a category for each of 1 columns, got 2 "
            "categories");
}

/// Two of x are kept; a, m and missing are rare.
StepPtr FittedWithGroups(const char* unknown, const char* drop = "none") {
  return Fitted("OneHotEncoder",
                Map({{"min_frequency", Number(2)},
                     {"drop", Text(drop)},
                     {"handle_unknown", Text(unknown)}}),
                Training());
}

TEST(OneHotEncoderTest, RareCategoriesShareTheLastColumn) {
  const Frame out = Transformed(*FittedWithGroups("ignore"), Training());
  EXPECT_THAT(NamesOf(out), ElementsAre("c_x", "c_infrequent_sklearn"));
  EXPECT_THAT(out.columns[0].numbers, ElementsAre(0, 1, 0, 0, 1));
  EXPECT_THAT(out.columns[1].numbers, ElementsAre(1, 0, 1, 1, 0));
}

TEST(OneHotEncoderTest, AnUnseenCategoryIsRareWhenAskedFor) {
  Frame frame = Training();
  frame.columns[0].codes[0] = kUnseenCode;
  const auto rare = [&](const char* unknown) {
    return Transformed(*FittedWithGroups(unknown), frame).columns[1].numbers[0];
  };
  EXPECT_EQ(rare("ignore"), 0.0);
  EXPECT_EQ(rare("infrequent_if_exist"), 1.0);
  EXPECT_EQ(rare("warn"), 1.0);
}

TEST(OneHotEncoderTest, DropCountsTheRareOnesAsOne) {
  EXPECT_THAT(NamesOf(Transformed(*FittedWithGroups("ignore", "if_binary"),
                                  Training())),
              ElementsAre("c_infrequent_sklearn"));
}

TEST(OneHotEncoderTest, OfEquallyFrequentCategoriesTheLaterIsKept) {
  const Frame out =
      FitAndTransform("OneHotEncoder", Map({{"max_categories", Number(2)}}),
                      FrameOf({CategoryColumn("c", {"b", "a", "c"})}));
  EXPECT_THAT(NamesOf(out), ElementsAre("c_c", "c_infrequent_sklearn"));
}

TEST(OneHotEncoderTest, AListedCategoryThatNeverCameIsZero) {
  const ParameterValue lists = List({List({Text("x"), Text("nowhere")})});
  const Frame out = FitAndTransform("OneHotEncoder",
                                    Map({{"categories", lists}}), Training());
  EXPECT_THAT(NamesOf(out), ElementsAre("c_x", "c_nowhere"));
  EXPECT_THAT(out.columns[0].numbers, ElementsAre(0, 1, 0, 0, 1));
  EXPECT_THAT(out.columns[1].numbers, ElementsAre(0, 0, 0, 0, 0));
}

TEST(OneHotEncoderTest, RefusesWhatWouldRejectAnEvent) {
  EXPECT_EQ(
      ThrownMessage<ConfigError>([] {
        Configured("OneHotEncoder", Map({{"handle_unknown", Text("error")}}));
      }),
      ": expected one of ignore, infrequent_if_exist, warn, got text "
      "'error'");
}

TEST(OneHotEncoderTest, RefusesANumber) {
  EXPECT_EQ(ThrownMessage<ConfigError>([] {
              Fitted("OneHotEncoder", {}, FrameOf({NumberColumn("n", {1.0})}));
            }),
            "pipeline, OneHotEncoder, column 'n': expected a category column "
            "(make it one in the schema, or use NumbersAsCategories), got a "
            "number column");
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

TEST(OneHotEncoderTest, GroupingBringsTooManyCategoriesWithinTheLimit) {
  FrameColumn column = CategoryColumn("c", {"first", "first"});
  for (int i = 0; i < 2001; ++i) {
    column.column.categories.push_back(std::to_string(i));
    column.codes.push_back(i + 1);
  }
  const Frame out = FitAndTransform(
      "OneHotEncoder", Map({{"min_frequency", Number(2)}}), FrameOf({column}));
  EXPECT_THAT(NamesOf(out), ElementsAre("c_first", "c_infrequent_sklearn"));
}

TEST(OneHotEncoderTest, MissingIsNotNamedLikeACategory) {
  const Frame made = FitAndTransform(
      "OneHotEncoder", {}, FrameOf({CategoryColumn("c", {"None", nullptr})}));
  EXPECT_THAT(NamesOf(made), ElementsAre("c_None", "c_None_"));
  EXPECT_THAT(made.columns[1].numbers, ElementsAre(0.0, 1.0));
}

TEST(OneHotEncoderTest, RefusesAnArtifactThatMakesNoSense) {
  const auto error = [](const std::vector<std::string>& categories,
                        std::uint64_t dropped) {
    return LoadError("OneHotEncoder", [&](RawBytes& out) {
      out.Bool(false);
      out.U64(1);
      out.Text("c");
      out.Texts(categories);
      out.Texts({});
      out.U8(0);
      out.Bool(true);
      out.Bool(true);
      out.U64(dropped);
    });
  };
  EXPECT_THAT(error({"a", "b"}, 2), HasSubstr("one of 2 columns, got 2"));
  EXPECT_THAT(error({}, 0), HasSubstr("one of 0 columns, got 0"));
  EXPECT_THAT(error(std::vector<std::string>(2001, "a"), 0),
              HasSubstr("at most 2000 categories"));
}

TEST(OneHotEncoderTest, IsBoundOnlyToADictionaryWithItsCategories) {
  const StepPtr step = Fitted("OneHotEncoder", {}, Training());
  const Frame other = FrameOf({CategoryColumn("c", {"m"})});
  EXPECT_THROW(Transformed(*step, other), ArtifactError);
}

}  // namespace
}  // namespace tidemill
