#include "tidemill/rollout/open_beneath.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <string>

#include <gtest/gtest.h>

#include "rollout/temporary_folder.h"
#include "tidemill/model/artifact.h"

namespace tidemill {
namespace {

namespace fs = std::filesystem;
using std::string_literals::operator""s;

using Open = Descriptor (*)(const Descriptor&, const std::string&);

/// Both ways must do the same.
class OpenBeneathTest : public testing::TestWithParam<Open> {
 protected:
  OpenBeneathTest() {
    fs::create_directories(folder_ / "top/a/b");
    WriteFileAtomically((folder_ / "outside").string(), "outside");
    WriteFileAtomically((folder_ / "top/m").string(), "m");
    WriteFileAtomically((folder_ / "top/a/b/m").string(), "deep");
    top_ = Descriptor(
        ::open((folder_ / "top").c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  }

  Descriptor OpenFile(const std::string& name) const {
    errno = 0;
    return GetParam()(top_, name);
  }
  int Errno(const std::string& name) const {
    const Descriptor file = OpenFile(name);
    return file.get() < 0 ? errno : 0;
  }

  TemporaryFolder folder_;
  Descriptor top_;
};

TEST_P(OpenBeneathTest, OpensWhatIsBeneath) {
  EXPECT_EQ(ReadFile(OpenFile("m"), "m", 100), "m");
  EXPECT_EQ(ReadFile(OpenFile("a/b/m"), "a/b/m", 100), "deep");
  EXPECT_EQ(Errno("none"), ENOENT);
  EXPECT_EQ(Errno("none/m"), ENOENT);
  EXPECT_EQ(Errno("m/m"), ENOTDIR);
}

TEST_P(OpenBeneathTest, RefusesEveryWayOut) {
  EXPECT_EQ(Errno("../outside"), EXDEV);
  EXPECT_EQ(Errno("a/../../outside"), EXDEV);
  EXPECT_EQ(Errno("a/../m"), EXDEV);
  EXPECT_EQ(Errno(".."), EXDEV);
  EXPECT_EQ(Errno((folder_ / "outside").string()), EXDEV);
}

TEST_P(OpenBeneathTest, RefusesNamesThatAreNone) {
  for (const std::string& name :
       {""s, "."s, "./m"s, "a/./b/m"s, "a//b/m"s, "m/"s, "m\0"s, "\0m"s}) {
    EXPECT_EQ(Errno(name), EINVAL) << name;
  }
}

TEST_P(OpenBeneathTest, FollowsNoLink) {
  fs::create_symlink("m", folder_ / "top/link");
  fs::create_directory_symlink("a", folder_ / "top/folder");
  fs::create_directory_symlink(folder_.path(), folder_ / "top/up");
  EXPECT_EQ(Errno("link"), ELOOP);
  for (const char* name : {"folder/b/m", "up/outside"}) {
    const int error = Errno(name);
    EXPECT_TRUE(error == ELOOP || error == ENOTDIR) << name << " " << error;
  }
}

TEST_P(OpenBeneathTest, DoesNotWaitForAPipesWriter) {
  ASSERT_EQ(::mkfifo((folder_ / "top/fifo").c_str(), 0600), 0);
  EXPECT_GE(OpenFile("fifo").get(), 0);
}

INSTANTIATE_TEST_SUITE_P(BothWays, OpenBeneathTest,
                         testing::Values(&OpenBeneath, &OpenBeneathByWalking),
                         [](const testing::TestParamInfo<Open>& way) {
                           return way.param == &OpenBeneath ? "ByTheKernel"
                                                            : "ByWalking";
                         });

}  // namespace
}  // namespace tidemill
