// Expected numbers: scikit-learn 1.9.1, OrdinalEncoder with
// handle_unknown="use_encoded_value".
#include <cmath>
#include <limits>
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
using testing::IsNan;

constexpr const char* kStep = "OrdinalEncoder";

/// Three of x, two of m, one of a and one missing.
Frame Training() {
  return FrameOf(
      {CategoryColumn("c", {"m", "x", nullptr, "a", "x", "m", "x"})});
}

std::vector<double> Encoded(const ParameterValue& parameters) {
  return FitAndTransform(kStep, parameters, Training()).columns[0].numbers;
}

TEST(OrdinalEncoderTest, ACategoryIsItsPlaceInSortedOrder) {
  EXPECT_THAT(Encoded({}), ElementsAre(1, 2, IsNan(), 0, 2, 1, 2));
}

TEST(OrdinalEncoderTest, AnUnseenCategoryIsMissingUnlessAValueIsGiven) {
  Frame frame = Training();
  const StepPtr plain = Fitted(kStep, {}, frame);
  const StepPtr given =
      Fitted(kStep, Map({{"unknown_value", Number(-1)}}), frame);
  frame.columns[0].codes[0] = kUnseenCode;
  EXPECT_THAT(Transformed(*plain, frame).columns[0].numbers[0], IsNan());
  EXPECT_EQ(Transformed(*given, frame).columns[0].numbers[0], -1.0);
}

TEST(OrdinalEncoderTest, MissingIsTheValueGivenForIt) {
  EXPECT_EQ(Encoded(Map({{"encoded_missing_value", Number(-2)}}))[2], -2.0);
}

TEST(OrdinalEncoderTest, MissingThatTrainingDidNotSeeIsUnknown) {
  Frame frame = FrameOf({CategoryColumn("c", {"a", "b"})});
  const StepPtr step = Fitted(kStep,
                              Map({{"unknown_value", Number(-1)},
                                   {"encoded_missing_value", Number(-2)}}),
                              frame);
  frame.columns[0].codes[0] = kMissingCode;
  EXPECT_EQ(Transformed(*step, frame).columns[0].numbers[0], -1.0);
}

TEST(OrdinalEncoderTest, RareCategoriesShareTheLastNumber) {
  EXPECT_THAT(Encoded(Map({{"min_frequency", Number(3)}})),
              ElementsAre(1, 0, IsNan(), 1, 0, 1, 0));
  EXPECT_THAT(Encoded(Map({{"max_categories", Number(2)}})),
              ElementsAre(1, 0, IsNan(), 1, 0, 1, 0));
  // A share of all seven rows: fewer than 1.4.
  EXPECT_THAT(Encoded(Map({{"min_frequency", Number(0.2)}})),
              ElementsAre(0, 1, IsNan(), 2, 1, 0, 1));
}

TEST(OrdinalEncoderTest, ListedCategoriesKeepTheirOrder) {
  const ParameterValue lists =
      List({List({Text("x"), Text("nowhere"), Text("a"), ParameterValue()})});
  EXPECT_THAT(Encoded(Map({{"categories", lists},
                           {"unknown_value", Number(-1)},
                           {"encoded_missing_value", Number(9)}})),
              ElementsAre(-1, 0, 9, 2, 0, -1, 0));
}

TEST(OrdinalEncoderTest, RefusesACodeThatIsACategorysNumber) {
  EXPECT_EQ(ThrownMessage<DataError>([] {
              Encoded(Map({{"unknown_value", Number(2)}}));
            }),
            "OrdinalEncoder, column 'c': expected unknown_value to be no "
            "category's number (0 to 2), got 2");
  EXPECT_THROW(Encoded(Map({{"encoded_missing_value", Number(0)}})), DataError);
  EXPECT_NO_THROW(Encoded(Map({{"unknown_value", Number(3)}})));
}

TEST(OrdinalEncoderTest, RefusesWhatWouldRejectAnEvent) {
  EXPECT_EQ(ThrownMessage<ConfigError>([] {
              Configured(kStep, Map({{"handle_unknown", Text("error")}}));
            }),
            ": expected one of use_encoded_value, got text 'error'");
}

TEST(OrdinalEncoderTest, RefusesOddParameters) {
  const auto refuses = [](const char* name, const ParameterValue& value) {
    EXPECT_THROW(Configured(kStep, Map({{name, value}})), ConfigError) << name;
  };
  refuses("unknown_value", Number(1.5));
  refuses("unknown_value", Text("none"));
  refuses("min_frequency", Number(0));
  refuses("min_frequency", Number(1.5));
  refuses("min_frequency", Number(-0.5));
  refuses("max_categories", Number(0));
  refuses("categories", Text("some"));
  refuses("categories", List({List({})}));
  refuses("categories", List({List({Text("a"), Text("a")})}));
  refuses("categories", List({List({ParameterValue(), Text("a")})}));
}

TEST(OrdinalEncoderTest, RefusesListsForOtherColumns) {
  const ParameterValue one = List({List({Text("a")})});
  EXPECT_THAT(ThrownMessage<ConfigError>([&] {
                Fitted(kStep, Map({{"categories", one}}),
                       FrameOf({CategoryColumn("c", {"a"}),
                                CategoryColumn("d", {"a"})}));
              }),
              HasSubstr("for each of 2 columns, got 1 lists"));
}

TEST(OrdinalEncoderTest, RefusesAColumnWithoutRows) {
  EXPECT_EQ(ThrownMessage<DataError>(
                [] { Fitted(kStep, {}, FrameOf({CategoryColumn("c", {})})); }),
            "OrdinalEncoder, column 'c': expected rows to learn from, got "
            "none");
}

TEST(OrdinalEncoderTest, AColumnThatIsAllMissingIsItsCode) {
  const Frame out =
      FitAndTransform(kStep, Map({{"encoded_missing_value", Number(-5)}}),
                      FrameOf({CategoryColumn("c", {nullptr, nullptr})}));
  EXPECT_THAT(out.columns[0].numbers, ElementsAre(-5, -5));
}

void WriteOne(double unknown, std::uint8_t missing,
              const std::vector<std::string>& categories, RawBytes& out) {
  out.Double(unknown);
  out.Double(kNaN);
  out.U64(1);
  out.Text("c");
  out.Texts(categories);
  out.Texts({});
  out.U8(missing);
  out.Bool(false);
}

TEST(OrdinalEncoderTest, RefusesAnArtifactThatMakesNoSense) {
  const Frame frame = FrameOf({CategoryColumn("c", {"a", "b"})});
  const auto error = [&](double unknown, std::uint8_t missing,
                         const std::vector<std::string>& categories) {
    return LoadError(
        kStep,
        [&](RawBytes& out) { WriteOne(unknown, missing, categories, out); },
        SourcesOf(frame));
  };
  const double inf = std::numeric_limits<double>::infinity();
  EXPECT_THAT(error(inf, 0, {"a"}), HasSubstr("an infinity"));
  EXPECT_THAT(error(0.0, 3, {"a"}), HasSubstr("3"));
  EXPECT_THAT(error(0.0, 0, {"a", "a"}), HasSubstr("'a'"));
  EXPECT_EQ(error(0.0, 0, {"a", "z"}),
            "step OrdinalEncoder, column 'c': expected the category 'z', got a "
            "dictionary without it");
}

}  // namespace
}  // namespace tidemill
