#include "tidemill/rollout/last_good.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/thrown_message.h"
#include "rollout/temporary_folder.h"
#include "tidemill/core/errors.h"
#include "tidemill/model/artifact.h"
#include "tidemill/model/digest.h"
#include "tidemill/wire/registry_messages.h"

namespace tidemill {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

ArtifactReference Artifact(std::uint32_t version, const std::string& bytes) {
  return {.model = {.model = "churn", .version = version},
          .uri = "file:" + std::to_string(version) + ".bin",
          .sha256 = ToHex(Sha256(bytes)),
          .size = bytes.size(),
          .signature = "",
          .key = ""};
}

RegistryState State(std::uint64_t sequence, std::uint32_t version,
                    const std::string& bytes) {
  RegistryState state;
  state.service = "churn";
  state.sequence = sequence;
  state.champion = Artifact(version, bytes);
  state.reason = "a test";
  state.issued_by = "me";
  state.issued_at = "2024-05-01T12:00:00Z";
  return state;
}

class LastGoodTest : public testing::Test {
 protected:
  LastGood Instance(const std::string& instance = "scorer-0",
                    const std::string& service = "churn") const {
    return {folder_.path().string(), service, instance};
  }
  fs::path Folder(const std::string& instance = "scorer-0") const {
    return folder_.path() / "churn" / instance;
  }
  fs::path StatePath() const { return Folder() / "state.json"; }
  fs::path BytesPath(const std::string& bytes) const {
    return Folder() / (ToHex(Sha256(bytes)) + ".bin");
  }
  std::size_t NumFiles() const {
    return static_cast<std::size_t>(std::distance(
        fs::directory_iterator(Folder()), fs::directory_iterator()));
  }

  /// For a process to be killed in: writes a byte for every two states.
  [[noreturn]] void RememberForever(const std::string& a, const std::string& b,
                                    int alive) const {
    try {
      for (std::uint64_t sequence = 2;; sequence += 2) {
        Instance().Remember(State(sequence, 2, b), b);
        if (::write(alive, "x", 1) != 1) ::_exit(1);
        Instance().Remember(State(sequence + 1, 1, a), a);
      }
    } catch (const std::exception&) {
      ::_exit(1);
    }
  }

