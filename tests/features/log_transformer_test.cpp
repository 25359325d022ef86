#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/thrown_message.h"
#include "features/hostile_bytes.h"
#include "features/raw_bytes.h"
#include "features/step_testing.h"
#include "tidemill/core/errors.h"

namespace tidemill {
namespace {

using testing::ElementsAre;

TEST(LogTransformerTest, TakesTheLogarithmOfTheNamedColumnsOnly) {
  const Frame out = FitAndTransform(
      "LogTransformer", Map({{"variables", Text("b")}, {"base", Text("10")}}),
      FrameOf(
          {NumberColumn("a", {-1.0, 2.0}), NumberColumn("b", {1000.0, 1.0})}));
  EXPECT_THAT(NamesOf(out), ElementsAre("a", "b"));
  EXPECT_THAT(out.columns[0].numbers, ElementsAre(-1.0, 2.0));
  EXPECT_THAT(out.columns[1].numbers, ElementsAre(3.0, 0.0));
}

TEST(LogTransformerTest, TenCanBeWrittenAsANumber) {
  EXPECT_NO_THROW(
      Configured("LogTransformer",
                 Map({{"base", ValueOf(ParameterValue::Number{10.0, "10"})}})));
}

TEST(LogTransformerTest, WithoutNamesItTakesEveryNumber) {
  const Frame out = FitAndTransform(
      "LogTransformer", {},
      FrameOf({CategoryColumn("c", {"x"}), NumberColumn("b", {1.0})}));
  EXPECT_EQ(out.columns[0].column.kind, ColumnKind::kCategory);
  EXPECT_THAT(out.columns[1].numbers, ElementsAre(0.0));
}

TEST(LogTransformerTest, RefusesToLearnFromWhatHasNoLogarithm) {
  EXPECT_EQ(
      ThrownMessage<DataError>([] {
        Fitted("LogTransformer", {}, FrameOf({NumberColumn("a", {1.0, 0.0})}));
      }),
      "LogTransformer, column 'a': expected numbers > 0, got 0");
}

TEST(LogTransformerTest, NamesTheNearestColumn) {
  EXPECT_NE(ThrownMessage<ConfigError>([] {
              Fitted("LogTransformer", Map({{"variables", Text("prise")}}),
                     FrameOf({NumberColumn("price", {1.0})}));
            }).find("did you mean 'price'?"),
            std::string::npos);
}

TEST(LogTransformerTest, PlacesBeyondTheColumnsAreRefused) {
  for (const std::vector<std::uint64_t>& places :
       {std::vector<std::uint64_t>{2}, {0, 0}, {~std::uint64_t{0}}}) {
    EXPECT_THROW(LoadedFrom("LogTransformer",
                            [&](RawBytes& out) {
                              out.Texts({"a", "b"});
                              out.U64s(places);
                              out.Bool(false);
                            }),
                 ArtifactError);
  }
}

}  // namespace
}  // namespace tidemill
