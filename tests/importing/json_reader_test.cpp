#include "tidemill/importing/json_reader.h"

#include <array>
#include <cmath>
#include <limits>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/thrown_message.h"
#include "tidemill/core/errors.h"

namespace tidemill {
namespace {

using testing::HasSubstr;

constexpr std::array<std::string_view, 2> kColours = {"red", "blue"};

/// What `read` makes of the text, or the error's text.
template <typename Read>
std::string ErrorOf(const std::string& text, Read read) {
  return ThrownMessage<ArtifactError>([&] {
    const JsonDocument document(text, "e.json");
    JsonReader in(document);
    read(in);
    in.Finish();
  });
}

TEST(JsonReaderTest, EveryTypeIsRead) {
  const JsonDocument document(
      R"({"b": true, "i": -5, "u": 4000000000, "w": 18446744073709551615,
          "d": -0.0, "t": "é\u0000x", "ds": [0.1, null, "-Infinity", 3],
          "fs": [0.5, 16777216], "is": [-1, 2], "cs": [0, 255], "us": [7],
          "ts": ["", "a"], "c": "blue"})",
      "e.json");
  JsonReader in(document);
  EXPECT_TRUE(in.Bool("b"));
  EXPECT_EQ(in.I32("i"), -5);
  EXPECT_EQ(in.U32("u"), 4'000'000'000U);
  EXPECT_EQ(in.U64("w"), std::numeric_limits<std::uint64_t>::max());
  EXPECT_TRUE(std::signbit(in.Double("d")));
  EXPECT_EQ(in.Text("t"), std::string("é\0x", 4));
  const std::vector<double> numbers = in.Doubles("ds");
  ASSERT_EQ(numbers.size(), 4U);
  EXPECT_EQ(numbers[0], 0.1);
  EXPECT_TRUE(std::isnan(numbers[1]));
  EXPECT_EQ(numbers[2], -std::numeric_limits<double>::infinity());
  EXPECT_EQ(in.Floats("fs"), (std::vector<float>{0.5F, 16777216.0F}));
  EXPECT_EQ(in.I32s("is"), (std::vector<std::int32_t>{-1, 2}));
  EXPECT_EQ(in.U8s("cs"), (std::vector<std::uint8_t>{0, 255}));
  EXPECT_EQ(in.U64s("us"), std::vector<std::uint64_t>{7});
  EXPECT_EQ(in.Texts("ts"), (std::vector<std::string>{"", "a"}));
  EXPECT_EQ(in.Choice<int>("c", kColours), 1);
  EXPECT_NO_THROW(in.Finish());
}

TEST(JsonReaderTest, TheOrderOfKeysIsFree) {
  const JsonDocument document(R"({"b": 2, "a": 1})", "e.json");
  JsonReader in(document);
  EXPECT_EQ(in.U64("a"), 1U);
  EXPECT_EQ(in.U64("b"), 2U);
  EXPECT_NO_THROW(in.Finish());
}

TEST(JsonReaderTest, AnErrorNamesThePathOfTheValue) {
  const std::string text =
      R"({"model": {"trees": [{"leaves": [{"v": 1}, {"v": "x"}]}]}})";
  EXPECT_EQ(ErrorOf(text,
                    [](JsonReader& in) {
                      JsonReader model = in.Object("model");
                      model.Each<int>("trees", 9, 1, [&](int&) {
                        model.Each<double>("leaves", 9, 1, [&](double& v) {
                          v = model.Double("v");
                        });
                      });
                    }),
            "e.json: model.trees[0].leaves[1].v: expected number, got 'x'");
}

TEST(JsonReaderTest, AListsPlaceIsForgottenBehindIt) {
  EXPECT_EQ(ErrorOf(R"({"l": [{}, {}], "n": true})",
                    [](JsonReader& in) {
                      in.Each<int>("l", 9, 1, [](int&) {});
                      in.Double("n");
                    }),
            "e.json: n: expected number, got true");
}

TEST(JsonReaderTest, AMissingValueIsNamed) {
  EXPECT_EQ(ErrorOf("{}", [](JsonReader& in) { in.Bool("on"); }),
            "e.json: on: expected a value, got none");
}

TEST(JsonReaderTest, AKeyThatNobodyAskedForIsRefused) {
  EXPECT_EQ(
      ErrorOf(R"({"a": 1, "alfa": 2})", [](JsonReader& in) { in.U64("a"); }),
      "e.json: expected known keys, each once, got 'alfa'");
  EXPECT_EQ(ErrorOf(R"({"l": [{"a": 1, "b": 2}]})",
                    [](JsonReader& in) {
                      in.Each<int>("l", 9, 1, [&](int&) { in.U64("a"); });
                    }),
            "e.json: l[0]: expected known keys, each once, got 'b'");
}

TEST(JsonReaderTest, AKeyTwiceIsRefused) {
  EXPECT_EQ(ErrorOf(R"({"a": 1, "a": 2})", [](JsonReader& in) { in.U64("a"); }),
            "e.json: expected known keys, each once, got 'a'");
}

TEST(JsonReaderTest, NumbersStayWithinTheirType) {
  const auto refused = [](const std::string& text, auto read) {
    return !ErrorOf("{\"x\": " + text + "}", read).empty();
  };
  const auto i32 = [](JsonReader& in) { in.I32("x"); };
  EXPECT_TRUE(refused("2147483648", i32));
  EXPECT_TRUE(refused("1.0", i32));
  EXPECT_TRUE(refused("null", i32));
  EXPECT_TRUE(refused("-1", [](JsonReader& in) { in.U32("x"); }));
  EXPECT_TRUE(refused("-1", [](JsonReader& in) { in.U64("x"); }));
  EXPECT_TRUE(refused("[256]", [](JsonReader& in) { in.U8s("x"); }));
  EXPECT_TRUE(refused("[0.1]", [](JsonReader& in) { in.Floats("x"); }));
  EXPECT_TRUE(refused("1e999", [](JsonReader& in) { in.Double("x"); }));
  EXPECT_TRUE(refused("NaN", [](JsonReader& in) { in.Double("x"); }));
  EXPECT_TRUE(refused("\"inf\"", [](JsonReader& in) { in.Double("x"); }));
  EXPECT_TRUE(refused("null", [](JsonReader& in) { in.FiniteDouble("x"); }));
}

TEST(JsonReaderTest, AnUnknownChoiceNamesTheKnownOnes) {
  EXPECT_EQ(ErrorOf(R"({"c": "green"})",
                    [](JsonReader& in) { in.Choice<int>("c", kColours); }),
            "e.json: c: expected one of red blue, got 'green'");
}

TEST(JsonReaderTest, ListsAreBoundedAndHoldObjects) {
  const auto list = [](JsonReader& in) {
    in.Each<int>("l", 2, 1, [](int&) {});
  };
  EXPECT_EQ(ErrorOf(R"({"l": [{}, {}, {}]})", list),
            "e.json: l: expected at most 2 entries, got 3");
  EXPECT_EQ(ErrorOf(R"({"l": [{}, 3]})", list),
            "e.json: l[1]: expected an object, got 3");
  EXPECT_EQ(ErrorOf(R"({"l": {}})", list),
            "e.json: l: expected a list, got an object");
}

TEST(JsonReaderTest, ATextIsBounded) {
  EXPECT_EQ(
      ErrorOf(R"({"t": "abcd"})", [](JsonReader& in) { in.Text("t", 3); }),
      "e.json: t: expected at most 3 bytes, got 4");
}

TEST(JsonReaderTest, WhatIsNoJsonObjectIsRefused) {
  const auto nothing = [](JsonReader&) {};
  for (const std::string text : {"", " ", "{", "{\"a\": 1", "{\"a\": 1,}",
                                 "{\"a\": \"\xff\"}", "{} {}"}) {
    EXPECT_THAT(ErrorOf(text, nothing), HasSubstr("e.json: expected JSON"))
        << text;
  }
  EXPECT_EQ(ErrorOf("[1]", nothing),
            "e.json: expected a JSON object, got a list");
}

TEST(JsonReaderTest, DepthIsBounded) {
  const std::string deep(100'000, '[');
  EXPECT_THAT(ErrorOf("{\"a\": " + deep, [](JsonReader&) {}),
              HasSubstr("expected JSON"));
}

}  // namespace
}  // namespace tidemill
