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

Frame Three() {
  return FrameOf({NumberColumn("tenure", {1.0}), NumberColumn("charges", {2.0}),
                  CategoryColumn("contract", {"x"})});
}

ParameterValue Columns(ParameterValue::List names) {
  return Map({{"columns", List(std::move(names))}});
}

TEST(SelectColumnsTest, KeepsTheNamedOnesInTheirOrder) {
  const Frame out = FitAndTransform(
      "SelectColumns", Columns({Text("contract"), Text("tenure")}), Three());
  EXPECT_THAT(NamesOf(out), ElementsAre("contract", "tenure"));
  EXPECT_THAT(TextsOf(out.columns[0]), ElementsAre("x"));
  EXPECT_THAT(out.columns[1].numbers, ElementsAre(1.0));
}

TEST(DropColumnsTest, KeepsTheOthersInTheirOrder) {
  EXPECT_THAT(NamesOf(FitAndTransform("DropColumns", Columns({Text("charges")}),
                                      Three())),
              ElementsAre("tenure", "contract"));
}

TEST(SelectColumnsTest, AnUnknownColumnNamesTheNearest) {
  EXPECT_EQ(ThrownMessage<ConfigError>([] {
              Fitted("SelectColumns", Columns({Text("tenur")}), Three());
            }),
            "pipeline, SelectColumns: expected the name of a column (did you "
            "mean 'tenure'?), got 'tenur'");
}

TEST(DropColumnsTest, AnUnknownColumnIsAnErrorToo) {
  EXPECT_THROW(Fitted("DropColumns", Columns({Text("total")}), Three()),
               ConfigError);
}

TEST(SelectColumnsTest, WantsColumns) {
  EXPECT_THROW(Configured("SelectColumns", {}), ConfigError);
}

}  // namespace
}  // namespace tidemill
