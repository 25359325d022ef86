// Expected encodings: scikit-learn 1.9.1, TargetEncoder.fit().transform().
#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/thrown_message.h"
#include "features/hostile_step.h"
#include "features/raw_bytes.h"
#include "features/step_testing.h"
#include "tidemill/core/errors.h"
#include "tidemill/core/random.h"

namespace tidemill {
namespace {

const std::vector<double> kContinuous = {1, 2, 3.5, 4, 10, 2, 7, 11.5};
const std::vector<double> kBinary = {0, 1, 1, 1, 0, 0, 1, 1};

Frame Training() {
  return FrameOf(
      {CategoryColumn("c", {"a", "b", "a", "b", "c", "a", "b", "c"})});
}

FitContext Context(const std::vector<double>& target, bool binary = false) {
  FitContext context;
  context.target = target;
  context.task = binary ? Task::kBinary : Task::kRegression;
  return context;
}

/// The encodings of "a", "b" and "c": rows 0, 1 and 4.
std::vector<double> Encodings(const ParameterValue& parameters,
                              const std::vector<double>& target, bool binary) {
  const Frame out = FitAndTransform("TargetEncoder", parameters, Training(),
                                    Context(target, binary));
  const std::vector<double>& numbers = out.columns[0].numbers;
  return {numbers[0], numbers[1], numbers[4]};
}

void ExpectNear(const std::vector<double>& got,
                const std::vector<double>& expected) {
  ASSERT_EQ(got.size(), expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    EXPECT_NEAR(got[i], expected[i], 1e-12);
  }
}

TEST(TargetEncoderTest, ShrinksByEmpiricalBayesUnlessToldOtherwise) {
  const std::vector<double> expected = {2.2415580630386804, 4.407840253860145,
                                        10.635593220338983};
  ExpectNear(Encodings({}, kContinuous, false), expected);
  ExpectNear(Encodings(Map({{"smooth", Text("auto")}}), kContinuous, false),
             expected);
}

TEST(TargetEncoderTest, EncodesABinaryTargetAlike) {
  ExpectNear(Encodings({}, kBinary, true),
             {0.40337711069418386, 1.0, 0.5434782608695652});
}

TEST(TargetEncoderTest, ANumberSmoothsByThatManyRowsOfTheMean) {
  // "a": (1 + 3.5 + 2 + 2 x 5.125) / (3 + 2).
  ExpectNear(Encodings(Map({{"smooth", Number(2)}}), kContinuous, false),
             {3.35, 4.65, 7.9375});
  ExpectNear(Encodings(Map({{"smooth", Number(2)}}), kBinary, true),
             {0.45, 0.85, 0.5625});
}

TEST(TargetEncoderTest, SmoothZeroIsTheCategorysMean) {
  ExpectNear(Encodings(Map({{"smooth", Number(0)}}), kContinuous, false),
             {6.5 / 3, 13.0 / 3, 10.75});
}

TEST(TargetEncoderTest, AnUnseenCategoryIsTheTargetsMean) {
  Frame frame = Training();
  const StepPtr step = Fitted("TargetEncoder", {}, frame, Context(kContinuous));
  frame.columns[0].codes[0] = kUnseenCode;
  EXPECT_EQ(Transformed(*step, frame).columns[0].numbers[0], 5.125);
}

TEST(TargetEncoderTest, ACategoryOfTheDictionaryOnlyIsTheTargetsMean) {
  Frame frame = Training();
  frame.columns[0].column.categories.push_back("d");
  const StepPtr step = Fitted("TargetEncoder", {}, frame, Context(kContinuous));
  frame.columns[0].codes[0] = 3;
  EXPECT_EQ(Transformed(*step, frame).columns[0].numbers[0], 5.125);
}

TEST(TargetEncoderTest, MissingIsACategoryWhenTrainingSawIt) {
  const Frame frame = FrameOf(
      {CategoryColumn("c", {"a", "b", nullptr, "b", "c", nullptr, "b", "c"})});
  const Frame out =
      FitAndTransform("TargetEncoder", {}, frame, Context(kContinuous));
  EXPECT_NEAR(out.columns[0].numbers[2], 2.7983050847457624, 1e-12);
  EXPECT_EQ(out.columns[0].numbers[0], 1.0);  // one row: nothing to shrink by
}

TEST(TargetEncoderTest, MissingIsTheTargetsMeanWhenTrainingDidNotSeeIt) {
  Frame frame = Training();
  const StepPtr step = Fitted("TargetEncoder", {}, frame, Context(kContinuous));
  frame.columns[0].codes[0] = kMissingCode;
  EXPECT_EQ(Transformed(*step, frame).columns[0].numbers[0], 5.125);
}

TEST(TargetEncoderTest, AConstantTargetIsItsOwnEncoding) {
  const std::vector<double> ones(8, 1.0);
  ExpectNear(Encodings({}, ones, false), {1.0, 1.0, 1.0});
}

// ------------------------------------------------------ more than two classes

const std::vector<double> kClasses = {0, 1, 2, 1, 0, 0, 1, 2};

FitContext Multiclass() {
  FitContext context = Context(kClasses);
  context.task = Task::kMulticlass;
  return context;
}

TEST(TargetEncoderTest, EachClassHasAColumnOfItsShare) {
  // "a" stands in rows 0, 2 and 5: two of class 0, one of class 2.
  const Frame out = FitAndTransform(
      "TargetEncoder", Map({{"smooth", Number(0)}}), Training(), Multiclass());
  EXPECT_THAT(NamesOf(out), testing::ElementsAre("c_0", "c_1", "c_2"));
  EXPECT_EQ(out.columns[0].numbers[0], 2.0 / 3.0);
  EXPECT_EQ(out.columns[1].numbers[0], 0.0);
  EXPECT_EQ(out.columns[2].numbers[0], 1.0 / 3.0);
}

TEST(TargetEncoderTest, ColumnsBearTheClassesLabels) {
  const std::vector<std::string> labels = {"low", "mid", "high"};
  FitContext context = Multiclass();
  context.class_labels = labels;
  EXPECT_THAT(
      NamesOf(FitAndTransform("TargetEncoder", {}, Training(), context)),
      testing::ElementsAre("c_low", "c_mid", "c_high"));
}

TEST(TargetEncoderTest, AnUnseenCategoryIsEachClassesShare) {
  Frame frame = Training();
  const StepPtr step = Fitted("TargetEncoder", {}, frame, Multiclass());
  frame.columns[0].codes[0] = kUnseenCode;
  const Frame out = Transformed(*step, frame);
  EXPECT_EQ(out.columns[0].numbers[0], 0.375);
  EXPECT_EQ(out.columns[2].numbers[0], 0.25);
}

TEST(TargetEncoderTest, TakesClassesAsNumbersWhenAsked) {
  const Frame out = FitAndTransform(
      "TargetEncoder",
      Map({{"smooth", Number(0)}, {"target_type", Text("continuous")}}),
      Training(), Multiclass());
  ASSERT_EQ(out.columns.size(), 1U);
  EXPECT_EQ(out.columns[0].numbers[0], 2.0 / 3.0);
}

TEST(TargetEncoderTest, RefusesATargetTypeThatTheTaskIsNot) {
  EXPECT_EQ(ThrownMessage<ConfigError>([] {
              Fitted("TargetEncoder",
                     Map({{"target_type", Text("multiclass")}}), Training(),
                     Context(kContinuous));
            }),
            "pipeline, TargetEncoder, target_type: expected auto or "
            "continuous for a task that is regression, got multiclass");
}

TEST(TargetEncoderTest, RefusesListedCategories) {
  EXPECT_THROW(Configured("TargetEncoder",
                          Map({{"categories", List({List({Text("a")})})}})),
               ConfigError);
}

TEST(TargetEncoderTest, RefusesMoreColumnsThanThereMayBe) {
  const std::vector<double> target = {0.0, 65'536.0};
  FitContext context = Context(target);
  context.task = Task::kMulticlass;
  EXPECT_THAT(ThrownMessage<DataError>([&] {
                Fitted("TargetEncoder", {},
                       FrameOf({CategoryColumn("c", {"a", "b"})}), context);
              }),
              testing::HasSubstr("65537 classes"));
}

TEST(TargetEncoderTest, RefusesTargetsWhoseSumIsInfinite) {
  const std::vector<double> target(8, 1e308);
  EXPECT_THROW(Fitted("TargetEncoder", {}, Training(), Context(target)),
               DataError);
}

TEST(TargetEncoderTest, RefusesAnArtifactThatMakesNoSense) {
  const auto error = [](const std::vector<double>& means,
                        const std::vector<std::string>& classes,
                        const std::vector<double>& encodings) {
    return LoadError("TargetEncoder", [&](RawBytes& out) {
      out.Doubles(means);
      out.Texts(classes);
      out.U64(1);
      out.Text("c");
      out.Texts({"a"});
      out.Doubles(encodings);
      out.Doubles(means);
    });
  };
  EXPECT_THAT(error({}, {}, {}), testing::HasSubstr("a target mean per class"));
  EXPECT_THAT(error({1.0}, {"x", "y"}, {1.0}),
              testing::HasSubstr("a target mean per class"));
  EXPECT_THAT(error({0.5, 0.5}, {"x", "y"}, {1.0}),
              testing::HasSubstr("an encoding per category and class"));
  EXPECT_THAT(error({1.0}, {}, {kNaN}), testing::HasSubstr("finite"));
}

// ------------------------------------------------ cross-fitted FitTransform

/// 60 rows of 4 categories and a target that is another number in every row.
Frame ManyRows() {
  std::vector<const char*> texts;
  constexpr const char* kTexts[] = {"a", "b", "c", "d"};
  Random random(3);
  for (int i = 0; i < 60; ++i) texts.push_back(kTexts[random.Below(4)]);
  return FrameOf({CategoryColumn("c", texts)});
}

std::vector<double> ManyTargets() {
  std::vector<double> target;
  Random random(4);
  for (int i = 0; i < 60; ++i) target.push_back(random.Uniform());
  return target;
}

std::vector<double> CrossFitted(const std::vector<double>& target,
                                std::uint64_t seed) {
  FitContext context = Context(target);
  context.seed = seed;
  StepPtr step;
  return Configured("TargetEncoder", {})
      ->FitTransform(ManyRows(), context, step)
      .columns[0]
      .numbers;
}

TEST(TargetEncoderTest, NoRowsEncodingDependsOnItsOwnTarget) {
  const std::vector<double> target = ManyTargets();
  const std::vector<double> before = CrossFitted(target, 1);
  for (std::size_t row = 0; row < target.size(); ++row) {
    std::vector<double> changed = target;
    changed[row] += 1000.0;
    const std::vector<double> after = CrossFitted(changed, 1);
    EXPECT_TRUE(SameBits(after[row], before[row])) << row;
    EXPECT_FALSE(SameBits(after, before)) << row;
  }
}

TEST(TargetEncoderTest, FoldsAreTheSameForASeedAndOthersForAnother) {
  const std::vector<double> target = ManyTargets();
  EXPECT_TRUE(SameBits(CrossFitted(target, 1), CrossFitted(target, 1)));
  EXPECT_FALSE(SameBits(CrossFitted(target, 1), CrossFitted(target, 2)));
}

TEST(TargetEncoderTest, WhatItKeepsIsFittedOnAllRows) {
  const std::vector<double> target = ManyTargets();
  StepPtr step;
  Configured("TargetEncoder", {})
      ->FitTransform(ManyRows(), Context(target), step);
  EXPECT_TRUE(SameFrame(
      Transformed(*step, ManyRows()),
      FitAndTransform("TargetEncoder", {}, ManyRows(), Context(target))));
}

TEST(TargetEncoderTest, ACategoryOfOneRowIsEncodedByTheOthersMean) {
  // Two folds of one row each: every row is encoded by the other one alone.
  const std::vector<double> target = {10.0, 20.0};
  StepPtr step;
  const Frame out =
      Configured("TargetEncoder", Map({{"cv", Number(2)}}))
          ->FitTransform(FrameOf({CategoryColumn("c", {"a", "b"})}),
                         Context(target), step);
  EXPECT_THAT(out.columns[0].numbers, testing::ElementsAre(20.0, 10.0));
}

TEST(TargetEncoderTest, OneRowCannotBeEncodedByOthers) {
  const std::vector<double> target = {10.0};
  StepPtr step;
  EXPECT_THROW(Configured("TargetEncoder", {})
                   ->FitTransform(FrameOf({CategoryColumn("c", {"a"})}),
                                  Context(target), step),
               DataError);
}

TEST(TargetEncoderTest, RefusesANegativeSmoothAndOddFolds) {
  EXPECT_THROW(Configured("TargetEncoder", Map({{"smooth", Number(-1)}})),
               ConfigError);
  EXPECT_THROW(Configured("TargetEncoder", Map({{"smooth", Text("much")}})),
               ConfigError);
  EXPECT_THROW(Configured("TargetEncoder", Map({{"cv", Number(1)}})),
               ConfigError);
}

TEST(TargetEncoderTest, RefusesANumber) {
  const std::vector<double> target = {1.0};
  EXPECT_THROW(Fitted("TargetEncoder", {}, FrameOf({NumberColumn("n", {1.0})}),
                      Context(target)),
               ConfigError);
}

}  // namespace
}  // namespace tidemill
