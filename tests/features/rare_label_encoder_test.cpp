// Expected texts: Feature-engine 1.9.4, RareLabelEncoder with
// missing_values="ignore".
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

constexpr const char* kStep = "RareLabelEncoder";

/// Three of a, two of b, one each of c and d, one missing.
Frame Training() {
  return FrameOf(
      {CategoryColumn("c", {"a", "b", "a", "c", "d", "b", "a", nullptr})});
}

std::vector<std::string> Encoded(ParameterValue::Map parameters) {
  parameters.emplace_back("n_categories", Number(2));
  return TextsOf(FitAndTransform(kStep, Map(std::move(parameters)), Training())
                     .columns[0]);
}

TEST(RareLabelEncoderTest, GroupsWhatIsBelowTheShare) {
  // 2 of the 7 rows that are not missing are 0.286.
  EXPECT_THAT(
      Encoded({{"tol", Number(0.28)}}),
      ElementsAre("a", "b", "a", "Rare", "Rare", "b", "a", "(missing)"));
  EXPECT_THAT(
      Encoded({{"tol", Number(0.29)}}),
      ElementsAre("a", "Rare", "a", "Rare", "Rare", "Rare", "a", "(missing)"));
}

TEST(RareLabelEncoderTest, OfEquallyFrequentOnesKeepsTheFirst) {
  EXPECT_THAT(Encoded({{"tol", Number(0)}, {"max_n_categories", Number(3)}}),
              ElementsAre("a", "b", "a", "c", "Rare", "b", "a", "(missing)"));
}

TEST(RareLabelEncoderTest, KeepsAllOfFewCategoriesAndSaysSo) {
  std::vector<std::string> warnings;
  FitContext context;
  context.warnings = &warnings;
  // Five, missing among them.
  const Frame out = FitAndTransform(kStep, Map({{"n_categories", Number(5)}}),
                                    Training(), context);
  EXPECT_EQ(TextsOf(out.columns[0]), TextsOf(Training().columns[0]));
  EXPECT_THAT(warnings, ElementsAre(HasSubstr("column 'c'")));
}

TEST(RareLabelEncoderTest, AnUnseenCategoryIsRareEvenThen) {
  Frame frame = Training();
  const StepPtr step = Fitted(kStep, {}, frame);
  frame.columns[0].codes[0] = kUnseenCode;
  EXPECT_EQ(TextsOf(Transformed(*step, frame).columns[0])[0], "Rare");
}

TEST(RareLabelEncoderTest, TheNameMayBeACategory) {
  EXPECT_THAT(Encoded({{"tol", Number(0.28)}, {"replace_with", Text("b")}}),
              ElementsAre("a", "b", "a", "b", "b", "b", "a", "(missing)"));
}

TEST(RareLabelEncoderTest, AColumnThatIsAllMissingStaysSo) {
  const Frame out = FitAndTransform(
      kStep, {}, FrameOf({CategoryColumn("c", {nullptr, nullptr})}));
  EXPECT_THAT(TextsOf(out.columns[0]), ElementsAre("(missing)", "(missing)"));
}

TEST(RareLabelEncoderTest, RefusesOddParameters) {
  const auto refuses = [](const char* name, const ParameterValue& value) {
    EXPECT_THROW(Configured(kStep, Map({{name, value}})), ConfigError) << name;
  };
  refuses("tol", Number(1.1));
  refuses("tol", Number(-0.1));
  refuses("n_categories", Number(-1));
  refuses("max_n_categories", Number(0));
  refuses("missing_values", Text("raise"));
  refuses("replace_with", Truth(true));
}

TEST(RareLabelEncoderTest, RefusesAnArtifactWithUnsortedCategories) {
  EXPECT_THAT(LoadError(kStep,
                        [](RawBytes& out) {
                          out.Text("Rare");
                          out.U64(1);
                          out.Text("c");
                          out.Texts({"b", "a"});
                        }),
              HasSubstr("sorted"));
}

}  // namespace
}  // namespace tidemill
