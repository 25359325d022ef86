#include "tidemill/telemetry/drift_window.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tidemill {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::nanoseconds;
using std::chrono::seconds;
using testing::ElementsAre;

constexpr std::size_t kSlots = 3;

/// A window beside everything that it was ever told.
class Recorded {
 public:
  explicit Recorded(DriftWindowSize size)
      : size_(size), window_(size, kSlots, SteadyTime{}) {
    past_.push_back({.time = SteadyTime{}, .totals = {0, 0, 0}});
  }

  /// `step` later, `counts` more in each slot; then checks all that must hold.
  void Step(nanoseconds step, const std::vector<std::uint64_t>& counts) {
    Past now = past_.back();
    now.time += step;
    for (std::size_t i = 0; i < kSlots; ++i) {
      now.totals[i] += counts[i];
      now.events += counts[i];
    }
    past_.push_back(now);
    window_.Update(now.time, now.events, now.totals);
    Check();
  }

  const DriftWindow& window() const { return window_; }

 private:
  struct Past {
    SteadyTime time;
    std::uint64_t events = 0;
    std::vector<std::uint64_t> totals;
  };

  void Check() const {
    const Past& now = past_.back();
    ASSERT_LE(window_.num_subtotals(), 34U);

    const SteadyTime begin = now.time - window_.length();
    const auto first = std::ranges::find(past_, begin, &Past::time);
    ASSERT_NE(first, past_.end()) << "begins where nothing was read";
    std::vector<std::uint64_t> counts;
    for (std::size_t i = 0; i < kSlots; ++i) {
      counts.push_back(now.totals[i] - first->totals[i]);
    }
    ASSERT_EQ(window_.counts(), counts);
    ASSERT_EQ(window_.events(), now.events - first->events);

    const bool reached =
        window_.length() >= size_.time && window_.events() >= size_.events;
    ASSERT_TRUE(reached || first == past_.begin())
        << "lets go of what it needs: " << window_.length().count() << " ns, "
        << window_.events() << " events";
  }

  DriftWindowSize size_;
  DriftWindow window_;
  std::vector<Past> past_;
};

TEST(DriftWindowTest, BeginsEmpty) {
  const DriftWindow window({}, 2, SteadyTime{});
  EXPECT_THAT(window.counts(), ElementsAre(0, 0));
  EXPECT_EQ(window.events(), 0U);
  EXPECT_EQ(window.length(), nanoseconds(0));
}

TEST(DriftWindowTest, HoldsExactlyTheLastOfAnEvenStream) {
  DriftWindow window({.time = seconds(32), .events = 32}, 2, SteadyTime{});
  for (std::uint64_t t = 1; t <= 100; ++t) {
    window.Update(SteadyTime(seconds(t)), t, std::vector{t, 2 * t});
  }
  EXPECT_THAT(window.counts(), ElementsAre(32, 64));
  EXPECT_EQ(window.events(), 32U);
  EXPECT_EQ(window.length(), seconds(32));
}

TEST(DriftWindowTest, ForgetsWhatLiesBeforeIt) {
  Recorded stream({.time = minutes(10), .events = 6'000});
  for (int s = 0; s < 1'000; ++s) stream.Step(seconds(1), {10, 0, 0});
  for (int s = 0; s < 640; ++s) stream.Step(seconds(1), {0, 10, 0});
  EXPECT_EQ(stream.window().counts()[0], 0U);
  EXPECT_EQ(stream.window().counts()[1], stream.window().events());
}

TEST(DriftWindowTest, ASlowStreamsWindowIsBoundByEvents) {
  Recorded stream({.time = minutes(10), .events = 50'000});
  for (int s = 0; s < 40'000; ++s) {
    stream.Step(seconds(1), {1, 2, 0});
    if (stream.window().length() < seconds(16'667)) continue;
    ASSERT_LE(stream.window().events(), 50'000 * 17 / 16);
  }
  EXPECT_GE(stream.window().events(), 50'000U);
}

TEST(DriftWindowTest, AFastStreamsWindowIsBoundByTime) {
  Recorded stream({.time = minutes(10), .events = 50'000});
  for (int s = 0; s < 5'000; ++s) {
    stream.Step(seconds(1), {40'000, 2, 0});
    ASSERT_LE(stream.window().length(), seconds(638));
  }
  EXPECT_GE(stream.window().length(), minutes(10));
}

TEST(DriftWindowTest, KeepsTheLastEventsThroughIdleHours) {
  Recorded stream({.time = minutes(10), .events = 5'000});
  for (int s = 0; s < 3'600; ++s) stream.Step(seconds(1), {10, 0, 0});
  const std::uint64_t before = stream.window().events();
  for (int s = 0; s < 5 * 3'600; ++s) stream.Step(seconds(1), {0, 0, 0});
  EXPECT_GE(stream.window().events(), 5'000U);
  EXPECT_LE(stream.window().events(), before);
  EXPECT_GE(stream.window().length(), hours(5));
  // What comes then pushes the old ones out.
  for (int s = 0; s < 700; ++s) stream.Step(seconds(1), {0, 10, 0});
  EXPECT_EQ(stream.window().counts()[0], 0U);
}

TEST(DriftWindowTest, AClockThatJumpsADayKeepsTheEvents) {
  Recorded stream({.time = minutes(10), .events = 5'000});
  for (int s = 0; s < 1'000; ++s) stream.Step(seconds(1), {10, 0, 0});
  stream.Step(hours(24), {10, 0, 0});
  EXPECT_GE(stream.window().events(), 5'000U);
  for (int s = 0; s < 1'000; ++s) {
    stream.Step(seconds(1), {0, 10, 0});
    ASSERT_GE(stream.window().events(), 5'000U);
  }
  EXPECT_LE(stream.window().length(), seconds(638));
}

TEST(DriftWindowTest, AnUpdateThatIsLateLosesNothing) {
  Recorded stream({.time = seconds(1), .events = 1});
  for (int i = 0; i < 100; ++i) {
    stream.Step(seconds(7), {3, 2, 1});
    ASSERT_EQ(stream.window().length(), seconds(7));
    ASSERT_EQ(stream.window().events(), 6U);
  }
}

/// Steps and counts as unlike as streams can make them.
void RunAnyStream(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto below = [&](std::uint64_t limit) { return random() % limit; };
  const auto power = [&](std::uint64_t most) {
    return std::uint64_t{1} << below(most);
  };
  Recorded stream({.time = milliseconds(power(22)), .events = power(17)});
  std::uint64_t rate = 0;
  milliseconds step(1);
  for (int i = 0; i < 2'000; ++i) {
    if (below(100) == 0) rate = below(3) == 0 ? 0 : power(20);
    if (below(200) == 0) step = milliseconds(power(14));
    const bool jumps = below(1'000) == 0;
    stream.Step(jumps ? milliseconds(hours(24)) : step,
                {below(rate + 1), below(rate + 1), below(2)});
    if (testing::Test::HasFatalFailure()) return;
  }
}

TEST(DriftWindowTest, HoldsForAnyStream) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RunAnyStream(seed);
    if (HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace tidemill
