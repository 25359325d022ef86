#include <cmath>
#include <limits>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "features/fitted_step.h"
#include "features/raw_bytes.h"

namespace tidemill {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<double> ToThe(double exponent, const std::vector<double>& numbers) {
  return FittedOn({}, "Power", Map({{"exp", Number(exponent)}}), numbers);
}

TEST(PowerTest, RaisesToTheExponent) {
  EXPECT_THAT(ToThe(3.0, {2.0, -2.0}), ElementsAre(8.0, -8.0));
  EXPECT_THAT(ToThe(-1.0, {4.0}), ElementsAre(0.25));
}

TEST(PowerTest, WithoutAnExponentItIsTheRoot) {
  EXPECT_THAT(FittedOn({}, "Power", {}, {9.0, 0.25}), ElementsAre(3.0, 0.5));
}

TEST(PowerTest, WhatHasNoPowerIsAsNumpyHasIt) {
  EXPECT_TRUE(std::isnan(ToThe(0.5, {-1.0})[0]));
  EXPECT_TRUE(std::isnan(ToThe(2.0, {kNaN})[0]));
  EXPECT_EQ(ToThe(-1.0, {0.0})[0], std::numeric_limits<double>::infinity());
}

TEST(PowerTest, LoadRefusesAMissingExponent) {
  EXPECT_THAT(LoadError("Power",
                        [](RawBytes& out) {
                          out.Texts({"a"});
                          out.U64(1);
                          out.Double(kNaN);
                        }),
              HasSubstr("finite"));
}

}  // namespace
}  // namespace tidemill
