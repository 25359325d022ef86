#include <cmath>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "serving/small_model.h"
#include "tidemill/library/tidemill.h"
#include "tidemill/library/tidemill.hpp"

namespace tidemill {
namespace {

using testing::HasSubstr;

std::string SmallBytes() { return WriteArtifact(LineArtifact(2.0)); }

std::string View(tidemill_text text) { return {text.data, text.size}; }

TEST(TidemillCTest, TellsWhatAModelIs) {
  const std::string bytes = SmallBytes();
  tidemill_model* model =
      tidemill_model_read(bytes.data(), bytes.size(), nullptr);
  ASSERT_NE(model, nullptr);
  EXPECT_EQ(View(tidemill_model_name(model)), "small");
  EXPECT_EQ(tidemill_model_sha256(model).size, 64U);
  EXPECT_EQ(tidemill_model_task(model), TIDEMILL_REGRESSION);
  EXPECT_EQ(tidemill_model_class_count(model), 0U);
  EXPECT_EQ(tidemill_model_class(model, 0).data, nullptr);
  tidemill_model_free(model);
}

TEST(TidemillCTest, SaysWhyAModelCannotBeRead) {
  std::string bytes = SmallBytes();
  bytes[bytes.size() / 2] ^= 1;
  tidemill_error error{};
  EXPECT_EQ(tidemill_model_read(bytes.data(), bytes.size(), &error), nullptr);
  EXPECT_THAT(error.text, HasSubstr("the model"));
  EXPECT_EQ(tidemill_model_load("/no/such/model.bin", &error), nullptr);
  EXPECT_THAT(error.text, HasSubstr("/no/such/model.bin"));
  EXPECT_EQ(tidemill_model_load(nullptr, nullptr), nullptr);
  EXPECT_EQ(tidemill_model_read(nullptr, 7, nullptr), nullptr);
}

TEST(TidemillCTest, AScorerOutlivesTheModelItWasMadeOf) {
  const std::string bytes = SmallBytes();
  tidemill_model* model =
      tidemill_model_read(bytes.data(), bytes.size(), nullptr);
  tidemill_scorer* scorer = tidemill_scorer_new(model);
  tidemill_model_free(model);
  const std::string event = R"({"id":"a","x":3})";
  const tidemill_text text = {event.data(), event.size()};
  const tidemill_result* result = tidemill_score(scorer, &text, 1);
  ASSERT_NE(result, nullptr);
  EXPECT_EQ(result->score, 7.0);
  EXPECT_EQ(View(result->event_id), "a");
  EXPECT_EQ(result->label.data, nullptr);
  EXPECT_EQ(View(tidemill_prediction(scorer, 0, {"here", 4})),
            R"({"id":"here","event_id":"a","service":"small",)"
            R"("model":"small","version":0,"variant":"champion","score":7})");
  tidemill_scorer_free(scorer);
}

TEST(TidemillCTest, ABadEventCostsOnlyItself) {
  Scorer scorer(Model::FromBytes(SmallBytes()));
  const std::vector<Result> results =
      scorer.Score({R"({"id":"a","x":1})", "{", R"({"id":"c","x":2})"});
  EXPECT_TRUE(results[0].ok());
  EXPECT_EQ(results[1].error_stage, "parse");
  EXPECT_EQ(results[1].error_reason, "invalid_json");
  EXPECT_FALSE(results[1].error_detail.empty());
  EXPECT_TRUE(std::isnan(results[1].score));
  EXPECT_EQ(results[2].score, 5.0);
  EXPECT_EQ(scorer.Prediction(1, "x"), "");
  EXPECT_EQ(scorer.Prediction(3, "x"), "");
}

TEST(TidemillCTest, NoEventsAreNoResults) {
  Scorer scorer(Model::FromBytes(SmallBytes()));
  EXPECT_TRUE(scorer.Score(std::vector<std::string_view>{}).empty());
  EXPECT_EQ(scorer.Prediction(0, "x"), "");
}

TEST(TidemillCTest, AnEventWithoutBytesIsABadEvent) {
  const Model model = Model::FromBytes(SmallBytes());
  tidemill_scorer* scorer = tidemill_scorer_new(model.get());
  const tidemill_text nothing = {nullptr, 5};
  const tidemill_result* result = tidemill_score(scorer, &nothing, 1);
  EXPECT_STREQ(result->error_reason, "empty");
  EXPECT_TRUE(std::isnan(result->score));
  tidemill_scorer_free(scorer);
}

TEST(TidemillCTest, WithoutAModelThereIsNothing) {
  EXPECT_EQ(tidemill_scorer_new(nullptr), nullptr);
  EXPECT_EQ(tidemill_score(nullptr, nullptr, 1), nullptr);
  EXPECT_EQ(tidemill_prediction(nullptr, 0, {"x", 1}).data, nullptr);
  EXPECT_EQ(tidemill_model_name(nullptr).data, nullptr);
  EXPECT_EQ(tidemill_model_class_count(nullptr), 0U);
  tidemill_model_free(nullptr);
  tidemill_scorer_free(nullptr);
}

TEST(TidemillCTest, ThreadsShareAModel) {
  const Model model = Model::FromBytes(SmallBytes());
  std::vector<double> scores(4);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    threads.emplace_back([&model, &scores, i] {
      Scorer scorer(model);
      const std::string event = R"({"id":"a","x":)" + std::to_string(i) + "}";
      for (int k = 0; k < 100; ++k) scores[i] = scorer.Score(event).score;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(scores, (std::vector<double>{1.0, 3.0, 5.0, 7.0}));
}

TEST(TidemillCTest, AHeaderOfAnotherTimeCanBeTold) {
  EXPECT_EQ(tidemill_abi(), TIDEMILL_ABI);
  EXPECT_THAT(tidemill_version(), HasSubstr("."));
}

}  // namespace
}  // namespace tidemill
