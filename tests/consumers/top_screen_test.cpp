#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "consumers/top/screen.h"

namespace tidemill {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

DriftColumnFigures Column(const std::string& feature, double psi) {
  DriftColumnFigures column;
  column.name = {.is_score = false, .feature = feature};
  column.events = 5000.0;
  column.enough = true;
  column.statistics.push_back({.name = "psi",
                               .value = psi,
                               .threshold = 0.1,
                               .excess = psi / 0.1,
                               .by_instance = {psi},
                               .instances_over = 0,
                               .rank = psi / 0.1,
                               .over = psi > 0.1});
  return column;
}

TopFigures Figures(int features) {
  TopFigures figures;
  InstanceFigures& instance = figures.instances.emplace_back();
  instance.name = "127.0.0.1:9464";
  instance.service = "churn";
  instance.champion = "churn@1";
  figures.sum.answering = 1;
  DriftVersionFigures version;
  version.service = "churn";
  version.model = "churn";
  version.version = "1";
  for (int i = 0; i < features; ++i) {
    version.columns.push_back(Column("field" + std::to_string(i), 0.01 * i));
  }
  figures.drift.push_back(version);
  return figures;
}

/// Without escape sequences, which stand for nothing that has a width.
std::vector<std::string> PlainLines(const std::string& frame) {
  std::string plain;
  for (std::size_t i = 0; i < frame.size(); ++i) {
    if (frame[i] != '\x1b') {
      plain += frame[i];
      continue;
    }
    const std::size_t begin = i;
    while (frame[i] == '\x1b' || frame[i] == '[' || frame[i] == ';' ||
           (frame[i] >= '0' && frame[i] <= '9')) {
      ++i;
    }
    // The footer goes to its row by itself.
    if (frame[i] == 'H' && i > begin + 2) plain += "\n";
  }
  std::vector<std::string> lines;
  std::istringstream stream(plain);
  for (std::string line; std::getline(stream, line);) {
    if (line.ends_with('\r')) line.pop_back();
    lines.push_back(line);
  }
  return lines;
}

TopScreen Screen(int features, ScreenSize size = {}) {
  TopScreen screen(true);
  screen.Resize(size);
  screen.Show(Figures(features));
  return screen;
}

TEST(TopScreenTest, FitsTheTerminal) {
  for (const ScreenSize size :
       {ScreenSize{24, 80}, ScreenSize{10, 40}, ScreenSize{60, 200},
        ScreenSize{3, 5}, ScreenSize{1, 1}}) {
    const auto lines = PlainLines(Screen(50, size).Frame());
    EXPECT_LE(lines.size(), std::max<std::size_t>(size.rows, 2));
    for (const std::string& line : lines) {
      EXPECT_LE(line.size(), size.columns) << line;
    }
  }
}

TEST(TopScreenTest, ShowsDriftFirstAtEightyByTwentyFour) {
  const auto lines = PlainLines(Screen(50).Frame());
  ASSERT_EQ(lines.size(), 24U);
  EXPECT_THAT(lines, testing::Contains(StartsWith("field49")));
  EXPECT_THAT(lines, testing::Contains(HasSubstr("DRIFT 4.9x")));
  EXPECT_THAT(lines.back(), HasSubstr("q quit"));
}

TEST(TopScreenTest, ScrollsToTheEndsAndNoFurther) {
  TopScreen screen = Screen(50);
  const auto top = PlainLines(screen.Frame());
  EXPECT_TRUE(screen.Press("j\x1b[B\x1bOB"));
  EXPECT_EQ(PlainLines(screen.Frame())[1], top[4]);
  EXPECT_TRUE(screen.Press("k\x1b[A\x1b[A\x1b[A"));
  EXPECT_EQ(PlainLines(screen.Frame()), top);
  for (int i = 0; i < 100; ++i) screen.Press("\x1b[6~");
  EXPECT_THAT(PlainLines(screen.Frame())[22], StartsWith("field0 "));
  screen.Press("k");
  EXPECT_THAT(PlainLines(screen.Frame())[22], StartsWith("field1 "));
}

TEST(TopScreenTest, SortsByTheNextColumn) {
  TopScreen screen = Screen(3);
  const auto first = [&] {
    for (const std::string& line : PlainLines(screen.Frame())) {
      if (line.starts_with("field")) return line.substr(0, 6);
    }
    return std::string();
  };
  EXPECT_EQ(first(), "field2");
  screen.Press("s");
  EXPECT_EQ(first(), "field0");
  EXPECT_THAT(screen.Frame(), HasSubstr("sort: feature"));
  screen.Press("sss");
  EXPECT_EQ(first(), "field2");
}

TEST(TopScreenTest, FiltersByATypedText) {
  TopScreen screen = Screen(20);
  EXPECT_TRUE(screen.Press("fFIELDq"));  // a letter like others
  screen.Press(
      "\x7f"
      "12\r");
  EXPECT_EQ(screen.options().filter, "FIELD12");
  EXPECT_FALSE(screen.typing());
  EXPECT_THAT(screen.Frame(), HasSubstr("field12"));
  EXPECT_THAT(screen.Frame(), Not(HasSubstr("field13")));
  screen.Press("\x1b");
  EXPECT_EQ(screen.options().filter, "");
}

TEST(TopScreenTest, TypesUtf8ByCharacters) {
  TopScreen screen = Screen(1);
  screen.Press("fa\xc3\xa9\xff\x01");
  EXPECT_EQ(screen.options().filter, "a\xc3\xa9");
  screen.Press("\x7f");
  EXPECT_EQ(screen.options().filter, "a");
  screen.Press(std::string(1000, 'x'));
  EXPECT_EQ(screen.options().filter.size(), 64U);
}

TEST(TopScreenTest, QuitsOnQButNotInsideASequence) {
  EXPECT_FALSE(Screen(1).Press("q"));
  EXPECT_TRUE(Screen(1).Press("\x1b[1;5q"));
}

TEST(TopScreenTest, HasNoColoursWithoutColour) {
  TopScreen screen(false);
  screen.Show(Figures(20));
  EXPECT_THAT(screen.Frame(), Not(testing::ContainsRegex("\x1b\\[[0-9;]*m")));
  EXPECT_THAT(Screen(20).Frame(), HasSubstr("\x1b[31m"));
}

TEST(TopScreenTest, NothingFromOutsideReachesTheTerminalRaw) {
  TopFigures figures = Figures(0);
  figures.drift[0].columns.push_back(Column("a\x1b]0;x\x07\nb\xc2\x9b", 0.5));
  figures.instances[0].champion = "\x1b[2J";
  figures.instances.emplace_back().error = "\x1b[31mred\r\n";
  TopScreen screen(false);
  screen.Resize({.rows = 40, .columns = 200});
  screen.Show(figures);
  const std::string frame = screen.Frame();
  EXPECT_THAT(frame, HasSubstr("a\\x1b]0;x\\x07\\nb\\xc2\\x9b"));
  EXPECT_THAT(frame, HasSubstr("\\x1b[31mred"));
  EXPECT_THAT(frame, Not(HasSubstr("\x1b]0")));
  EXPECT_THAT(frame, Not(HasSubstr("\x1b[2J")));
  EXPECT_THAT(frame, Not(HasSubstr("\x07")));
}

}  // namespace
}  // namespace tidemill
