#include "tidemill/simulation/poison.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <string>

#include <gmock/gmock.h>

#include "tidemill/core/errors.h"
#include "tidemill/simulation/simulator.h"

namespace tidemill {
namespace {

std::string Poisoned(PoisonKind kind) {
  const PoisonTargets targets = {.number_field = "n",
                                 .strict_field = "t",
                                 .bad_value = "1.5",
                                 .bad_value_reason = Reason::kNotAnInteger};
  std::string event = R"({"id":"a","n":2.5,"t":7})";
  Poison(kind, targets, event);
  return event;
}

TEST(PoisonTest, BreaksAnEventInEveryWay) {
  EXPECT_EQ(Poisoned(PoisonKind::kNotJson), R"(<event>"id":"a"</event>)");
  EXPECT_EQ(Poisoned(PoisonKind::kTruncated), R"({"id":"a","n)");
  EXPECT_EQ(Poisoned(PoisonKind::kWrongType), R"({"id":"a","n":"many","t":7})");
  EXPECT_EQ(Poisoned(PoisonKind::kDuplicateKey),
            R"({"id":"a","n":2.5,"t":7,"id":"a"})");
  EXPECT_EQ(Poisoned(PoisonKind::kInvalidUtf8),
            "{\"id\":\"\xC3\x28\xFF\",\"n\":2.5,\"t\":7}");
  EXPECT_EQ(Poisoned(PoisonKind::kNonFinite), R"({"id":"a","n":1e999,"t":7})");
  EXPECT_EQ(Poisoned(PoisonKind::kMissingId), R"({"n":2.5,"t":7})");
  EXPECT_EQ(Poisoned(PoisonKind::kNullId), R"({"id":null,"n":2.5,"t":7})");
  EXPECT_EQ(Poisoned(PoisonKind::kEmpty), "");
  EXPECT_EQ(Poisoned(PoisonKind::kArray), R"([{"id":"a","n":2.5,"t":7}])");
  EXPECT_EQ(Poisoned(PoisonKind::kBadValue), R"({"id":"a","n":2.5,"t":1.5})");
  EXPECT_EQ(Poisoned(PoisonKind::kNoValue), "");
  const std::string deep = Poisoned(PoisonKind::kTooDeep);
  EXPECT_EQ(std::ranges::count(deep, '['), kPoisonDepth);
  EXPECT_EQ(std::ranges::count(deep, ']'), kPoisonDepth);
}

TEST(PoisonTest, AddsAFieldThatWasLeftOut) {
  std::string event = R"({"id":"a"})";
  Poison(PoisonKind::kWrongType, {.number_field = "n"}, event);
  EXPECT_EQ(event, R"({"id":"a","n":"many"})");
}

TEST(PoisonTest, StrikesTheShareAskedForWithEveryKindInTurn) {
  SimulatorOptions options;
  options.poison_rate = 0.05;
  for (const std::string_view service : SimulatedServices()) {
    const auto simulator = MakeSimulator(service, options);
    int poisoned = 0;
    for (int i = 0; i < 10'000; ++i) {
      const SimulatedEvent& event = simulator->Next();
      EXPECT_EQ(event.poison.has_value(), event.expected_reason.has_value());
      EXPECT_EQ(event.poison.has_value(), event.truth.empty());
      EXPECT_FALSE(event.key.empty());
      EXPECT_EQ(event.value.find('\n'), std::string::npos);
      if (!event.poison) continue;
      EXPECT_EQ(static_cast<int>(*event.poison), poisoned % kNumPoisonKinds);
      EXPECT_EQ(event.labelled, event.value);
      EXPECT_EQ(event.has_value(), event.poison != PoisonKind::kNoValue);
      ++poisoned;
    }
    EXPECT_NEAR(poisoned, 500, 70);
  }
}

TEST(PoisonTest, LeavesTheOtherEventsAsTheyWere) {
  SimulatorOptions options;
  options.poison_rate = 0.3;
  const auto sound = MakeSimulator("taxi", {});
  const auto poisoned = MakeSimulator("taxi", options);
  for (int i = 0; i < 200; ++i) {
    const SimulatedEvent& expected = sound->Next();
    const SimulatedEvent& event = poisoned->Next();
    EXPECT_EQ(event.key, expected.key);
    if (!event.poison) {
      EXPECT_EQ(event.labelled, expected.labelled);
    }
  }
}

TEST(PoisonTest, ExpectsManyReasons) {
  std::set<Reason> reasons;
  std::set<std::string_view> names;
  for (int i = 0; i < kNumPoisonKinds; ++i) {
    const auto kind = static_cast<PoisonKind>(i);
    reasons.insert(
        ExpectedReason(kind, {.bad_value_reason = Reason::kInvalidTimestamp}));
    names.insert(ToText(kind));
  }
  EXPECT_EQ(reasons.size(), 10u);
  EXPECT_EQ(names.size(), static_cast<std::size_t>(kNumPoisonKinds));
}

TEST(PoisonTest, RefusesAShareThatIsNone) {
  for (const double rate : {-0.1, 1.1, std::nan("")}) {
    SimulatorOptions options;
    options.poison_rate = rate;
    EXPECT_THROW(MakeSimulator("churn", options), UsageError);
  }
}

}  // namespace
}  // namespace tidemill
