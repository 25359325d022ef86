#include "producers/registry_options.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "producers/registry_contents.h"
#include "tidemill/core/errors.h"

namespace tidemill {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

std::string ErrorOf(const std::string& text) {
  try {
    AsMessageText(text, "--reason", 1024);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

TEST(AsMessageTextTest, SaysHowLongTheTextIs) {
  EXPECT_EQ(AsMessageText(std::string(1024, 'x'), "--reason", 1024).size(),
            1024U);
  EXPECT_THAT(ErrorOf(std::string(100'000, 'x')), EndsWith("got 100000"));
  EXPECT_THAT(ErrorOf(std::string(1024, '\x1b')), HasSubstr("got 4096"));
  EXPECT_EQ(AsMessageText("a\nb", "--reason", 1024), "a\\nb");
}

TEST(CanaryPercentTest, RefusesAShareOfNoKey) {
  const CLI::Validator check = CanaryPercent();
  for (const char* good : {"0", "0.0", "0.0001", "1e-4", "33.3", "100"}) {
    EXPECT_EQ(check(std::string(good)), "") << good;
  }
  for (const char* bad :
       {"1e-9", "0.00009", "-1", "100.1", "nan", "inf", "", "5x"}) {
    EXPECT_THAT(check(std::string(bad)), HasSubstr("0.0001 to 100")) << bad;
  }
}

TEST(PercentTextTest, IsDecimal) {
  EXPECT_EQ(PercentText(0.0), "0");
  EXPECT_EQ(PercentText(12.5), "12.5");
  EXPECT_EQ(PercentText(100.0), "100");
  EXPECT_EQ(PercentText(1e-9), "0.000000001");
  EXPECT_THAT(PercentText(5e-324), EndsWith("5"));
}

TEST(ExplainDoneTest, TellsThatTheChangeWasMade) {
  const auto fail = []() -> int { throw IoError("standard output: full"); };
  try {
    ExplainDone("the change was made (sequence 3)", fail);
    FAIL();
  } catch (const IoError& error) {
    EXPECT_STREQ(error.what(),
                 "standard output: full; the change was made (sequence 3)");
  }
  EXPECT_EQ(ExplainDone("", [] { return 7; }), 7);
}

}  // namespace
}  // namespace tidemill
