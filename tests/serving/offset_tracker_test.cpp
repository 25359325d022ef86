#include "tidemill/serving/offset_tracker.h"

#include <gtest/gtest.h>

namespace tidemill {
namespace {

const TopicPartition kFirst = {"in", 0};
const TopicPartition kSecond = {"in", 1};

TEST(OffsetTrackerTest, TheFrontierWaitsForTheOldestOffset) {
  OffsetTracker tracker;
  const auto handle = tracker.Partition(kFirst, 10);
  const auto a = tracker.Begin(handle, 10);
  const auto b = tracker.Begin(handle, 11);
  tracker.Finish(b);
  EXPECT_EQ(tracker.Frontiers(), (std::vector<Position>{{kFirst, 10}}));
  tracker.Finish(a);
  EXPECT_EQ(tracker.Frontiers(), (std::vector<Position>{{kFirst, 12}}));
}

TEST(OffsetTrackerTest, OffsetsMayHaveGaps) {
  OffsetTracker tracker;
  const auto handle = tracker.Partition(kFirst, 5);
  tracker.Finish(tracker.Begin(handle, 5));
  tracker.Finish(tracker.Begin(handle, 9));
  EXPECT_EQ(tracker.Frontiers(), (std::vector<Position>{{kFirst, 10}}));
}

TEST(OffsetTrackerTest, WhatIsCommittedIsNotOfferedAgain) {
  OffsetTracker tracker;
  tracker.Finish(tracker.Begin(tracker.Partition(kFirst, 0), 0));
  const std::vector<Position> positions = tracker.Uncommitted();
  EXPECT_EQ(positions, (std::vector<Position>{{kFirst, 1}}));
  tracker.MarkCommitted(positions);
  EXPECT_TRUE(tracker.Uncommitted().empty());
}

TEST(OffsetTrackerTest, AReportForAForgottenPartitionIsIgnored) {
  OffsetTracker tracker;
  const auto gone = tracker.Begin(tracker.Partition(kFirst, 0), 0);
  const auto kept = tracker.Begin(tracker.Partition(kSecond, 7), 7);
  tracker.Forget(kFirst);
  EXPECT_FALSE(tracker.Finish(gone));
  EXPECT_EQ(tracker.in_flight(), 1U);
  EXPECT_TRUE(tracker.Finish(kept));
  EXPECT_EQ(tracker.Frontiers(), (std::vector<Position>{{kSecond, 8}}));
  EXPECT_EQ(tracker.size(), 0U);
}

TEST(OffsetTrackerTest, ARewindRemembersWhatWasDoneBeyondTheFrontier) {
  OffsetTracker tracker;
  const auto handle = tracker.Partition(kFirst, 0);
  const auto lost = tracker.Begin(handle, 0);
  tracker.Finish(tracker.Begin(handle, 1));
  tracker.Rewind();
  EXPECT_EQ(tracker.Frontiers(), (std::vector<Position>{{kFirst, 0}}));
  EXPECT_FALSE(tracker.Finish(lost));
  EXPECT_FALSE(OffsetTracker::TakeDone(handle, 0));
  EXPECT_TRUE(OffsetTracker::TakeDone(handle, 1));
  EXPECT_FALSE(OffsetTracker::TakeDone(handle, 1));
}

TEST(OffsetTrackerTest, KeepsItsOrderWhenItGrows) {
  OffsetTracker tracker;
  const auto handle = tracker.Partition(kFirst, 0);
  std::vector<std::uint64_t> tokens;
  for (std::int64_t offset = 0; offset < 5000; ++offset) {
    tokens.push_back(tracker.Begin(handle, offset));
    // Finishing the first few moves the ring's start off zero.
    if (offset == 500) {
      for (int i = 0; i < 300; ++i) tracker.Finish(tokens[i]);
    }
  }
  for (std::size_t i = tokens.size(); i > 301; --i) {
    tracker.Finish(tokens[i - 1]);
  }
  EXPECT_EQ(tracker.Frontiers(), (std::vector<Position>{{kFirst, 300}}));
  tracker.Finish(tokens[300]);
  EXPECT_EQ(tracker.Frontiers(), (std::vector<Position>{{kFirst, 5000}}));
}

}  // namespace
}  // namespace tidemill