  TemporaryFolder folder_;
};

TEST_F(LastGoodTest, NothingIsRecalledAtFirst) {
  EXPECT_FALSE(Instance().Recall());
}

TEST_F(LastGoodTest, WhatIsRememberedIsRecalled) {
  const std::string bytes("a\0b", 3);
  const RegistryState state = State(12, 7, bytes);
  Instance().Remember(state, bytes);
  const auto recalled = Instance().Recall();
  ASSERT_TRUE(recalled);
  EXPECT_EQ(recalled->state, state);
  EXPECT_EQ(recalled->champion_bytes, bytes);
}

TEST_F(LastGoodTest, SyncingNeedsWhatWasRemembered) {
  LastGood last_good = Instance();
  const RegistryState state = State(1, 1, "bytes");
  EXPECT_THROW(last_good.Sync(state), IoError);
  last_good.Remember(state, "bytes");
  EXPECT_NO_THROW(last_good.Sync(state));
  EXPECT_THROW(last_good.Sync(State(2, 2, "others")), IoError);
}

TEST_F(LastGoodTest, ANewerStateReplacesTheOlderAndItsBytes) {
  Instance().Remember(State(12, 7, "seven"), "seven");
  Instance().Remember(State(13, 8, "eight"), "eight");
  const auto recalled = Instance().Recall();
  ASSERT_TRUE(recalled);
  EXPECT_EQ(recalled->state.sequence, 13U);
  EXPECT_EQ(recalled->champion_bytes, "eight");
  EXPECT_FALSE(fs::exists(BytesPath("seven")));
  EXPECT_EQ(NumFiles(), 2U);
}

TEST_F(LastGoodTest, OfTheSameChampionOnlyTheStateIsWritten) {
  Instance().Remember(State(12, 7, "seven"), "seven");
  fs::permissions(BytesPath("seven"), fs::perms::owner_read);
  Instance().Remember(State(13, 7, "seven"));
  const auto recalled = Instance().Recall();
  ASSERT_TRUE(recalled);
  EXPECT_EQ(recalled->state.sequence, 13U);
  EXPECT_EQ(recalled->champion_bytes, "seven");
}

TEST_F(LastGoodTest, HoldsOnlyBytesOfTheRightDigest) {
  const ArtifactReference seven = *State(12, 7, "seven").champion;
  EXPECT_FALSE(Instance().Holds(seven));
  Instance().Remember(State(12, 7, "seven"), "seven");
  EXPECT_TRUE(Instance().Holds(seven));
  EXPECT_FALSE(Instance().Holds(*State(13, 8, "eight").champion));
  std::ofstream(BytesPath("seven")) << "SEVEN";  // torn by a power failure
  EXPECT_FALSE(Instance().Holds(seven));
}

TEST_F(LastGoodTest, BytesItWroteAreNotReadAgain) {
  const ArtifactReference seven = *State(12, 7, "seven").champion;
  LastGood last_good = Instance();
  last_good.Remember(State(12, 7, "seven"), "seven");
  std::ofstream(BytesPath("seven")) << "SEVEN";  // what a reader would see
  EXPECT_TRUE(last_good.Holds(seven));
  fs::remove(BytesPath("seven"));
  EXPECT_FALSE(last_good.Holds(seven));
}

TEST_F(LastGoodTest, AStateNeverNamesBytesThatAreNotThere) {
  EXPECT_THROW(Instance().Remember(State(1, 7, "seven")), IoError);
  EXPECT_FALSE(Instance().Recall());
  Instance().Remember(State(12, 7, "seven"), "seven");
  EXPECT_THROW(Instance().Remember(State(13, 8, "eight")), IoError);
  EXPECT_EQ(Instance().Recall()->state.sequence, 12U);
}

TEST_F(LastGoodTest, OtherBytesThanTheStateNamesAreNotRemembered) {
  EXPECT_THROW(Instance().Remember(State(12, 7, "seven"), "eight"),
               ArtifactError);
  EXPECT_THROW(Instance().Remember(State(12, 7, "seven"), "sevens"),
               ArtifactError);
  RegistryState nothing;
  nothing.service = "churn";
  EXPECT_THROW(Instance().Remember(nothing, ""), ArtifactError);
  EXPECT_THROW(Instance().Remember(nothing), ArtifactError);
  EXPECT_FALSE(Instance().Recall());
}

TEST_F(LastGoodTest, WhatAKilledProcessLeftIsRemoved) {
  Instance().Remember(State(12, 7, "seven"), "seven");
  WriteFileAtomically(BytesPath("six").string(), "six");
  WriteFileAtomically(StatePath().string() + ".part99", "{");
  WriteFileAtomically(BytesPath("eight").string() + ".part99", "ei");
  Instance().Remember(State(13, 7, "seven"));
  EXPECT_EQ(NumFiles(), 2U);
  EXPECT_EQ(Instance().Recall()->champion_bytes, "seven");
}

TEST_F(LastGoodTest, InstancesAndServicesKeepApart) {
  RegistryState other = State(3, 7, "seven");
  other.service = "churn.a";
  Instance("a.b").Remember(State(1, 7, "seven"), "seven");
  Instance("a").Remember(State(2, 7, "seven"), "seven");
  Instance("b", "churn.a").Remember(other, "seven");
  Instance("a").Remember(State(4, 8, "eight"), "eight");
  EXPECT_EQ(Instance("a.b").Recall()->state.sequence, 1U);
  EXPECT_EQ(Instance("a").Recall()->state.sequence, 4U);
  EXPECT_EQ(Instance("b", "churn.a").Recall()->state.sequence, 3U);
}

TEST_F(LastGoodTest, ANameThatIsNoFoldersIsRefused) {
  for (const std::string& name :
       {std::string(), std::string("."), std::string(".."), std::string("a/b"),
        std::string("../a"), std::string("a\0b", 3), std::string("a b"),
        std::string(201, 'a')}) {
    EXPECT_THROW(Instance(name), ConfigError) << name;
    EXPECT_THROW(Instance("a", name), ConfigError) << name;
  }
}

TEST_F(LastGoodTest, DamagedBytesAreRefused) {
  Instance().Remember(State(12, 7, "seven"), "seven");
  for (const std::string damaged : {"SEVEN", "seve", "sevens", ""}) {
    WriteFileAtomically(BytesPath("seven").string(), damaged);
    EXPECT_THROW(Instance().Recall(), ArtifactError) << damaged;
  }
  fs::remove(BytesPath("seven"));
  EXPECT_THROW(Instance().Recall(), IoError);
}

TEST_F(LastGoodTest, ADamagedStateIsRefusedNamingTheFile) {
  Instance().Remember(State(12, 7, "seven"), "seven");
  RegistryState other = State(12, 7, "seven");
  other.service = "taxi";
  RegistryState nobody = State(12, 7, "seven");
  nobody.champion.reset();
  for (const std::string& damaged :
       {std::string(), std::string("{"), std::string("[]"),
        std::string(R"({"schema":2})"), std::string(100'000, ' '),
        ToJson(other), ToJson(nobody)}) {
    WriteFileAtomically(StatePath().string(), damaged);
    EXPECT_THAT(ThrownMessage<ArtifactError>([&] { Instance().Recall(); }),
                HasSubstr(StatePath().string()));
  }
}

TEST_F(LastGoodTest, WhatIsNoFileIsAnIoError) {
  fs::create_directories(StatePath());
  EXPECT_THROW(Instance().Recall(), IoError);
  EXPECT_THROW(Instance().Remember(State(12, 7, "seven"), "seven"), IoError);
}

TEST_F(LastGoodTest, AFolderThatCannotBeMadeIsAnIoError) {
  WriteFileAtomically((folder_ / "churn").string(), "a file");
  EXPECT_THROW(Instance().Remember(State(12, 7, "seven"), "seven"), IoError);
}

/// Files of this process may grow to `bytes`, as if the disk were full beyond.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes)
      : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &before_);
    rlimit limit = before_;
    limit.rlim_cur = bytes;
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  rlimit before_{};
  void (*handler_)(int);
};

