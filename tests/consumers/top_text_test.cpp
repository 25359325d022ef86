#include <algorithm>
#include <chrono>
#include <cmath>
#include <fstream>
#include <random>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "consumers/top/figures.h"
#include "consumers/top/json.h"
#include "consumers/top/text.h"
#include "consumers/top/view.h"

namespace tidemill {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

MetricsText Parse(const std::string& text) { return ParseMetricsText(text); }

/// The scrape of a scorer with drift, tests/consumers/scrape.txt.
std::string RealScrape() {
  std::ifstream file(TIDEMILL_TEST_SCRAPE, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(MetricsTextTest, ReadsASeries) {
  const MetricsText text = Parse(
      "# HELP tidemill_a x\n# TYPE tidemill_a counter\n"
      "tidemill_a{x=\"1\",y=\"2\"} 3.5\n\n");
  ASSERT_EQ(text.samples.size(), 1U);
  EXPECT_EQ(text.samples[0].name, "tidemill_a");
  EXPECT_EQ(text.samples[0].Label("y"), "2");
  EXPECT_EQ(text.samples[0].Label("z"), "");
  EXPECT_EQ(text.samples[0].value, 3.5);
  EXPECT_EQ(text.bad_lines, 0U);
}

TEST(MetricsTextTest, UnescapesLabels) {
  const MetricsText text =
      Parse("tidemill_a{x=\"a\\nb\\\"c\\\\d\xc3\xa9,}\"} 1\n");
  ASSERT_EQ(text.samples.size(), 1U);
  EXPECT_EQ(text.samples[0].Label("x"), "a\nb\"c\\d\xc3\xa9,}");
}

// What `promtool check metrics` reads, line by line.
TEST(MetricsTextTest, ReadsWhatPromtoolReads) {
  for (const char* line :
       {"a +inf", "a -Infinity", "a .5", "a 5.", "a 1e5 +12", "a 1 -5", "a nan",
        "a 1e-400", "a{x=\"\"} 1", "a{x = \"1\" , y=\"2\" , } 1", "a:b 1",
        "a{} 1", "a{x=\"1\"}1", " a { y = \"2\" } +Inf", "a\t1\t5",
        "a{x=\"}\"} 1", "a{x=\"1\"}\t1"}) {
    EXPECT_EQ(Parse("tidemill_" + std::string(line + (line[0] == ' ')) + "\n")
                  .samples.size(),
              1U)
        << line;
  }
}

TEST(MetricsTextTest, CountsWhatPromtoolRefuses) {
  for (const char* line : {"a",
                           "a +-1",
                           "a -nan",
                           "a +NaN",
                           "a nan(1)",
                           "a 1_0",
                           "a 0x10",
                           "a 1e999",
                           "a 1 1.5",
                           "a 1 2 3",
                           "a 1 ",
                           "a 1\r",
                           "a 1 5 ",
                           "a 1 99999999999999999999",
                           "a{x=\"1\"} ",
                           "a{x=\"1\"",
                           "a{x='1'} 1",
                           "a{b:c=\"1\"} 1",
                           "a{,} 1",
                           "a{x=\"1\" y=\"2\"} 1",
                           "a{x=\"\",x=\"1\"} 1",
                           "a{__name__=\"x\"} 1",
                           "a{x=\"\\t\"} 1",
                           "a{x=\"\xff\"} 1",
                           "a{x=\"\\",
                           "a{x=\"1\",",
                           "a 1 # {x=\"1\"} 2",
                           "a{1x=\"1\"} 1",
                           "a\xc3\xa9 1"}) {
    const MetricsText text = Parse("tidemill_" + std::string(line) + "\n");
    EXPECT_EQ(text.samples.size(), 0U) << line;
    EXPECT_EQ(text.bad_lines, 1U) << line;
  }
  EXPECT_EQ(Parse("{x=\"1\"} 1\n1a 1\n=\n").bad_lines, 3U);
}

TEST(MetricsTextTest, NamesTheFirstBadLinesAndGoesOn) {
  const MetricsText text =
      Parse("tidemill_a x\ntidemill_b 1\ntidemill_c \x1b[31m\n? 1\n? 2\n? 3\n");
  EXPECT_EQ(text.samples.size(), 1U);
  EXPECT_EQ(text.bad_lines, 5U);
  EXPECT_THAT(text.complaints,
              ElementsAre("line 1: expected a number, got 'x'",
                          "line 3: expected a number, got '\\x1b[31m'",
                          "line 4: expected a metric's name, got '? 1'"));
}

TEST(MetricsTextTest, DoesNotBelieveALineThatWasCutOff) {
  const MetricsText text = Parse("tidemill_a 1\ntidemill_b 12");
  EXPECT_EQ(text.samples.size(), 1U);
  EXPECT_THAT(text.complaints,
              ElementsAre(HasSubstr("line 2: expected a new")));
}

TEST(MetricsTextTest, KeepsOursOnly) {
  const MetricsText text =
      Parse("go_threads 1\nprocess_start_time_seconds 5\ntidemill_a 1\n");
  EXPECT_EQ(text.samples.size(), 2U);
  EXPECT_EQ(text.others, 1U);
}

TEST(MetricsTextTest, BoundsSeriesAndLabels) {
  std::string many;
  for (std::size_t i = 0; i < kMaxSamples + 3; ++i) many += "tidemill_a 1\n";
  EXPECT_EQ(Parse(many).samples.size(), kMaxSamples);
  EXPECT_EQ(Parse(many).left_out, 3U);
  std::string labels;
  for (std::size_t i = 0; i <= kMaxLabels; ++i) {
    labels += "x" + std::to_string(i) + "=\"1\",";
  }
  EXPECT_THAT(Parse("tidemill_a{" + labels + "} 1\n").complaints,
              ElementsAre(HasSubstr("at most 32 labels")));
}

TEST(MetricsTextTest, ReadsARealScrape) {
  const MetricsText text = ParseMetricsText(RealScrape());
  EXPECT_GT(text.samples.size(), 300U);
  EXPECT_EQ(text.bad_lines, 0U) << testing::PrintToString(text.complaints);
}

/// Changes a few bytes: others, swapped pieces, pieces left out or doubled.
std::string Mutated(std::string text, std::mt19937& random) {
  const auto below = [&](std::size_t end) { return random() % end; };
  constexpr std::string_view kNasty =
      "\"\\{}=,\n# \t\x1b\xff\xc3"
      "019eEnN+-";
  for (std::size_t i = below(40); i > 0 && !text.empty(); --i) {
    const std::size_t place = below(text.size());
    const std::size_t size = std::min(below(200), text.size() - place);
    switch (below(5)) {
      case 0:
        text[place] = static_cast<char>(below(256));
        break;
      case 1:
        text[place] = kNasty[below(kNasty.size())];
        break;
      case 2:
        text.erase(place, size);
        break;
      case 3:
        text.insert(below(text.size()), text.substr(place, size));
        break;
      default:
        text.replace(place, 1, "1e308");
    }
  }
  return text;
}

bool HasControlCharacter(const std::string& text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == '\x7f';
  });
}

// From text to screen: whatever comes, nothing breaks and nothing gets through.
TEST(MetricsTextTest, SurvivesMutationsOfARealScrape) {
  const std::string scrape = RealScrape();
  std::mt19937 random(20261121);
  const std::vector<TopTarget> targets = {
      {.url = "http://a:1/metrics", .name = "a:1"}};
  TopTracker tracker(targets);
  ViewOptions options;
  options.width = 80;
  for (int i = 0; i < 150; ++i) {
    const MetricsText text = ParseMetricsText(Mutated(scrape, random));
    Scrape read;
    read.complaints = text.complaints;
    read.bad_lines = text.bad_lines;
    read.reading =
        ReadInstance(text.samples, SteadyTime(std::chrono::seconds(i + 1)));
    const TopFigures figures = tracker.Update({read});
    for (const auto& rate : {figures.sum.traffic.events_per_second,
                             figures.sum.traffic.failed_per_second,
                             figures.sum.traffic.latency_p99}) {
      EXPECT_GE(rate.value_or(0.0), 0.0);
      EXPECT_TRUE(std::isfinite(rate.value_or(0.0)));
    }
    for (const ViewLine& line : ViewLines(figures, options)) {
      ASSERT_FALSE(HasControlCharacter(line.text)) << line.text;
    }
    EXPECT_THAT(TopJson(figures, WallTime{}), HasSubstr("\"instances\""));
  }
}

}  // namespace
}  // namespace tidemill
