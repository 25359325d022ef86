#include "tidemill/features/text_analyzer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/thrown_message.h"
#include "features/raw_bytes.h"
#include "tidemill/core/errors.h"

namespace tidemill {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class Collector final : public TermSink {
 public:
  void Add(std::string_view term) override { terms.emplace_back(term); }
  std::vector<std::string> terms;
};

std::vector<std::string> Terms(const TextOptions& options,
                               std::string_view text) {
  Collector collector;
  TextAnalyzer(options).Analyze(text, collector);
  return collector.terms;
}

TEST(TextAnalyzerTest, AWordHasTwoCharactersOrMore) {
  EXPECT_THAT(Terms({}, "A tide-mill: 7 x_y"),
              ElementsAre("tide", "mill", "x_y"));
}

TEST(TextAnalyzerTest, AMissingTextHasNoTerms) {
  EXPECT_THAT(Terms({}, {}), IsEmpty());
}

TEST(TextAnalyzerTest, StopWordsAreLeftOutBeforeWordsAreJoined) {
  TextOptions options;
  options.max_n = 2;
  options.stop_words = {"of"};
  EXPECT_THAT(Terms(options, "mill of tides"),
              ElementsAre("mill", "tides", "mill tides"));
}

TEST(TextAnalyzerTest, CharactersKeepOneSpaceOfSeveral) {
  TextOptions options;
  options.analyzer = TextOptions::Analyzer::kChar;
  options.min_n = 2;
  options.max_n = 2;
  EXPECT_THAT(Terms(options, "a\n b\tc"),
              ElementsAre("a ", " b", "b\t", "\tc"));
}

TEST(TextAnalyzerTest, AShortWordCountsOnceWithItsSpaces) {
  TextOptions options;
  options.analyzer = TextOptions::Analyzer::kCharWithinWords;
  options.min_n = 4;
  options.max_n = 6;
  EXPECT_THAT(Terms(options, "ab é"), ElementsAre(" ab ", " é "));
}

TEST(TextAnalyzerTest, AnalyzersOfAThreadDoNotDisturbEachOther) {
  const TextAnalyzer words({});
  TextOptions stripped;
  stripped.strip_accents = TextOptions::Accents::kAscii;
  const TextAnalyzer ascii(stripped);
  Collector collector;
  words.Analyze("one TWO", collector);
  ascii.Analyze("Été", collector);
  words.Analyze("four", collector);
  EXPECT_THAT(collector.terms, ElementsAre("one", "two", "ete", "four"));
}

TEST(TextAnalyzerTest, HostileOptionsAreRefused) {
  TextOptions options;
  options.max_n = 11;
  RawBytes out;
  SaveTextOptions(options, out);
  const std::string bytes = out.Finish();
  EXPECT_EQ(ThrownMessage<ArtifactError>([&] {
              BinaryReader in(bytes, "test");
              LoadTextOptions(in);
            }),
            "test: expected terms of 1 to 10 words or characters, got 1 to 11");
}

}  // namespace
}  // namespace tidemill
