#include "producers/replay_state.h"

#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "tidemill/core/errors.h"

namespace tidemill {
namespace {

class ReplayStateTest : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(folder_); }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path folder_ =
      std::filesystem::path(testing::TempDir()) /
      testing::UnitTest::GetInstance()->current_test_info()->name();
  std::string path_ = folder_ / "state";
};

TEST_F(ReplayStateTest, IsReadAsItWasWritten) {
  const ReplayState state{
      .topic = "t", .delivered = 7, .rows_sha256 = "ab", .done = true};
  WriteState(path_, state);
  EXPECT_EQ(ReadState(path_, "t"), state);
}

TEST_F(ReplayStateTest, WithoutAFileNothingIsSent) {
  EXPECT_EQ(
      ReadState(path_, "t"),
      (ReplayState{
          .topic = "t", .delivered = 0, .rows_sha256 = "", .done = false}));
}

TEST_F(ReplayStateTest, OfAnotherTopicOrFormIsRefused) {
  WriteState(
      path_,
      {.topic = "t", .delivered = 7, .rows_sha256 = "ab", .done = false});
  EXPECT_THROW(ReadState(path_, "other"), DataError);
  std::ofstream(path_) << "{}";
  EXPECT_THROW(ReadState(path_, "t"), DataError);
}

TEST_F(ReplayStateTest, ALockIsHeldOnceAndLeavesNothing) {
  std::optional<StateLock> first(path_);
  EXPECT_THROW(StateLock second(path_), TryAgainError);
  first.reset();
  EXPECT_TRUE(std::filesystem::is_empty(folder_));
  EXPECT_NO_THROW(StateLock third(path_));
}

TEST_F(ReplayStateTest, ALockThatADeadProcessLeftIsTaken) {
  std::ofstream(path_ + ".lock") << "";
  EXPECT_NO_THROW(StateLock lock(path_));
}

TEST_F(ReplayStateTest, ALockWithoutAPlaceIsAnIoError) {
  EXPECT_THROW(StateLock lock(folder_ / "absent" / "state"), IoError);
}

}  // namespace
}  // namespace tidemill
