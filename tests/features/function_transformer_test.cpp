#include <cmath>
#include <limits>
#include <numbers>
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

std::vector<double> Applied(const char* func, std::vector<double> numbers) {
  return FitAndTransform("FunctionTransformer", Map({{"func", Text(func)}}),
                         FrameOf({NumberColumn("a", std::move(numbers))}))
      .columns[0]
      .numbers;
}

TEST(FunctionTransformerTest, TakesFunctionsByNumpysNames) {
  EXPECT_THAT(Applied("sqrt", {9.0, 0.25}), ElementsAre(3.0, 0.5));
  EXPECT_THAT(Applied("square", {-3.0}), ElementsAre(9.0));
  EXPECT_THAT(Applied("absolute", {-3.0}), ElementsAre(3.0));
  EXPECT_THAT(Applied("rint", {0.5, 1.5, -2.5}), ElementsAre(0.0, 2.0, -2.0));
  EXPECT_EQ(Applied("arcsin", {1.0})[0], std::numbers::pi / 2.0);
  EXPECT_THAT(Applied("sign", {-4.0, 0.0, 4.0}), ElementsAre(-1.0, 0.0, 1.0));
}

TEST(FunctionTransformerTest, WhatHasNoLogarithmIsAsNumpyHasIt) {
  const std::vector<double> made = Applied("log", {0.0, -1.0, 1.0});
  EXPECT_EQ(made[0], -std::numeric_limits<double>::infinity());
  EXPECT_TRUE(std::isnan(made[1]));
  EXPECT_EQ(made[2], 0.0);
}

TEST(FunctionTransformerTest, MissingStaysMissing) {
  for (const char* func : {"log1p", "sign", "abs", "rint", "cos"}) {
    EXPECT_TRUE(std::isnan(Applied(func, {kNaN})[0])) << func;
  }
}

TEST(FunctionTransformerTest, OnlyFunctionsThatNeverFallSaySo) {
  const Frame frame = FrameOf({NumberColumn("a", {1.0})});
  const auto map = [&](const char* func) {
    const StepPtr step =
        Fitted("FunctionTransformer", Map({{"func", Text(func)}}), frame);
    return step->Bind(SourcesOf(frame))[0]->map;
  };
  EXPECT_TRUE(map("floor")->nondecreasing());
  EXPECT_FALSE(map("abs")->nondecreasing());
  // -1 has none, and NaN would leave a tree by its other side.
  EXPECT_FALSE(map("log")->nondecreasing());
}

TEST(FunctionTransformerTest, WantsAFunction) {
  EXPECT_THROW(Configured("FunctionTransformer", {}), ConfigError);
  EXPECT_NE(ThrownMessage<ConfigError>([] {
              Configured("FunctionTransformer", Map({{"func", Text("lod")}}));
            }).find("abs, arcsinh, cbrt"),
            std::string::npos);
}

TEST(FunctionTransformerTest, AnUnknownNumberOfAFunctionIsRefused) {
  EXPECT_THROW(LoadedFrom("FunctionTransformer",
                          [](RawBytes& out) {
                            out.Texts({"a"});
                            out.U8(20);
                          }),
               ArtifactError);
}

}  // namespace
}  // namespace tidemill
