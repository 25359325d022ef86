#include "tidemill/serving/recent_dead_letters.h"

#include <chrono>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tidemill {
namespace {

using testing::ElementsAre;
using testing::Field;
using testing::IsEmpty;
using testing::SizeIs;

const WallTime kNow{std::chrono::seconds(1'700'000'000)};

Record At(std::int64_t offset) {
  Record record;
  record.topic = "churn.events";
  record.partition = 3;
  record.offset = offset;
  record.value = "{\"secret\":1}";
  return record;
}

EventError Because(std::string detail) {
  return {.stage = Stage::kSchema,
          .reason = Reason::kWrongType,
          .detail = std::move(detail)};
}

TEST(RecentDeadLettersTest, KeepsWhereWhenAndWhy) {
  RecentDeadLetters letters;
  EXPECT_THAT(letters.Read(), IsEmpty());
  letters.Add(At(17), Because("expected a number in tenure"), kNow);
  ASSERT_THAT(letters.Read(), SizeIs(1));
  const DeadLetterNote note = letters.Read().front();
  EXPECT_EQ(note.id, "churn.events/3/17");
  EXPECT_EQ(note.stage, Stage::kSchema);
  EXPECT_EQ(note.reason, Reason::kWrongType);
  EXPECT_EQ(note.detail, "expected a number in tenure");
  EXPECT_EQ(note.time, kNow);
}

TEST(RecentDeadLettersTest, TellsTheNewestFirst) {
  RecentDeadLetters letters;
  letters.Add(At(1), Because("a"), kNow);
  letters.Add(At(2), Because("b"), kNow);
  EXPECT_THAT(letters.Read(), ElementsAre(Field(&DeadLetterNote::detail, "b"),
                                          Field(&DeadLetterNote::detail, "a")));
}

TEST(RecentDeadLettersTest, ForgetsTheOldest) {
  RecentDeadLetters letters;
  for (std::int64_t i = 0; i < 25; ++i) letters.Add(At(i), Because("a"), kNow);
  ASSERT_THAT(letters.Read(), SizeIs(RecentDeadLetters::kKept));
  EXPECT_EQ(letters.Read().front().id, "churn.events/3/24");
  EXPECT_EQ(letters.Read().back().id, "churn.events/3/5");
}

TEST(RecentDeadLettersTest, CutsDetailsBetweenCharacters) {
  RecentDeadLetters letters;
  letters.Add(At(1), Because(std::string(299, 'a') + "\xC3\xBC"), kNow);
  letters.Add(At(2), Because(std::string(298, 'a') + "\xC3\xBC!"), kNow);
  letters.Add(At(3), Because(std::string(400, '\x80')), kNow);
  const std::vector<DeadLetterNote> notes = letters.Read();
  EXPECT_EQ(notes[2].detail, std::string(299, 'a'));
  EXPECT_EQ(notes[1].detail, std::string(298, 'a') + "\xC3\xBC");
  EXPECT_LE(notes[0].detail.size(), RecentDeadLetters::kMaxDetail);
}

}  // namespace
}  // namespace tidemill
