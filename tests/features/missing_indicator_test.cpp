// Expected columns: scikit-learn 1.9.1, MissingIndicator(error_on_new=False).
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

constexpr const char* kStep = "MissingIndicator";

Frame Training() {
  FrameColumn text;
  text.column.name = "text";
  text.column.kind = ColumnKind::kText;
  text.texts = {"", std::string_view()};
  return FrameOf({NumberColumn("number", {kNaN, 1.0}),
                  NumberColumn("full", {2.0, 1.0}),
                  CategoryColumn("category", {nullptr, "?"}),
                  TimeColumn("time", {"2026-11-21", nullptr}), text});
}

TEST(MissingIndicatorTest, MarksWhatIsMissingInColumnsOfEveryKind) {
  const Frame out = FitAndTransform(kStep, {}, Training());
  EXPECT_THAT(
      NamesOf(out),
      ElementsAre("missingindicator_number", "missingindicator_category",
                  "missingindicator_time", "missingindicator_text"));
  EXPECT_THAT(out.columns[0].numbers, ElementsAre(1, 0));
  EXPECT_THAT(out.columns[1].numbers, ElementsAre(1, 0));  // unseen: there
  EXPECT_THAT(out.columns[2].numbers, ElementsAre(0, 1));
  EXPECT_THAT(out.columns[3].numbers, ElementsAre(0, 1));  // "" is a text
}

TEST(MissingIndicatorTest, AColumnThatWasFullHasNoIndicatorUnlessAsked) {
  Frame frame = Training();
  const StepPtr step = Fitted(kStep, {}, frame);
  const StepPtr all = Fitted(kStep, Map({{"features", Text("all")}}), frame);
  frame.columns[1].numbers[0] = kNaN;
  EXPECT_EQ(Transformed(*step, frame).columns.size(), 4U);
  const Frame out = Transformed(*all, frame);
  ASSERT_EQ(out.columns.size(), 5U);
  EXPECT_THAT(out.columns[1].numbers, ElementsAre(1, 0));
}

TEST(MissingIndicatorTest, SaysThatNothingIsMissing) {
  std::vector<std::string> warnings;
  FitContext context;
  context.warnings = &warnings;
  const Frame out =
      FitAndTransform(kStep, {}, FrameOf({NumberColumn("n", {1.0})}), context);
  EXPECT_TRUE(out.columns.empty());
  EXPECT_THAT(warnings, ElementsAre(HasSubstr("no column misses values")));
}

TEST(MissingIndicatorTest, RefusesWhatWouldRejectAnEvent) {
  EXPECT_EQ(ThrownMessage<ConfigError>([] {
              Configured(kStep, Map({{"error_on_new", Truth(true)}}));
            }),
            ", error_on_new: expected false: no event is rejected for a "
            "missing value, got true");
}

TEST(MissingIndicatorTest, RefusesAnArtifactThatMakesNoSense) {
  const auto error = [](const std::vector<std::uint8_t>& shown) {
    return LoadError(kStep, [&](RawBytes& out) {
      out.Texts({"a", "b"});
      out.U8s(shown);
    });
  };
  EXPECT_THAT(error({1}), HasSubstr("0 or 1 for each of 2 columns"));
  EXPECT_THAT(error({1, 2}), HasSubstr("0 or 1 for each of 2 columns"));
  EXPECT_THAT(error({1, 1}), HasSubstr("expected 2 columns"));  // of none
}

}  // namespace
}  // namespace tidemill
