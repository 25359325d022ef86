#include "tidemill/serving/canary_router.h"

#include <string>

#include <gtest/gtest.h>

#include "serving/model_sets.h"
#include "serving/small_model.h"

namespace tidemill {
namespace {

constexpr double kPercent = 50.0;

class RouterTest : public ::testing::Test {
 protected:
  RouterTest() {
    record_.topic = "in";
    record_.partition = 3;
  }

  static bool IsIn(const std::string& key) {
    return CanaryShare(kPercent, "salt").Includes(key);
  }
  /// Of so many events, drawn by `by`, those on the same side as their
  /// expected key is. `event` makes event i and answers that key.
  template <typename MakeEvent>
  int Agreeing(const std::string& by, int events, MakeEvent make_event) {
    models_->canaries = {Canary(metrics_, SmallModel(2), kPercent, by)};
    int agreeing = 0;
    for (int i = 0; i < events; ++i) {
      record_.offset = i;
      const std::string expected = make_event(i);
      const bool is_in = router_.Choose(record_, *models_) == 1;
      if (is_in == IsIn(expected)) ++agreeing;
    }
    return agreeing;
  }
  void SetValue(std::string value) {
    value_ = std::move(value);
    record_.value = value_;
  }

  ServiceMetrics metrics_{"small"};
  std::shared_ptr<ModelSet> models_ = SetOf(metrics_, SmallModel(1));
  CanaryRouter router_{1000};
  Record record_;
  std::string key_;
  std::string value_;
};

TEST_F(RouterTest, DrawsByTheRecordsKey) {
  EXPECT_EQ(Agreeing("key", 200,
                     [this](int i) {
                       key_ = "k" + std::to_string(i);
                       record_.key = key_;
                       SetValue(R"({"id":"always the same"})");
                       return key_;
                     }),
            200);
}

TEST_F(RouterTest, AnEmptyKeyIsAKey) {
  EXPECT_EQ(Agreeing("key", 1,
                     [this](int) {
                       record_.key = "";
                       SetValue(R"({"id":"a"})");
                       return "";
                     }),
            1);
}

TEST_F(RouterTest, WithoutAKeyDrawsByTheEventsId) {
  EXPECT_EQ(Agreeing("key", 200,
                     [this](int i) {
                       const std::string id = "e" + std::to_string(i);
                       SetValue(R"({"x":1,"id":")" + id + "\"}");
                       return id;
                     }),
            200);
}

TEST_F(RouterTest, WithoutKeyAndIdDrawsByThePlace) {
  EXPECT_EQ(Agreeing("key", 200,
                     [this](int i) {
                       SetValue(R"({"x":1})");
                       return "in/3/" + std::to_string(i);
                     }),
            200);
}

TEST_F(RouterTest, ATombstoneIsDrawnByItsPlace) {
  EXPECT_EQ(
      Agreeing("group", 200, [](int i) { return "in/3/" + std::to_string(i); }),
      200);
}

TEST_F(RouterTest, WithoutAnIdFieldDrawsByThePlace) {
  models_ = SetOf(metrics_, SmallModelWithoutId(1));
  EXPECT_EQ(Agreeing("key", 200,
                     [this](int i) {
                       SetValue(R"({"id":"a"})");
                       return "in/3/" + std::to_string(i);
                     }),
            200);
}

TEST_F(RouterTest, DrawsByAFieldAndNotByTheKey) {
  EXPECT_EQ(Agreeing("group", 200,
                     [this](int i) {
                       record_.key = "always the same";
                       const std::string group = std::to_string(i);
                       SetValue(R"({"id":"a","group":)" + group + "}");
                       return group;
                     }),
            200);
}

TEST_F(RouterTest, WhereTheFieldIsMissingDrawsByTheId) {
  EXPECT_EQ(Agreeing("group", 200,
                     [this](int i) {
                       record_.key = "always the same";
                       const std::string id = "e" + std::to_string(i);
                       SetValue(R"({"group":null,"id":")" + id + "\"}");
                       return id;
                     }),
            200);
}

TEST_F(RouterTest, LooksIntoNoEventThatIsTooLarge) {
  EXPECT_EQ(Agreeing("group", 200,
                     [this](int i) {
                       SetValue(R"({"id":"a","group":"g","x":")" +
                                std::string(1000, 'x') + "\"}");
                       return "in/3/" + std::to_string(i);
                     }),
            200);
}

TEST_F(RouterTest, TheFirstCanaryThatIncludesTheKeyAnswers) {
  models_->canaries = {Canary(metrics_, SmallModel(2), 0.0),
                       Canary(metrics_, SmallModel(3), 100.0),
                       Canary(metrics_, SmallModel(4), 100.0)};
  record_.key = "a";
  EXPECT_EQ(router_.Choose(record_, *models_), 2U);
}

}  // namespace
}  // namespace tidemill