TEST_F(LastGoodTest, OnAFullDiskTheOldStateStaysWhole) {
  const std::string large(10'000, 'x');
  Instance().Remember(State(12, 7, "seven"), "seven");
  {
    const FileSizeLimit limit(4000);
    EXPECT_THAT(ThrownMessage<IoError>(
                    [&] { Instance().Remember(State(13, 8, large), large); }),
                HasSubstr("expected room to write"));
  }
  const auto recalled = Instance().Recall();
  ASSERT_TRUE(recalled);
  EXPECT_EQ(recalled->state, State(12, 7, "seven"));
  EXPECT_EQ(recalled->champion_bytes, "seven");
  EXPECT_EQ(NumFiles(), 2U);
}

TEST_F(LastGoodTest, OnADiskThatFillsUpBeforeTheStateTheOldOneStaysWhole) {
  Instance().Remember(State(12, 7, "seven"), "seven");
  {
    const FileSizeLimit limit(100);  // room for the bytes only
    EXPECT_THROW(Instance().Remember(State(13, 8, "eight"), "eight"), IoError);
    EXPECT_THROW(Instance().Remember(State(14, 7, "seven")), IoError);
  }
  EXPECT_EQ(Instance().Recall()->state, State(12, 7, "seven"));
  EXPECT_EQ(Instance().Recall()->champion_bytes, "seven");
  Instance().Remember(State(15, 8, "eight"), "eight");
  EXPECT_EQ(Instance().Recall()->champion_bytes, "eight");
}

TEST_F(LastGoodTest, KilledAtAnyMomentSomethingWholeIsRecalled) {
  const std::string a(200'000, 'a');
  const std::string b(200'000, 'b');
  Instance().Remember(State(1, 1, a), a);
  for (int round = 0; round < 4; ++round) {
    int alive[2];
    ASSERT_EQ(::pipe(alive), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) RememberForever(a, b, alive[1]);
    char byte = 0;
    for (int i = 0; i <= round; ++i) ASSERT_EQ(::read(alive[0], &byte, 1), 1);
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    ::close(alive[0]);
    ::close(alive[1]);
    const auto recalled = Instance().Recall();
    ASSERT_TRUE(recalled);
    EXPECT_EQ(recalled->champion_bytes,
              recalled->state.champion->model.version == 1 ? a : b);
  }
}

}  // namespace
}  // namespace tidemill
