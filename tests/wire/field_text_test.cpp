#include "tidemill/wire/field_text.h"

#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "core/allocation_counter.h"
#include "tidemill/core/random.h"

namespace tidemill {
namespace {

/// What one Find() answers; "(none)" for nothing.
std::string Found(std::string_view event, std::string_view field = "f") {
  FieldText text;
  return std::string(text.Find(event, field).value_or("(none)"));
}

TEST(FieldTextTest, TextStandsWithoutItsEscapes) {
  EXPECT_EQ(Found(R"({"a":1,"f":"x\n\"\u00fc","b":2})"), "x\n\"\xC3\xBC");
  EXPECT_EQ(Found(R"({"f":""})"), "");
}

TEST(FieldTextTest, NumbersAndTruthValuesStandAsWritten) {
  EXPECT_EQ(Found(R"({"f": 1.50 })"), "1.50");
  EXPECT_EQ(Found(R"({"f":-1E3,"b":1})"), "-1E3");
  EXPECT_EQ(Found("{\"f\":12345678901234567890123 \n}"),
            "12345678901234567890123");
  EXPECT_EQ(Found(R"({"f":true})"), "true");
  EXPECT_EQ(Found(R"({"f" : false , "b":1})"), "false");
}

TEST(FieldTextTest, WhatHasNoTextOfItsOwnIsNotFound) {
  EXPECT_EQ(Found(R"({"f":null})"), "(none)");
  EXPECT_EQ(Found(R"({"f":{"f":1}})"), "(none)");
  EXPECT_EQ(Found(R"({"f":["f"]})"), "(none)");
}

TEST(FieldTextTest, OnlyTheEventsOwnFieldsCount) {
  EXPECT_EQ(Found(R"({"a":{"f":1},"b":["f",2],"f":3})"), "3");
  EXPECT_EQ(Found(R"({"a":{"f":1}})"), "(none)");
  EXPECT_EQ(Found("{}"), "(none)");
}

TEST(FieldTextTest, AKeyIsComparedWithoutItsEscapes) {
  EXPECT_EQ(Found(R"({"a\"f":1,"\u0066":2})"), "2");
  EXPECT_EQ(Found(R"({"a\"b":5})", "a\"b"), "5");
}

TEST(FieldTextTest, WhatIsNoObjectHasNoFields) {
  for (const char* event : {"", " ", "null", "7", "\"f\"", "[\"f\",1]", "{",
                            "{\"f\"", "{\"f\":", "nonsense", "\xff\xfe"}) {
    EXPECT_EQ(Found(event), "(none)") << event;
  }
}

TEST(FieldTextTest, AShortEventAfterALongOneIsReadAlone) {
  FieldText text;
  const std::string longer = R"({"f":")" + std::string(5000, 'x') + "\"}";
  EXPECT_EQ(text.Find(longer, "f").value_or("").size(), 5000U);
  EXPECT_EQ(text.Find(R"({"f":7})", "f"), "7");
  EXPECT_EQ(text.Find(R"({"f":)", "f"), std::nullopt);
}

TEST(FieldTextTest, OnceWarmItAllocatesNothing) {
  FieldText text;
  const std::string event = R"({"a":1,"f":"some text","b":[1,2,{"c":3}]})";
  text.Find(event, "f");
  const AllocationCounter counter;
  EXPECT_EQ(text.Find(event, "f"), "some text");
  EXPECT_EQ(text.Find(event, "missing"), std::nullopt);
  EXPECT_EQ(counter.count(), 0U);
}

TEST(FieldTextTest, DamagedEventsAreSurvived) {
  const std::string event =
      R"({"a":[1,{"b":"\u00fc"}],"k\\":true,"f":"text","z":-1.5e3})";
  FieldText text;
  Random random(7);
  for (int i = 0; i < 20'000; ++i) {
    std::string damaged = event;
    const std::size_t at = random.Below(damaged.size());
    if (random.Below(2) == 0) {
      damaged.resize(at);
    } else {
      damaged[at] = static_cast<char>(random.Below(256));
    }
    const auto found = text.Find(damaged, "f");
    EXPECT_LE(found.value_or("").size(), event.size());
  }
  EXPECT_EQ(text.Find(event, "f"), "text");
}

}  // namespace
}  // namespace tidemill
