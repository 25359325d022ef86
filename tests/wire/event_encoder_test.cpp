#include "tidemill/wire/event_encoder.h"

#include <cstring>
#include <string>

#include <gtest/gtest.h>

#include "tidemill/core/random.h"
#include "tidemill/wire/event_decoder.h"
#include "wire/event_fields.h"

namespace tidemill {
namespace {

/// What the first row is encoded to after decoding `json`.
std::string Reencoded(std::string_view json) {
  const Schema schema = EventSchema();
  EventDecoder decoder;
  EventBatch batch(schema);
  EXPECT_FALSE(decoder.Decode(schema, json, batch)) << json;
  std::string out;
  AppendEvent(schema, batch, 0, out);
  return out;
}

TEST(EventEncoderTest, WritesEveryTypeInTheSchemasOrder) {
  EXPECT_EQ(Reencoded(R"({"at":"2026-01-02T03:04:05Z","active":false,)"
                      R"("contract":"yearly","charges":1.50,"tenure":2.0,)"
                      R"("id":"a\u0022"})"),
            R"({"id":"a\"","tenure":2,"charges":1.5,"contract":"yearly",)"
            R"("active":false,"at":"2026-01-02T03:04:05.000000Z"})");
}

TEST(EventEncoderTest, LeavesMissingFieldsOut) {
  EXPECT_EQ(Reencoded(R"({"id":"","charges":null})"), R"({"id":""})");
}

TEST(EventEncoderTest, KeepsTheClockAsWritten) {
  EXPECT_EQ(Reencoded(R"({"id":"a","at":"2026-01-02T03:04:05-09:30"})"),
            R"({"id":"a","at":"2026-01-02T03:04:05.000000-09:30"})");
}

TEST(EventEncoderTest, AnUnseenCategoryStaysUnseen) {
  EXPECT_EQ(Reencoded(R"({"id":"a","contract":"weekly"})"),
            "{\"id\":\"a\",\"contract\":\"\xEF\xBF\xBD\"}");
}

bool SameBits(double a, double b) {
  return std::memcmp(&a, &b, sizeof(a)) == 0;
}

TEST(EventEncoderTest, WhatItWritesDecodesToTheSameRow) {
  const Schema schema = EventSchema();
  EventDecoder decoder;
  EventBatch batch(schema);
  EventBatch again(schema);
  Random random(5);
  for (int i = 0; i < 5'000; ++i) {
    batch.Clear();
    again.Clear();
    batch.AppendRow();
    const std::string id(random.Below(9), static_cast<char>(random.Below(128)));
    batch.texts(kId)[0] = id;
    if (random.Below(4) != 0) {
      batch.numbers(kTenure)[0] = static_cast<double>(random.Below(1U << 20U));
    }
    if (random.Below(4) != 0) {
      batch.numbers(kCharges)[0] = (random.Uniform() - 0.5) * 1e6;
    }
    batch.codes(kContract)[0] = static_cast<std::int32_t>(random.Below(5)) - 2;
    if (random.Below(4) != 0) {
      batch.numbers(kActive)[0] = static_cast<double>(random.Below(2));
    }
    if (random.Below(4) != 0) {
      batch.timestamps(kAt)[0] = {
          .utc_us = static_cast<std::int64_t>(random.Below(1ULL << 51U)),
          .offset_s =
              (static_cast<std::int32_t>(random.Below(2879)) - 1439) * 60};
    }
    std::string json;
    AppendEvent(schema, batch, 0, json);
    const auto error = decoder.Decode(schema, json, again);
    ASSERT_FALSE(error) << json << error->detail;
    ASSERT_EQ(again.texts(kId)[0], id) << json;
    for (const std::size_t field : {kTenure, kCharges, kActive}) {
      ASSERT_TRUE(SameBits(again.numbers(field)[0], batch.numbers(field)[0]))
          << json;
    }
    ASSERT_EQ(again.codes(kContract)[0], batch.codes(kContract)[0]) << json;
    ASSERT_EQ(again.timestamps(kAt)[0], batch.timestamps(kAt)[0]) << json;
  }
}

}  // namespace
}  // namespace tidemill
