// Expected numbers: scikit-learn 1.9.1, CountVectorizer and TfidfVectorizer.
#include <cmath>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/allocation_counter.h"
#include "core/thrown_message.h"
#include "features/raw_bytes.h"
#include "features/step_testing.h"
#include "tidemill/core/errors.h"

namespace tidemill {
namespace {

using testing::ElementsAre;

Frame Animals() {
  return FrameOf({TextColumn("t", {"Cat cat dog", nullptr, "dog", "bird"})});
}

TEST(CountVectorizerTest, CountsTheWordsOfEachText) {
  const Frame out = FitAndTransform("CountVectorizer", {}, Animals());
  EXPECT_THAT(NamesOf(out), ElementsAre("bird", "cat", "dog"));
  EXPECT_THAT(out.columns[1].numbers, ElementsAre(2.0, 0.0, 0.0, 0.0));
  EXPECT_THAT(out.columns[2].numbers, ElementsAre(1.0, 0.0, 1.0, 0.0));
}

TEST(CountVectorizerTest, OfEquallyFrequentTermsTheFirstInOrderStay) {
  const Frame out =
      FitAndTransform("CountVectorizer", Map({{"max_features", Number(2)}}),
                      FrameOf({TextColumn("t", {"dd cc bb", "aa dd", "cc"})}));
  EXPECT_THAT(NamesOf(out), ElementsAre("cc", "dd"));
  const Frame tie =
      FitAndTransform("CountVectorizer", Map({{"max_features", Number(3)}}),
                      FrameOf({TextColumn("t", {"dd cc bb", "aa dd", "cc"})}));
  EXPECT_THAT(NamesOf(tie), ElementsAre("aa", "cc", "dd"));
}

TEST(CountVectorizerTest, AGivenVocabularyKeepsItsOrder) {
  const Frame out = FitAndTransform(
      "CountVectorizer",
      Map({{"vocabulary", List({Text("dog"), Text("absent"), Text("cat")})}}),
      Animals());
  EXPECT_THAT(NamesOf(out), ElementsAre("dog", "absent", "cat"));
  EXPECT_THAT(out.columns[1].numbers, ElementsAre(0.0, 0.0, 0.0, 0.0));
}

TEST(TfidfVectorizerTest, WeighsByHowRareATermIs) {
  const Frame out = FitAndTransform("TfidfVectorizer",
                                    Map({{"norm", Text("none")}}), Animals());
  // Four rows and one more; one or two of them, and one more, have the word.
  EXPECT_EQ(out.columns[1].numbers[0], 2.0 * (std::log(5.0 / 2.0) + 1.0));
  EXPECT_EQ(out.columns[2].numbers[0], std::log(5.0 / 3.0) + 1.0);
}

TEST(TfidfVectorizerTest, ATextOfOneTermHasTheNormOfOne) {
  const Frame out = FitAndTransform("TfidfVectorizer", {}, Animals());
  EXPECT_EQ(out.columns[0].numbers[3], 1.0);
  EXPECT_EQ(out.columns[0].numbers[1], 0.0);
}

TEST(TextVectorizersTest, AWarmThreadAllocatesNothing) {
  const StepPtr step =
      Fitted("TfidfVectorizer",
             Map({{"ngram_range", List({Number(1), Number(2)})},
                  {"strip_accents", Text("unicode")}}),
             FrameOf({TextColumn("t", {"Ärger im Café", "café", "im Café"})}));
  const ExpressionPtr first = step->Bind({{MakeSource(
      {.name = "t", .kind = ColumnKind::kText, .categories = {}}, 0)}})[0];
  const BlockKernel& block = *first->inputs[0]->block;
  const std::vector<std::string_view> texts = {"Ärger im Café", {}, "CAFÉ"};
  ColumnValues values;
  values.texts = texts.data();
  std::vector<std::vector<double>> columns(block.num_outputs(),
                                           std::vector<double>(texts.size()));
  std::vector<double*> outs;
  for (std::vector<double>& column : columns) outs.push_back(column.data());
  block.Apply({&values, 1}, texts.size(), outs);
  const AllocationCounter counter;
  block.Apply({&values, 1}, texts.size(), outs);
  EXPECT_EQ(counter.count(), 0U);
}

/// The bytes of a fitted TfidfVectorizer with something else in them.
std::string Bytes(const std::vector<std::string>& terms,
                  const std::vector<double>& idf) {
  RawBytes out;
  out.U64(1);
  out.Text("TfidfVectorizer");
  out.Text("t");
  out.Bool(true);
  for (int i = 0; i < 3; ++i) out.U8(0);
  for (const std::uint32_t n : {2U, 1U, 1U}) out.U32(n);
  out.Texts({});
  out.Texts(terms);
  out.Bool(false);
  out.U8(1);
  out.Bool(false);
  out.Doubles(idf);
  return out.Finish();
}

std::string Refusal(const std::string& bytes) {
  return ThrownMessage<ArtifactError>([&] {
    BinaryReader in(bytes, "test");
    LoadSteps(in, kMaxStepDepth);
    in.Finish();
  });
}

TEST(TextVectorizersTest, HostileBytesAreRefused) {
  EXPECT_EQ(Refusal(Bytes({"a"}, {1.0, 2.0})),
            "test: expected a weight per term, got 2");
  EXPECT_EQ(Refusal(Bytes({"a"}, {kNaN})),
            "test: expected finite numbers, got nan");
  EXPECT_EQ(Refusal(Bytes({}, {})), "test: expected 1 to 65536 terms, got 0");
  EXPECT_NE(Refusal(Bytes({"a", "a"}, {})), "");
}

}  // namespace
}  // namespace tidemill
