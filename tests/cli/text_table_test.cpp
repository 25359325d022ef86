#include "tidemill/cli/text_table.h"

#include <gtest/gtest.h>

namespace tidemill {
namespace {

TEST(TextTableTest, ColumnsAreAsWideAsTheirWidestCell) {
  TextTable table({"version", "role"});
  table.Add({"churn@7", "champion"});
  table.Add({"churn@12", "canary"});
  EXPECT_EQ(table.Text(),
            "version   role\n"
            "churn@7   champion\n"
            "churn@12  canary\n");
}

TEST(TextTableTest, AnEmptyCellIsADash) {
  TextTable table({"a", "b"});
  table.Add({"", ""});
  EXPECT_EQ(table.Text(), "a  b\n-  -\n");
}

TEST(TextTableTest, CharactersCountNotBytes) {
  TextTable table({"who", "why"});
  table.Add({"J\u00f6rg", "x"});
  table.Add({"Anna", "y"});
  EXPECT_EQ(table.Text(), "who   why\nJ\u00f6rg  x\nAnna  y\n");
}

TEST(TextTableTest, ACellCannotBreakItsLine) {
  TextTable table({"why", "who"});
  table.Add({"a\nb\x1b[2J", "c"});
  EXPECT_EQ(table.Text(),
            "why          who\n"
            "a\\nb\\x1b[2J  c\n");
}

TEST(TextTableTest, KnowsWhetherItHasRows) {
  TextTable table({"a"});
  EXPECT_TRUE(table.empty());
  table.Add({"1"});
  EXPECT_FALSE(table.empty());
}

}  // namespace
}  // namespace tidemill
