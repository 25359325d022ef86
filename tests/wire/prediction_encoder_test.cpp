#include "tidemill/wire/prediction_encoder.h"

#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tidemill/core/timestamp.h"

namespace tidemill {
namespace {

std::string Encoded(const Prediction& prediction) {
  std::string out;
  AppendPrediction(prediction, out);
  return out;
}

/// The prediction of the design's example.
Prediction Example() {
  Prediction p;
  p.id = "churn.events/3/18233";
  p.event_id = "7590-VHVEG";
  p.service = "churn";
  p.model = "churn";
  p.version = 7;
  p.score = 0.6312;
  p.label = "Yes";
  p.event_time_us = ParseTimestamp("2026-11-21T09:12:02.123456Z")->utc_us;
  p.scored_time_us = ParseTimestamp("2026-11-21T09:12:02.124101Z")->utc_us;
  return p;
}

TEST(PredictionEncoderTest, WritesTheDesignsExampleByteForByte) {
  EXPECT_EQ(Encoded(Example()),
            R"({"id":"churn.events/3/18233","event_id":"7590-VHVEG",)"
            R"("service":"churn","model":"churn","version":7,)"
            R"("variant":"champion","score":0.6312,"label":"Yes",)"
            R"("event_time":"2026-11-21T09:12:02.123456Z",)"
            R"("scored_time":"2026-11-21T09:12:02.124101Z"})");
}

TEST(PredictionEncoderTest, AbsentOptionalFieldsAreLeftOut) {
  Prediction p = Example();
  p.label.reset();
  p.event_time_us.reset();
  p.scored_time_us.reset();
  EXPECT_EQ(Encoded(p),
            R"({"id":"churn.events/3/18233","event_id":"7590-VHVEG",)"
            R"("service":"churn","model":"churn","version":7,)"
            R"("variant":"champion","score":0.6312})");
}

TEST(PredictionEncoderTest, ProbabilitiesStandBehindTheLabelInClassOrder) {
  const std::vector<std::string> classes = {"b", "a\"", "c"};
  const std::vector<double> probabilities = {0.25, 0.5, 0.25};
  Prediction p = Example();
  p.score = 0.5;
  p.label = classes[1];
  p.classes = classes;
  p.probabilities = probabilities;
  p.scored_time_us.reset();
  EXPECT_EQ(Encoded(p),
            R"({"id":"churn.events/3/18233","event_id":"7590-VHVEG",)"
            R"("service":"churn","model":"churn","version":7,)"
            R"("variant":"champion","score":0.5,"label":"a\"",)"
            R"("probabilities":{"b":0.25,"a\"":0.5,"c":0.25},)"
            R"("event_time":"2026-11-21T09:12:02.123456Z"})");
}

TEST(PredictionEncoderTest, ATwoClassModelsClassesAreNotListed) {
  const std::vector<std::string> classes = {"No", "Yes"};
  Prediction p = Example();
  p.classes = classes;
  EXPECT_EQ(Encoded(p), Encoded(Example()));
}

TEST(PredictionEncoderTest, NamesTheVariant) {
  Prediction p = Example();
  p.variant = Variant::kCanary;
  EXPECT_NE(Encoded(p).find(R"("variant":"canary")"), std::string::npos);
  p.variant = Variant::kShadow;
  EXPECT_NE(Encoded(p).find(R"("variant":"shadow")"), std::string::npos);
}

TEST(PredictionEncoderTest, TextsAreEscaped) {
  Prediction p = Example();
  p.event_id = "a\"\\\n";
  p.label = "\x01";
  const auto json = nlohmann::json::parse(Encoded(p));
  EXPECT_EQ(json["event_id"], "a\"\\\n");
  EXPECT_EQ(json["label"], "\x01");
}

TEST(PredictionEncoderTest, InvalidUtf8InAnIdIsReplaced) {
  Prediction p = Example();
  p.event_id = "a\xFFz";
  EXPECT_EQ(nlohmann::json::parse(Encoded(p))["event_id"], "a\xEF\xBF\xBDz");
}

TEST(PredictionEncoderTest, ATimeOutsideTheYears0To9999IsLeftOut) {
  for (const std::int64_t time : {std::numeric_limits<std::int64_t>::min(),
                                  std::numeric_limits<std::int64_t>::max(),
                                  std::int64_t{253402300800} * 1'000'000}) {
    Prediction p = Example();
    p.event_time_us = time;
    p.scored_time_us = time;
    EXPECT_TRUE(Encoded(p).ends_with(R"("label":"Yes"})")) << time;
  }
}

TEST(PredictionEncoderTest, TheLastMicrosecondOfTheYear9999IsWritten) {
  Prediction p = Example();
  p.scored_time_us.reset();
  p.event_time_us = std::int64_t{253402300800} * 1'000'000 - 1;
  EXPECT_TRUE(
      Encoded(p).ends_with(R"("event_time":"9999-12-31T23:59:59.999999Z"})"));
}

TEST(PredictionEncoderTest, AppendsToWhatIsThere) {
  std::string out = "before ";
  AppendPrediction(Example(), out);
  EXPECT_TRUE(out.starts_with("before {\"id\":"));
}

}  // namespace
}  // namespace tidemill
