#include "tidemill/serving/shadow_queue.h"

#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace tidemill {
namespace {

using std::chrono::milliseconds;

/// One event of a batch, its bytes in literals.
struct Sample {
  Sample() {
    record.topic = "in";
    record.key = "k";
    record.value = "v";
    scored.score = 0.5;
  }
  Record record;
  ScoredEvent scored;
};

ShadowBlock::Size SizeOf(const std::vector<Sample>& batch) {
  ShadowBlock::Size size;
  for (const Sample& event : batch) size.Add(event.record, event.scored);
  return size;
}

std::unique_ptr<ShadowBlock> Filled(ShadowQueue& queue,
                                    const std::vector<Sample>& batch) {
  std::unique_ptr<ShadowBlock> block = queue.Begin(SizeOf(batch));
  if (block == nullptr) return nullptr;
  for (const Sample& event : batch) {
    block->Add(event.record, event.scored, Variant::kChampion);
  }
  return block;
}

bool Push(ShadowQueue& queue, const std::vector<Sample>& batch) {
  std::unique_ptr<ShadowBlock> block = Filled(queue, batch);
  return block != nullptr && queue.Push(std::move(block));
}

std::vector<Sample> BatchOf(std::size_t events) {
  return std::vector<Sample>(events);
}

TEST(ShadowQueueTest, AnEventComesOutAsACopy) {
  ShadowQueue queue;
  {
    std::string topic = "events";
    std::string key = "key";
    std::string value = "value";
    std::string trace = "00-1";
    std::string label = "Yes";
    const std::vector<Header> headers = {{"other", "x"},
                                         {"traceparent", trace}};
    Sample event;
    event.record = {.topic = topic,
                    .partition = 3,
                    .offset = 17,
                    .timestamp_ms = 5,
                    .key = key,
                    .value = value,
                    .headers = headers};
    event.scored.label = label;
    std::unique_ptr<ShadowBlock> block = queue.Begin(SizeOf({event}));
    block->Add(event.record, event.scored, Variant::kCanary);
    queue.Push(std::move(block));
    for (std::string* text : {&topic, &key, &value, &trace, &label}) {
      text->assign(text->size(), '?');
    }
  }
  const std::unique_ptr<ShadowBlock> block = queue.Take(milliseconds(0));
  ASSERT_NE(block, nullptr);
  ASSERT_EQ(block->events().size(), 1U);
  const ShadowBlock::Event& event = block->events()[0];
  EXPECT_EQ(event.record.topic, "events");
  EXPECT_EQ(event.record.partition, 3);
  EXPECT_EQ(event.record.offset, 17);
  EXPECT_EQ(event.record.timestamp_ms, 5);
  EXPECT_EQ(event.record.key, "key");
  EXPECT_EQ(event.record.value, "value");
  ASSERT_EQ(event.record.headers.size(), 1U);
  EXPECT_EQ(event.record.headers[0].name, "traceparent");
  EXPECT_EQ(event.record.headers[0].value, "00-1");
  EXPECT_FALSE(event.by_champion);
  EXPECT_EQ(event.score, 0.5);
  EXPECT_EQ(event.label, "Yes");
}

TEST(ShadowQueueTest, WhatIsAbsentStaysAbsentAndWhatIsEmptyEmpty) {
  ShadowQueue queue;
  const EventError error;
  std::vector<Sample> batch(2);
  batch[0].record.key.reset();
  batch[0].record.value.reset();
  batch[0].record.timestamp_ms.reset();
  batch[0].scored.error = &error;
  batch[1].record.key = "";
  batch[1].record.value = "";
  Push(queue, batch);
  const std::unique_ptr<ShadowBlock> block = queue.Take(milliseconds(0));
  const auto events = block->events();
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].record.key, std::nullopt);
  EXPECT_EQ(events[0].record.value, std::nullopt);
  EXPECT_EQ(events[0].record.timestamp_ms, std::nullopt);
  EXPECT_TRUE(events[0].record.headers.empty());
  EXPECT_EQ(events[0].score, std::nullopt);
  EXPECT_EQ(events[1].record.key, "");
  EXPECT_EQ(events[1].record.value, "");
  EXPECT_EQ(events[1].label, std::nullopt);
}

TEST(ShadowQueueTest, BlocksComeOutInTheirOrder) {
  ShadowQueue queue;
  for (std::size_t n = 1; n <= 5; ++n) Push(queue, BatchOf(n));
  for (std::size_t n = 1; n <= 5; ++n) {
    std::unique_ptr<ShadowBlock> block = queue.Take(milliseconds(0));
    EXPECT_EQ(block->events().size(), n);
    queue.Return(std::move(block));
  }
  EXPECT_EQ(queue.Take(milliseconds(0)), nullptr);
}

TEST(ShadowQueueTest, IsFullAtItsNumberOfBlocksUntilOneIsReturned) {
  ShadowQueue queue({.bytes = 1U << 20U, .blocks = 3});
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(Push(queue, BatchOf(1)));
  EXPECT_FALSE(Push(queue, BatchOf(1)));
  std::unique_ptr<ShadowBlock> block = queue.Take(milliseconds(0));
  // It is still in memory.
  EXPECT_FALSE(Push(queue, BatchOf(1)));
  queue.Return(std::move(block));
  EXPECT_TRUE(Push(queue, BatchOf(1)));
}

