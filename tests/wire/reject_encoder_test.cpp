#include "tidemill/wire/reject_encoder.h"

#include <string>

#include <gtest/gtest.h>

namespace tidemill {
namespace {

std::string Encoded(std::string_view event) {
  std::string out;
  AppendReject(
      7,
      {.stage = Stage::kSchema, .reason = Reason::kWrongType, .detail = "d\""},
      event, out);
  return out;
}

constexpr std::string_view kHead =
    R"({"line":7,"stage":"schema","reason":"wrong_type","detail":"d\"",)";

TEST(RejectEncoderTest, AnEventInUtf8StandsThereAsText) {
  EXPECT_EQ(Encoded(R"({"a":"é"})"),
            std::string(kHead) + R"("event":"{\"a\":\"é\"}"})");
}

TEST(RejectEncoderTest, AnEmptyEventIsAnEmptyText) {
  EXPECT_EQ(Encoded({}), std::string(kHead) + R"("event":""})");
}

TEST(RejectEncoderTest, AnEventThatIsNotUtf8IsInBase64) {
  const auto with = [](std::string_view base64) {
    return std::string(kHead) + "\"event\":\"" + std::string(base64) +
           R"(","encoding":"base64"})";
  };
  // One, two, three and four bytes: every padding.
  EXPECT_EQ(Encoded("\xFF"), with("/w=="));
  EXPECT_EQ(Encoded("\xFF\xFE"), with("//4="));
  EXPECT_EQ(Encoded("\xFF\xFE\xFD"), with("//79"));
  EXPECT_EQ(Encoded(std::string_view("\xFF\x00\x41\x42", 4)), with("/wBBQg=="));
}

}  // namespace
}  // namespace tidemill
