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
  ReplayFeed feed(
      file,
      {.schema = nullptr, .profile = nullptr, .key = "id", .digests = false});
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

/// Of every beginning of the rows, the shortest first.
std::vector<std::string> Digests(const std::string& name,
                                 const std::string& text) {
  const DataFile file{.name = name, .bytes = text};
  const TableProfile profile =
      ProfileTable(file, [](std::size_t, std::size_t) {});
  ReplayFeed feed(
      file,
      {.schema = nullptr, .profile = &profile, .key = "", .digests = true});
  std::vector<std::string> digests;
  while (feed.Skip(1) == 1) {
    digests.push_back(ToHex(feed.mark(feed.rows() - 1).digest));
  }
  return digests;
}

TEST(ReplayFeedTest, ADigestIsThatOfAllRowsUntilThen) {
  const auto before = Digests("a.jsonl", "{\"n\":1}\n{\"n\":2}\n{\"n\":3}\n");
  const auto after = Digests("a.jsonl", "{\"n\":1}\n{\"n\":7}\n{\"n\":3}\n");
  ASSERT_EQ(before.size(), 3U);
  EXPECT_EQ(before[0], after[0]);
  EXPECT_NE(before[1], after[1]);
  EXPECT_NE(before[2], after[2]);
}

TEST(ReplayFeedTest, RowsThatAreAppendedChangeNoDigestBeforeThem) {
  const auto before = Digests("a.csv", "a,b\n1,2");
  const auto after = Digests("a.csv", "a,b\n1,2\n3,4\n");
  ASSERT_EQ(after.size(), 2U);
  EXPECT_EQ(before[0], after[0]);
}

TEST(ReplayFeedTest, ADigestTellsCellsAndColumnsApart) {
  const auto digest = Digests("a.csv", "a,b\n1,23\n");
  EXPECT_NE(digest, Digests("a.csv", "a,b\n12,3\n"));
  EXPECT_NE(digest, Digests("a.csv", "a,c\n1,23\n"));
  EXPECT_EQ(digest, Digests("a.csv", "a;b\r\n1;\"23\"\r\n"));
}

}  // namespace
}  // namespace tidemill