TEST(ShadowQueueTest, IsFullAtItsNumberOfBytes) {
  const std::size_t bytes = ShadowBlock().CapacityFor(SizeOf(BatchOf(10)));
  EXPECT_GT(bytes, 10 * sizeof(ShadowBlock::Event));
  ShadowQueue queue({.bytes = 3 * bytes, .blocks = 100});
  EXPECT_TRUE(Push(queue, BatchOf(10)));
  EXPECT_TRUE(Push(queue, BatchOf(10)));
  EXPECT_FALSE(Push(queue, BatchOf(11)));
  EXPECT_TRUE(Push(queue, BatchOf(10)));
  EXPECT_FALSE(Push(queue, BatchOf(1)));
}

TEST(ShadowQueueTest, ABatchThatNeverFitsIsRefused) {
  ShadowQueue queue({.bytes = 1000, .blocks = 10});
  EXPECT_EQ(queue.Begin({.events = 1, .bytes = 1001, .topic = {}}), nullptr);
  EXPECT_EQ(queue.Begin({.events = 1000, .bytes = 1, .topic = {}}), nullptr);
}

TEST(ShadowQueueTest, LargeBlocksOfThePastDoNotKeepSmallOnesOut) {
  const std::size_t bytes = ShadowBlock().CapacityFor(SizeOf(BatchOf(100)));
  ShadowQueue queue({.bytes = bytes, .blocks = 100});
  ASSERT_TRUE(Push(queue, BatchOf(100)));
  queue.Return(queue.Take(milliseconds(0)));
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(Push(queue, BatchOf(1)));
}

TEST(ShadowQueueTest, ABlockTooLargeForTheRoomLeftIsNotReused) {
  const std::size_t ten = ShadowBlock().CapacityFor(SizeOf(BatchOf(10)));
  ShadowQueue queue({.bytes = 20 * ten, .blocks = 100});
  EXPECT_TRUE(Push(queue, BatchOf(5)));
  std::vector<std::unique_ptr<ShadowBlock>> begun;
  for (int i = 0; i < 19; ++i) begun.push_back(Filled(queue, BatchOf(10)));
  queue.Return(std::move(begun[0]));
  queue.Return(std::move(begun[1]));
  EXPECT_TRUE(Push(queue, BatchOf(20)));
  // A block for ten is kept, and there is room for less than five.
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(Push(queue, BatchOf(1)));
  EXPECT_FALSE(Push(queue, BatchOf(1)));
}

TEST(ShadowQueueTest, ABlocksMemoryIsUsedAgain) {
  ShadowQueue queue;
  const ShadowBlock::Event* first = nullptr;
  // Take the place of what is given back to the heap.
  std::vector<std::vector<ShadowBlock::Event>> in_the_way;
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(Push(queue, BatchOf(100)));
    std::unique_ptr<ShadowBlock> block = queue.Take(milliseconds(0));
    if (first == nullptr) first = block->events().data();
    EXPECT_EQ(block->events().data(), first);
    queue.Return(std::move(block));
    in_the_way.emplace_back(100);
  }
}

TEST(ShadowQueueTest, AClosedQueueTakesNothingButGivesWhatItHas) {
  ShadowQueue queue;
  Push(queue, BatchOf(1));
  std::unique_ptr<ShadowBlock> begun = Filled(queue, BatchOf(1));
  queue.Close();
  EXPECT_FALSE(queue.Push(std::move(begun)));
  EXPECT_EQ(queue.Begin({}), nullptr);
  EXPECT_NE(queue.Take(milliseconds(0)), nullptr);
  EXPECT_EQ(queue.Take(milliseconds(0)), nullptr);
}

TEST(ShadowQueueTest, ManyWorkersPushWhileOneTakes) {
  constexpr std::size_t kEach = 2000;
  ShadowQueue queue({.bytes = 1U << 20U, .blocks = 8});
  std::vector<std::size_t> pushed(4, 0);
  std::vector<std::thread> workers;
  for (std::size_t& count : pushed) {
    workers.emplace_back([&queue, &count] {
      for (std::size_t i = 0; i < kEach; ++i) {
        count += Push(queue, BatchOf(3)) ? 1 : 0;
      }
    });
  }
  std::size_t taken = 0;
  std::thread closer([&] {
    for (std::thread& worker : workers) worker.join();
    queue.Close();
  });
  // A closed queue does not wait: none means that it is empty for good.
  while (std::unique_ptr<ShadowBlock> block =
             queue.Take(milliseconds(60'000))) {
    EXPECT_EQ(block->events().size(), 3U);
    ++taken;
    queue.Return(std::move(block));
  }
  closer.join();
  std::size_t all = 0;
  for (const std::size_t count : pushed) all += count;
  EXPECT_EQ(taken, all);
  EXPECT_GT(taken, 0U);
}

}  // namespace
}  // namespace tidemill
