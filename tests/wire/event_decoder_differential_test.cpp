// The decoder against nlohmann::json on mutated events: what one takes for
// JSON the other must too, and they must read the same values.
#include <array>
#include <cmath>
#include <string>
#include <unordered_set>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tidemill/core/random.h"
#include "tidemill/wire/event_decoder.h"
#include "wire/event_fields.h"

namespace tidemill {
namespace {

using Json = nlohmann::json;

const std::vector<std::string>& Events() {
  static const std::vector<std::string> kEvents = {
      R"({"id":"7590-V","tenure":12,"charges":29.85,"contract":"yearly",)"
      R"("active":true,"at":"2026-11-21T09:12:02.123456Z"})",
      R"({"id":"a\u00e9\n\"","x":{"y":[1,2.5e-3,{"z":null}],"w":false},)"
      R"("charges":-0.0,"contract":"café","unknown":"\ud83d\ude00"})",
      R"( { "tenure" : 1.0 , "id" : "" , "charges" : null , "list":[ ] , )"
      R"("more" : [[1],["a",true]] , "active" : false } )",
  };
  return kEvents;
}

const std::vector<std::string>& Snippets() {
  static const std::vector<std::string> kSnippets = {"\"",
                                                     "\\",
                                                     "{",
                                                     "}",
                                                     "[",
                                                     "]",
                                                     ":",
                                                     ",",
                                                     " ",
                                                     "\n",
                                                     "\t",
                                                     "0",
                                                     "1",
                                                     "-",
                                                     "+",
                                                     ".",
                                                     "e",
                                                     "E5",
                                                     "e999",
                                                     "e-999",
                                                     "null",
                                                     "nul",
                                                     "true",
                                                     "tru",
                                                     "false",
                                                     "\\u",
                                                     "\\ud800",
                                                     "\\udc00",
                                                     "\\u0000",
                                                     "\\n",
                                                     "\\x",
                                                     "\x80",
                                                     "\xC3",
                                                     "\xEF\xBB\xBF",
                                                     std::string(1, '\0'),
                                                     "\x01",
                                                     "\x7F",
                                                     "\"\"",
                                                     "{}",
                                                     "[]",
                                                     ",\"id\":\"b\"",
                                                     ",\"x\":1",
                                                     "12345678901234567890",
                                                     "/",
                                                     "'",
                                                     "\xF0\x9F\x98\x80",
                                                     "\xED\xA0\x80"};
  return kSnippets;
}

std::string Mutated(Random& random) {
  std::string text = Events()[random.Below(Events().size())];
  const std::size_t changes = 1 + random.Below(3);
  for (std::size_t i = 0; i < changes && !text.empty(); ++i) {
    const std::size_t at = random.Below(text.size());
    const std::string& snippet = Snippets()[random.Below(Snippets().size())];
    switch (random.Below(6)) {
      case 0:
        text.erase(at, 1 + random.Below(3));
        break;
      case 1:
        text.insert(at, snippet);
        break;
      case 2:
        text.replace(at, 1, snippet);
        break;
      case 3:
        text[at] = static_cast<char>(random.Below(256));
        break;
      case 4:
        text.resize(at);
        break;
      default:
        text.insert(at,
                    text.substr(random.Below(text.size()), random.Below(12)));
    }
  }
  return text;
}

/// What nlohmann makes of a text.
struct Opinion {
  bool is_json = false;
  bool duplicate_key = false;
  Json value;
};

Opinion Ask(const std::string& text) {
  Opinion opinion;
  std::unordered_set<std::string> keys;
  const auto watch = [&](int depth, Json::parse_event_t event, Json& parsed) {
    if (event == Json::parse_event_t::key && depth == 1 &&
        !keys.insert(parsed.get<std::string>()).second) {
      opinion.duplicate_key = true;
    }
    return true;
  };
  opinion.value = Json::parse(text, watch, /*allow_exceptions=*/false);
  opinion.is_json = !opinion.value.is_discarded();
  return opinion;
}

bool SameNumber(double decoded, const Json& value) {
  return value.is_null() ? std::isnan(decoded) : decoded == value.get<double>();
}

void ExpectSameValues(const EventBatch& batch, const Schema& schema,
                      const Json& json) {
  const auto member = [&](std::size_t field) {
    const auto place = json.find(schema.field(field).name);
    return place == json.end() ? Json() : *place;
  };
  EXPECT_EQ(batch.texts(kId)[0], member(kId).get<std::string>());
  EXPECT_TRUE(SameNumber(batch.numbers(kTenure)[0], member(kTenure)));
  EXPECT_TRUE(SameNumber(batch.numbers(kCharges)[0], member(kCharges)));
  const Json contract = member(kContract);
  EXPECT_EQ(batch.codes(kContract)[0],
            contract.is_null() ? kMissingCode
                               : schema.field(kContract).categories.Find(
                                     contract.get<std::string>()));
  const Json active = member(kActive);
  const double flag = batch.numbers(kActive)[0];
  EXPECT_TRUE(active.is_null() ? std::isnan(flag)
                               : (flag == 1.0) == active.get<bool>());
  const Json at = member(kAt);
  EXPECT_EQ(batch.timestamps(kAt)[0],
            at.is_null() ? Timestamp{} : ParseTimestamp(at.get<std::string>()));
}

TEST(EventDecoderDifferentialTest, AgreesWithNlohmannOnMutatedEvents) {
  const Schema schema = EventSchema();
  EventDecoder decoder;
  EventBatch batch(schema);
  Random random(20261121);
  int accepted = 0;
  for (int i = 0; i < 60'000; ++i) {
    const std::string text = Mutated(random);
    batch.Clear();
    const auto error = decoder.Decode(schema, text, batch);
    const Opinion opinion = Ask(text);
    SCOPED_TRACE(text);
    if (!error) {
      ++accepted;
      ASSERT_TRUE(opinion.is_json);
      ASSERT_TRUE(opinion.value.is_object());
      ASSERT_FALSE(opinion.duplicate_key);
      ExpectSameValues(batch, schema, opinion.value);
    } else if (error->reason == Reason::kInvalidJson ||
               error->reason == Reason::kInvalidUtf8) {
      // nlohmann skips a byte-order mark and takes a NUL for the end.
      ASSERT_TRUE(!opinion.is_json || text.starts_with("\xEF\xBB\xBF") ||
                  text.find('\0') != std::string::npos);
    } else if (error->reason == Reason::kDuplicateKey) {
      ASSERT_TRUE(!opinion.is_json || opinion.duplicate_key);
    }
    if (HasFailure()) return;
  }
  // The mutations are mild enough for both answers to be common.
  EXPECT_GT(accepted, 3'000);
  EXPECT_LT(accepted, 57'000);
}

}  // namespace
}  // namespace tidemill
