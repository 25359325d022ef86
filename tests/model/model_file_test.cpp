#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include <gtest/gtest.h>

#include "tidemill/core/errors.h"
#include "tidemill/model/artifact.h"

namespace tidemill {
namespace {

namespace fs = std::filesystem;

class ModelFileTest : public testing::Test {
 protected:
  ModelFileTest() {
    std::string pattern = testing::TempDir() + "model_file_XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
  }
  ~ModelFileTest() override { fs::remove_all(folder_); }
  std::string Path(const std::string& name) const {
    return (folder_ / name).string();
  }

  fs::path folder_;
};

TEST_F(ModelFileTest, WhatIsWrittenReadsBack) {
  const std::string bytes("a\0\xFF", 3);
  WriteFileAtomically(Path("m"), bytes);
  EXPECT_EQ(ReadFile(Path("m"), 100), bytes);
}

TEST_F(ModelFileTest, WritingReplacesAndLeavesNothingBehind) {
  WriteFileAtomically(Path("m"), "long before");
  WriteFileAtomically(Path("m"), "after");
  EXPECT_EQ(ReadFile(Path("m"), 100), "after");
  EXPECT_EQ(
      std::distance(fs::directory_iterator(folder_), fs::directory_iterator()),
      1);
}

TEST_F(ModelFileTest, AnEmptyFileReadsAsNothing) {
  WriteFileAtomically(Path("m"), "");
  EXPECT_EQ(ReadFile(Path("m"), 100), "");
}

TEST_F(ModelFileTest, ALargerFileIsRefusedUnread) {
  WriteFileAtomically(Path("m"), "12345");
  EXPECT_EQ(ReadFile(Path("m"), 5), "12345");
  EXPECT_THROW(ReadFile(Path("m"), 4), ArtifactError);
}

TEST_F(ModelFileTest, AnAbsentFileIsAnIoError) {
  EXPECT_THROW(ReadFile(Path("none"), 100), IoError);
}

TEST_F(ModelFileTest, AFolderIsAnIoError) {
  EXPECT_THROW(ReadFile(folder_.string(), 100), IoError);
}

TEST_F(ModelFileTest, APipeDoesNotHoldTheReaderUp) {
  ASSERT_EQ(::mkfifo(Path("pipe").c_str(), 0600), 0);
  EXPECT_THROW(ReadFile(Path("pipe"), 100), IoError);
}

TEST_F(ModelFileTest, AnAbsentFolderIsAnIoError) {
  EXPECT_THROW(WriteFileAtomically(Path("none/m"), "x"), IoError);
}

}  // namespace
}  // namespace tidemill
