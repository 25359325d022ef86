#include "producers/registry_guardrails.h"

#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tidemill/core/errors.h"

namespace tidemill {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

/// Defaults but for what `change` sets.
Guardrails With(const std::function<void(Guardrails&)>& change) {
  Guardrails guardrails;
  change(guardrails);
  return guardrails;
}

std::optional<Guardrails> Applied(const std::vector<std::string>& changes,
                                  std::optional<Guardrails> guardrails = {}) {
  ApplyGuardrails(changes, guardrails);
  return guardrails;
}

TEST(ApplyGuardrailsTest, NoChangeKeepsNone) {
  EXPECT_EQ(Applied({}), std::nullopt);
}

TEST(ApplyGuardrailsTest, TheFirstOneBringsTheDefaultsOfTheOthers) {
  Guardrails expected;
  expected.max_p99_ms = 20.0;
  EXPECT_EQ(Applied({"max_p99_ms=20"}), expected);
}

TEST(ApplyGuardrailsTest, WhatIsNotNamedStays) {
  Guardrails before;
  before.max_error_ratio = 0.01;
  before.min_events = 7;
  Guardrails expected = before;
  expected.probation = std::chrono::seconds(30);
  EXPECT_EQ(Applied({"probation_seconds=30"}, before), expected);
}

TEST(ApplyGuardrailsTest, EveryNameIsKnown) {
  const auto all =
      Applied({"max_error_ratio=0.01", "max_p99_ms=20.5", "max_score_psi=0.2",
               "max_missing_ratio=0.3", "min_events=5", "probation_events=6",
               "probation_seconds=7", "auto=none"});
  EXPECT_EQ(all, (Guardrails{.max_error_ratio = 0.01,
                             .max_p99_ms = 20.5,
                             .max_score_psi = 0.2,
                             .max_missing_ratio = 0.3,
                             .min_events = 5,
                             .probation_events = 6,
                             .probation = std::chrono::seconds(7),
                             .rolls_back = false}));
}

TEST(ApplyGuardrailsTest, TheTextsOfGuardrailsMakeThemAgain) {
  const Guardrails guardrails = With([](Guardrails& g) {
    g.max_score_psi = 0.25;
    g.min_events = 12;
    g.probation_events = 34;
    g.probation = std::chrono::seconds(56);
    g.rolls_back = false;
  });
  EXPECT_EQ(Applied(GuardrailTexts(guardrails)), guardrails);
}

TEST(ApplyGuardrailsTest, NoneRemovesAll) {
  EXPECT_EQ(Applied({"none"}, Guardrails{}), std::nullopt);
}

TEST(ApplyGuardrailsTest, WhatFollowsNoneIsAllThereIs) {
  const Guardrails before = With([](Guardrails& g) {
    g.max_error_ratio = 0.01;
    g.min_events = 7;
  });
  EXPECT_EQ(Applied({"none", "max_p99_ms=5"}, before),
            With([](Guardrails& g) { g.max_p99_ms = 5.0; }));
}

TEST(ApplyGuardrailsTest, NoneAsAValueLiftsALimit) {
  const Guardrails before = With([](Guardrails& g) {
    g.max_error_ratio = 0.01;
    g.max_p99_ms = 5.0;
  });
  EXPECT_EQ(Applied({"max_error_ratio=none"}, before),
            With([](Guardrails& g) { g.max_p99_ms = 5.0; }));
}

TEST(ApplyGuardrailsTest, AnUnknownNameIsRefusedWithTheNearest) {
  EXPECT_THAT([] { Applied({"max_p9_ms=5"}); },
              ThrowsMessage<UsageError>(HasSubstr("'max_p99_ms'")));
}

class RefusedGuardrailTest : public testing::TestWithParam<const char*> {};

TEST_P(RefusedGuardrailTest, NamesWhatWasFound) {
  EXPECT_THAT([] { Applied({GetParam()}); },
              ThrowsMessage<UsageError>(HasSubstr("--guardrail")));
}

INSTANTIATE_TEST_SUITE_P(
    All, RefusedGuardrailTest,
    testing::Values("max_p99_ms", "max_p99_ms=", "max_p99_ms=nan",
                    "max_p99_ms=inf", "max_p99_ms=-1", "max_p99_ms=20ms",
                    "max_error_ratio=1.1", "min_events=0", "min_events=1.5",
                    "min_events=-3", "min_events=none",
                    "probation_seconds=1000000001", "auto=maybe", "=3", ""));

}  // namespace
}  // namespace tidemill
