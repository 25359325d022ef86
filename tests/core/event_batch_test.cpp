#include "tidemill/core/event_batch.h"

#include <cmath>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tidemill {
namespace {

Field Of(FieldType type) {
  Field field;
  field.name = ToText(type);
  field.type = type;
  return field;
}

void AppendNumber(EventBatch& batch, double number) {
  const std::size_t row = batch.AppendRow();
  batch.numbers(0)[row] = number;
}

/// A field of every type, in the order of FieldType.
Schema EveryType() {
  std::vector<Field> fields;
  for (int i = 0; i < kNumFieldTypes; ++i) {
    fields.push_back(Of(static_cast<FieldType>(i)));
  }
  return Schema(std::move(fields), "text", "");
}

TEST(EventBatchTest, AnAppendedRowIsMissingInEveryColumn) {
  EventBatch batch(EveryType());
  ASSERT_EQ(batch.AppendRow(), 0U);
  EXPECT_TRUE(std::isnan(batch.numbers(0)[0]));
  EXPECT_TRUE(std::isnan(batch.numbers(1)[0]));
  EXPECT_TRUE(std::isnan(batch.numbers(2)[0]));
  EXPECT_EQ(batch.codes(3)[0], kMissingCode);
  EXPECT_EQ(batch.texts(4)[0].data(), nullptr);
  EXPECT_TRUE(batch.timestamps(5)[0].missing());
  EXPECT_EQ(batch.event_ids()[0].data(), nullptr);
}

TEST(EventBatchTest, ARowIsMissingAgainAfterClear) {
  EventBatch batch(EveryType());
  batch.AppendRow();
  batch.numbers(0)[0] = 1.0;
  batch.texts(4)[0] = "x";
  batch.Clear();
  EXPECT_EQ(batch.num_rows(), 0U);
  batch.AppendRow();
  EXPECT_TRUE(std::isnan(batch.numbers(0)[0]));
  EXPECT_EQ(batch.texts(4)[0].data(), nullptr);
}

TEST(EventBatchTest, ColumnsAreAsLongAsTheBatch) {
  EventBatch batch(EveryType());
  for (int i = 0; i < 200; ++i) batch.AppendRow();
  EXPECT_EQ(batch.num_rows(), 200U);
  EXPECT_EQ(batch.numbers(0).size(), 200U);
  EXPECT_EQ(batch.event_ids().size(), 200U);
}

TEST(EventBatchTest, ValuesStayWhenItGrows) {
  EventBatch batch(EveryType());
  for (int i = 0; i < 1000; ++i) AppendNumber(batch, i);
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(batch.numbers(0)[i], i);
}

TEST(EventBatchTest, DropLastRowTakesBackTheLastOne) {
  EventBatch batch(EveryType());
  AppendNumber(batch, 1.0);
  AppendNumber(batch, 2.0);
  batch.DropLastRow();
  ASSERT_EQ(batch.num_rows(), 1U);
  EXPECT_EQ(batch.numbers(0)[0], 1.0);
  EXPECT_EQ(batch.AppendRow(), 1U);
  EXPECT_TRUE(std::isnan(batch.numbers(0)[1]));
}

TEST(EventBatchTest, ResetTakesTheColumnsOfAnotherSchema) {
  EventBatch batch(EveryType());
  batch.AppendRow();
  batch.Reset(Schema({Of(FieldType::kCategory)}, "", ""));
  EXPECT_EQ(batch.num_fields(), 1U);
  EXPECT_EQ(batch.num_rows(), 0U);
  batch.AppendRow();
  EXPECT_EQ(batch.codes(0)[0], kMissingCode);
}

TEST(EventBatchTest, AKeptTextIsACopy) {
  EventBatch batch(EveryType());
  std::string text = "abc";
  const std::string_view kept = batch.Keep(text);
  text = "xyz";
  EXPECT_EQ(kept, "abc");
}

TEST(EventBatchTest, AKeptEmptyTextIsNotAMissingOne) {
  EventBatch batch(EveryType());
  EXPECT_NE(batch.Keep("").data(), nullptr);
  EXPECT_NE(batch.Keep({}).data(), nullptr);
}

TEST(EventBatchTest, KeptTextsStayWhileMoreAreKept) {
  EventBatch batch(EveryType());
  std::vector<std::string_view> kept;
  const auto text_of = [](std::size_t i) {
    return std::string(1 + i * 37 % 5000, static_cast<char>('a' + i % 26));
  };
  for (std::size_t i = 0; i < 1000; ++i) kept.push_back(batch.Keep(text_of(i)));
  kept.push_back(batch.Keep(std::string(1'000'000, '!')));
  for (std::size_t i = 0; i < 1000; ++i) ASSERT_EQ(kept[i], text_of(i));
  EXPECT_EQ(kept.back(), std::string(1'000'000, '!'));
}

TEST(EventBatchTest, TextsThatGrowFromBatchToBatchDoNotPileUpMemory) {
  EventBatch batch(EveryType());
  for (std::size_t size = 100'000; size < 200'000; size += 500) {
    batch.Clear();
    batch.Keep(std::string(size, 'x'));
  }
  EXPECT_LE(batch.text_capacity(), 4U * 200'000U);
}

TEST(EventBatchTest, ReusesItsTextMemoryOnceWarm) {
  EventBatch batch(EveryType());
  const auto fill = [&] {
    batch.Clear();
    for (int i = 0; i < 20; ++i) batch.Keep(std::string(10'000, 'x'));
    return batch.text_capacity();
  };
  fill();
  const std::size_t warm = fill();
  for (int i = 0; i < 10; ++i) EXPECT_EQ(fill(), warm);
}

}  // namespace
}  // namespace tidemill
