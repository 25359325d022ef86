#include "producers/replay_feed.h"

#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tidemill {
namespace {

using Keys = std::vector<std::optional<std::string>>;

/// The keys of all rows of JSON lines, by the field `id`.
Keys KeysOf(const std::string& lines) {
  const DataFile file{.name = "rows.jsonl", .bytes = lines};
  ReplayFeed feed(file, {.schema = nullptr, .profile = nullptr, .key = "id"});
  Keys keys;
  OutRecord record;
  while (feed.Next(record)) {
    keys.emplace_back();
    if (record.key) keys.back() = *record.key;
  }
  return keys;
}

TEST(ReplayFeedTest, AKeyIsTheTextWithoutItsEscapes) {
  EXPECT_EQ(KeysOf(R"({"n":1,"id":"\u00fc\n"})"), (Keys{"\xC3\xBC\n"}));
}

TEST(ReplayFeedTest, ANumberAsKeyStandsAsItIsWritten) {
  EXPECT_EQ(KeysOf("{\"id\":1.50}\n{\"id\": 1E3 }\n"
                   "{\"id\":12345678901234567890123}\n{\"id\":-0}\n"),
            (Keys{"1.50", "1E3", "12345678901234567890123", "-0"}));
}

TEST(ReplayFeedTest, ARowWithoutTheFieldHasNoKey) {
  EXPECT_EQ(KeysOf("{\"n\":1}\n{\"id\":null}\n{\"id\":{}}\nnonsense\n"),
            (Keys(4, std::nullopt)));
}

}  // namespace
}  // namespace tidemill
