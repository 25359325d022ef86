#include "tidemill/core/registry_state.h"

#include <string>

#include <gtest/gtest.h>

namespace tidemill {
namespace {

TEST(RegistryStateTest, AReferenceIsWrittenAndReadBack) {
  const ModelReference reference{.model = "churn", .version = 7};
  EXPECT_EQ(ToText(reference), "churn@7");
  EXPECT_EQ(ParseModelReference("churn@7"), reference);
}

TEST(RegistryStateTest, TheHighestVersionIsRead) {
  const auto reference = ParseModelReference("a.b_c-D9@4294967295");
  ASSERT_TRUE(reference);
  EXPECT_EQ(reference->model, "a.b_c-D9");
  EXPECT_EQ(reference->version, 4294967295U);
}

TEST(RegistryStateTest, WhatIsNoReferenceIsNotRead) {
  for (const char* text :
       {"", "churn", "churn@", "@7", "churn@0", "churn@07", "churn@+7",
        "churn@-7", "churn@7 ", " churn@7", "churn@7.0", "churn@7@8",
        "churn@4294967296", "churn@99999999999999999999", "chu rn@7",
        "chu/rn@7", "ch\xC3\xBCrn@7", "churn\n@7", "churn@x"}) {
    EXPECT_EQ(ParseModelReference(text), std::nullopt) << text;
  }
}

TEST(RegistryStateTest, ANameHasAtMost200Bytes) {
  EXPECT_TRUE(IsRegistryName(std::string(200, 'a')));
  EXPECT_FALSE(IsRegistryName(std::string(201, 'a')));
  EXPECT_FALSE(IsRegistryName(""));
  EXPECT_EQ(ParseModelReference(std::string(201, 'a') + "@1"), std::nullopt);
}

TEST(RegistryStateTest, ANulByteIsNoPartOfAName) {
  EXPECT_FALSE(IsRegistryName(std::string_view("a\0b", 3)));
}

TEST(RegistryStateTest, ReferencesAreOrderedByModelThenNumber) {
  EXPECT_LT((ModelReference{"churn", 9}), (ModelReference{"churn", 10}));
  EXPECT_LT((ModelReference{"churn", 10}), (ModelReference{"taxi", 1}));
}

TEST(RegistryStateTest, StatesAndModesHaveTheirWords) {
  EXPECT_EQ(ToText(ChallengerMode::kShadow), "shadow");
  EXPECT_EQ(ToText(ChallengerMode::kCanary), "canary");
  EXPECT_EQ(ToText(InstanceState::kVerified), "verified");
  EXPECT_EQ(ToText(InstanceState::kActive), "active");
  EXPECT_EQ(ToText(InstanceState::kRejected), "rejected");
  EXPECT_EQ(ToText(InstanceState::kRolledBack), "rolled_back");
  EXPECT_EQ(ToText(InstanceState::kGone), "gone");
}

}  // namespace
}  // namespace tidemill
