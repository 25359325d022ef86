#include "tidemill/simulation/drift.h"

#include <array>
#include <cmath>
#include <string>

#include <gmock/gmock.h>

#include "tidemill/core/errors.h"
#include "tidemill/simulation/simulator.h"

namespace tidemill {
namespace {

constexpr std::array<SimulatedField, 6> kFields = {{
    {.name = "id", .type = FieldType::kText, .role = FieldRole::kId},
    {.name = "distance", .decimals = 2},
    {.name = "zone", .type = FieldType::kCategory},
    {.name = "pickup", .type = FieldType::kTimestamp},
    {.name = "fare", .role = FieldRole::kLabel},
    {.name = "traffic", .role = FieldRole::kWorld},
}};

Drift Parse(std::string_view spec) { return ParseDrift(spec, kFields); }

std::string ErrorOf(std::string_view spec) {
  try {
    Parse(spec);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "no error";
}

TEST(DriftTest, ReadsAChangeInPercent) {
  const Drift drift = Parse("distance=+20%");
  EXPECT_EQ(drift.field, 1u);
  EXPECT_EQ(drift.kind, DriftKind::kScale);
  EXPECT_DOUBLE_EQ(drift.amount, 1.2);
  EXPECT_EQ(drift.from, 0u);
  EXPECT_DOUBLE_EQ(Parse("distance=-20%").amount, 0.8);
}

TEST(DriftTest, ReadsSumsAndFactors) {
  EXPECT_EQ(Parse("distance=+1.5").kind, DriftKind::kAdd);
  EXPECT_EQ(Parse("distance=-1.5").amount, -1.5);
  EXPECT_EQ(Parse("traffic=*1.3").kind, DriftKind::kScale);
  EXPECT_EQ(Parse("traffic=*1.3").amount, 1.3);
}

TEST(DriftTest, ReadsSharesAsNumbersAndPercent) {
  EXPECT_EQ(Parse("zone=missing:0.25").share, 0.25);
  EXPECT_EQ(Parse("pickup=missing:25%").share, 0.25);
  EXPECT_EQ(Parse("zone=missing:1").kind, DriftKind::kMissing);
}

TEST(DriftTest, TakesAnyCharacterInAValue) {
  const Drift drift = Parse("zone=value:a:b @c=d:0.5@100");
  EXPECT_EQ(drift.kind, DriftKind::kReplace);
  EXPECT_EQ(drift.text, "a:b @c=d");
  EXPECT_EQ(drift.share, 0.5);
  EXPECT_EQ(drift.from, 100u);
}

TEST(DriftTest, NamesPlaceExpectationFindingAndNearestField) {
  EXPECT_EQ(ErrorOf("distnace=+20%"),
            "drift 'distnace=+20%': expected an input field (nearest: "
            "distance), got 'distnace'");
}

TEST(DriftTest, RefusesWhatIsNoDrift) {
  for (const std::string_view spec : {"",
                                      "distance",
                                      "=+1",
                                      "distance=",
                                      "distance=20%",
                                      "distance=+x",
                                      "distance=+1e10",
                                      "distance=+-1",
                                      "distance=*nan",
                                      "distance=+%",
                                      "zone=+1",
                                      "zone=missing:1.1",
                                      "zone=missing:",
                                      "zone=value:x",
                                      "zone=value:x:-1",
                                      "distance=value:far:0.5",
                                      "distance=+1@x",
                                      "distance=+1@",
                                      "pickup=+1",
                                      "pickup=value:x:1",
                                      "id=missing:1",
                                      "fare=+1",
                                      "traffic=missing:1"}) {
    EXPECT_NE(ErrorOf(spec), "no error") << spec;
  }
}

/// Mean of a number over events whose value is there.
struct Shares {
  double mean_truth = 0.0;
  double with_text = 0.0;
};
Shares Measure(std::vector<std::string> drifts, const char* service,
               std::string_view text, int events = 4000) {
  SimulatorOptions options;
  options.drifts = std::move(drifts);
  const auto simulator = MakeSimulator(service, options);
  Shares shares;
  for (int i = 0; i < events; ++i) {
    const SimulatedEvent& event = simulator->Next();
    shares.mean_truth += event.truth_number / events;
    shares.with_text +=
        (event.value.find(text) != std::string::npos) / double(events);
  }
  return shares;
}

TEST(DriftTest, ReplacesTheShareAskedFor) {
  const std::string weekly = R"("Contract":"Weekly")";
  EXPECT_EQ(Measure({}, "churn", weekly).with_text, 0.0);
  EXPECT_NEAR(Measure({"Contract=value:Weekly:0.4"}, "churn", weekly).with_text,
              0.4, 0.03);
}

TEST(DriftTest, HidesTheShareAskedFor) {
  const std::string there = R"("tenure":)";
  const double all = Measure({"tenure=missing:30%"}, "churn", there).with_text;
  const double null =
      Measure({"tenure=missing:30%"}, "churn", R"("tenure":null)").with_text;
  EXPECT_NEAR(all - null, 0.7, 0.03);
  EXPECT_GT(null, 0.1);
}

TEST(DriftTest, MovesTheTruthWithTheInputs) {
  const double before = Measure({}, "churn", "").mean_truth;
  EXPECT_LT(Measure({"tenure=+24"}, "churn", "").mean_truth, before - 0.05);
  EXPECT_GT(Measure({"distance=*1.5"}, "taxi", "").mean_truth,
            1.2 * Measure({}, "taxi", "").mean_truth);
}

TEST(DriftTest, LeavesTheTruthWhereAValueIsOnlyNotSeen) {
  const auto plain = MakeSimulator("taxi", {});
  SimulatorOptions options;
  options.drifts = {"distance=missing:1"};
  const auto blind = MakeSimulator("taxi", options);
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(plain->Next().truth, blind->Next().truth);
  }
}

TEST(DriftTest, MovesTheTruthAloneWithAFactorOfTheWorld) {
  SimulatorOptions options;
  options.drifts = {"traffic=*2"};
  const auto plain = MakeSimulator("taxi", {});
  const auto jammed = MakeSimulator("taxi", options);
  double before = 0.0;
  double after = 0.0;
  for (int i = 0; i < 1000; ++i) {
    const SimulatedEvent& one = plain->Next();
    const SimulatedEvent& other = jammed->Next();
    EXPECT_EQ(one.value, other.value);
    before += one.truth_number;
    after += other.truth_number;
  }
  EXPECT_NEAR(after / before, 2.0, 0.02);
}

TEST(DriftTest, StartsAtItsEvent) {
  SimulatorOptions options;
  options.drifts = {"MonthlyCharges=+100@10"};
  const auto plain = MakeSimulator("churn", {});
  const auto drifted = MakeSimulator("churn", options);
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(plain->Next().value == drifted->Next().value, i < 10) << i;
  }
}

TEST(DriftTest, StaysFiniteHoweverOftenItIsApplied) {
  SimulatorOptions options;
  options.drifts = std::vector<std::string>(50, "distance=*1e9");
  options.drifts.emplace_back("traffic=*1e9");
  const auto simulator = MakeSimulator("taxi", options);
  for (int i = 0; i < 100; ++i) {
    const SimulatedEvent& event = simulator->Next();
    EXPECT_TRUE(std::isfinite(event.truth_number));
    EXPECT_THAT(event.value, testing::HasSubstr("\"distance\":"));
  }
}

}  // namespace
}  // namespace tidemill
