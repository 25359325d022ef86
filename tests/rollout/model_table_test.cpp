#include "tidemill/rollout/model_table.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace tidemill {
namespace {

/// A set whose parts tell whether it is whole: freed memory would not.
ModelSetPtr Set(std::uint64_t sequence) {
  auto models = std::make_shared<ModelSet>();
  models->sequence = sequence;
  models->canaries.push_back({.served = {},
                              .share = CanaryShare(10.0, "salt"),
                              .by = std::to_string(sequence)});
  return models;
}

bool IsWhole(const ModelSet& models) {
  return models.canaries.size() == 1 &&
         models.canaries[0].by == std::to_string(models.sequence);
}

TEST(ModelTableTest, ReadsNothingBeforeTheFirstSet) {
  const ModelTable table;
  ModelTable::Reader reader(table);
  EXPECT_EQ(reader.Read(), nullptr);
  EXPECT_EQ(table.current(), nullptr);
}

TEST(ModelTableTest, ReadsTheSetThatWasSetLast) {
  ModelTable table;
  ModelTable::Reader reader(table);
  const ModelSetPtr first = Set(1);
  const ModelSetPtr second = Set(2);
  table.Set(first);
  EXPECT_EQ(reader.Read(), first.get());
  EXPECT_EQ(reader.Read(), first.get());
  table.Set(second);
  EXPECT_EQ(reader.Read(), second.get());
  EXPECT_EQ(table.current(), second);
}

TEST(ModelTableTest, KeepsAnOldSetUntilItsReaderReadsAgain) {
  ModelTable table;
  ModelTable::Reader reader(table);
  table.Set(Set(1));
  const std::weak_ptr<const ModelSet> old = table.current();
  ASSERT_EQ(reader.Read()->sequence, 1U);
  table.Set(Set(2));
  EXPECT_EQ(table.Collect(), 1U);
  EXPECT_FALSE(old.expired());
  ASSERT_EQ(reader.Read()->sequence, 2U);
  EXPECT_EQ(table.Collect(), 0U);
  EXPECT_TRUE(old.expired());
}

TEST(ModelTableTest, KeepsAnOldSetAsLongAsOneOfTwoReadersUsesIt) {
  ModelTable table;
  ModelTable::Reader quick(table);
  ModelTable::Reader slow(table);
  table.Set(Set(1));
  quick.Read();
  slow.Read();
  table.Set(Set(2));
  quick.Read();
  EXPECT_EQ(table.Collect(), 1U);
  slow.Read();
  EXPECT_EQ(table.Collect(), 0U);
}

TEST(ModelTableTest, NeverFreesTheSetInUse) {
  ModelTable table;
  table.Set(Set(1));
  const std::weak_ptr<const ModelSet> models = table.current();
  EXPECT_EQ(table.Collect(), 0U);
  EXPECT_FALSE(models.expired());
}

TEST(ModelTableTest, ASetMayComeBack) {
  ModelTable table;
  ModelTable::Reader reader(table);
  const ModelSet* raw = nullptr;
  {
    const ModelSetPtr first = Set(1);
    raw = first.get();
    table.Set(first);
    table.Set(Set(2));
    table.Set(first);
  }
  EXPECT_EQ(table.Collect(), 0U);
  ASSERT_EQ(reader.Read(), raw);
  EXPECT_TRUE(IsWhole(*raw));
}

TEST(ModelTableTest, AReaderThatIsGoneUsesNothing) {
  ModelTable table;
  table.Set(Set(1));
  {
    ModelTable::Reader reader(table);
    reader.Read();
    table.Set(Set(2));
    ASSERT_EQ(table.Collect(), 1U);
  }
  EXPECT_EQ(table.Collect(), 0U);
}

TEST(ModelTableTest, TakesAsManyReadersAsItSaysAndTheirPlacesAgain) {
  const ModelTable table;
  std::vector<std::unique_ptr<ModelTable::Reader>> readers;
  for (std::size_t i = 0; i < ModelTable::kMaxReaders; ++i) {
    readers.push_back(std::make_unique<ModelTable::Reader>(table));
  }
  EXPECT_THROW(ModelTable::Reader{table}, std::length_error);
  readers.erase(readers.begin() + 500);
  EXPECT_NO_THROW(ModelTable::Reader{table});
}

TEST(ModelTableTest, EverySetReadIsAliveAndNewerWhileTenThousandAreSet) {
  constexpr std::uint64_t kSets = 10'000;
  ModelTable table;
  table.Set(Set(1));
  std::atomic<bool> stop{false};
  std::atomic<int> ready{0};
  std::atomic<int> broken{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < 4; ++i) {
    readers.emplace_back([&] {
      ModelTable::Reader reader(table);
      std::uint64_t last = 0;
      ready.fetch_add(1);
      while (!stop.load()) {
        const ModelSet* models = reader.Read();
        if (!IsWhole(*models) || models->sequence < last) broken.fetch_add(1);
        last = models->sequence;
      }
      if (reader.Read()->sequence != kSets) broken.fetch_add(1);
    });
  }
  while (ready.load() < 4) std::this_thread::yield();
  std::size_t most_retired = 0;
  for (std::uint64_t sequence = 2; sequence <= kSets; ++sequence) {
    table.Set(Set(sequence));
    most_retired = std::max(most_retired, table.Collect());
  }
  stop.store(true);
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(broken.load(), 0);
  EXPECT_EQ(table.Collect(), 0U);
  EXPECT_LE(most_retired, 4U);  // one per reader
}

TEST(ModelTableTest, ReadersMayComeAndGoWhileSetsAreSet) {
  ModelTable table;
  table.Set(Set(1));
  std::atomic<bool> stop{false};
  std::atomic<int> ready{0};
  std::atomic<int> broken{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < 2; ++i) {
    readers.emplace_back([&] {
      ready.fetch_add(1);
      while (!stop.load()) {
        ModelTable::Reader reader(table);
        if (!IsWhole(*reader.Read())) broken.fetch_add(1);
      }
    });
  }
  while (ready.load() < 2) std::this_thread::yield();
  for (std::uint64_t sequence = 2; sequence <= 2000; ++sequence) {
    table.Set(Set(sequence));
    table.Collect();
  }
  stop.store(true);
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(broken.load(), 0);
  EXPECT_EQ(table.Collect(), 0U);
}

}  // namespace
}  // namespace tidemill
