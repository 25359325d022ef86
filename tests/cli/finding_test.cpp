#include "tidemill/cli/finding.h"

#include <gtest/gtest.h>

namespace tidemill {
namespace {

TEST(SplitPlaceTest, AFilesPlaceHasLineColumnAndKey) {
  const PlaceParts place = SplitPlace("a:b.yaml:12:3 (kafka.group)");
  EXPECT_EQ(place.source, "a:b.yaml");
  EXPECT_EQ(place.line, 12);
  EXPECT_EQ(place.column, 3);
  EXPECT_EQ(place.key, "kafka.group");
}

TEST(SplitPlaceTest, OtherSourcesHaveNoLine) {
  for (const char* text :
       {"environment TIDEMILL_WORKERS", "--set workers", "f.yaml", "f:7", ""}) {
    const PlaceParts place = SplitPlace(text);
    EXPECT_EQ(place.source, text);
    EXPECT_EQ(place.line, 0);
    EXPECT_EQ(place.key, "");
  }
}

TEST(FindingTest, AnErrorsPartsArePlaceAndMessage) {
  const Finding finding = ErrorFinding(
      ConfigError({.where = "f:1:2 (a)", .expected = "x", .got = "y"}));
  EXPECT_EQ(finding.where, "f:1:2 (a)");
  EXPECT_EQ(finding.message, "expected x, got y");
  EXPECT_EQ(ToText(finding), "f:1:2 (a): error: expected x, got y\n");
}

TEST(FindingTest, AnErrorWithoutPartsIsAMessage) {
  EXPECT_EQ(ToText(ErrorFinding(ConfigError("f: no"))), "error: f: no\n");
}

TEST(FindingTest, StaysInOneLine) {
  EXPECT_EQ(ToText({.is_error = false, .where = "a\nb", .message = "c"}),
            "a\\nb: warning: c\n");
}

}  // namespace
}  // namespace tidemill
