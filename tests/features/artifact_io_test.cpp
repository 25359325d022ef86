#include "tidemill/features/artifact_io.h"

#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/allocation_counter.h"
#include "core/thrown_message.h"
#include "features/step_testing.h"
#include "tidemill/core/errors.h"

namespace tidemill {
namespace {

enum class Colour : std::uint8_t { kRed, kBlue };

template <typename Write>
std::string Section(Write write) {
  ArtifactWriter out;
  write(out);
  return out.Finish();
}

TEST(ArtifactIoTest, EveryTypeReadsBack) {
  const std::string bytes = Section([](ArtifactWriter& out) {
    out.Bool(true);
    out.U8(200);
    out.U32(4'000'000'000U);
    out.U64(std::numeric_limits<std::uint64_t>::max());
    out.I32(-5);
    out.Double(-0.0);
    out.Text(std::string_view("a\0b", 3));
    out.Doubles({0.1, kNaN});
    out.Floats({0.5F});
    out.I32s({-1, 2});
    out.U8s({});
    out.U64s({7});
    out.Texts({"", "é"});
  });
  ArtifactReader in(bytes, "test");
  EXPECT_TRUE(in.Bool());
  EXPECT_EQ(in.U8(), 200);
  EXPECT_EQ(in.U32(), 4'000'000'000U);
  EXPECT_EQ(in.U64(), std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(in.I32(), -5);
  EXPECT_TRUE(SameBits(in.Double(), -0.0));
  EXPECT_EQ(in.Text(), std::string("a\0b", 3));
  EXPECT_TRUE(SameBits(in.Doubles(), {0.1, kNaN}));
  EXPECT_EQ(in.Floats(), std::vector<float>{0.5F});
  EXPECT_EQ(in.I32s(), (std::vector<std::int32_t>{-1, 2}));
  EXPECT_TRUE(in.U8s().empty());
  EXPECT_EQ(in.U64s(), std::vector<std::uint64_t>{7});
  EXPECT_EQ(in.Texts(), (std::vector<std::string>{"", "é"}));
  EXPECT_NO_THROW(in.Finish());
}

TEST(ArtifactIoTest, BytesLeftOverAreRefused) {
  const std::string bytes = Section([](ArtifactWriter& out) { out.U32(1); });
  ArtifactReader in(bytes, "model.bin, schema");
  in.U8();
  EXPECT_EQ(ThrownMessage<ArtifactError>([&] { in.Finish(); }),
            "model.bin, schema: expected the section's end, got 3 more bytes");
}

TEST(ArtifactIoTest, NoBytesAreNoSection) {
  EXPECT_THROW(ArtifactReader("", "test"), ArtifactError);
}

TEST(ArtifactIoTest, AnotherByteOrderMarkIsRefused) {
  EXPECT_THROW(ArtifactReader("\x02", "test"), ArtifactError);
}

TEST(ArtifactIoTest, ABooleanIsZeroOrOne) {
  const std::string bytes = Section([](ArtifactWriter& out) { out.U8(2); });
  ArtifactReader in(bytes, "test");
  EXPECT_THROW(in.Bool(), ArtifactError);
}

TEST(ArtifactIoTest, AChoiceIsBelowItsCount) {
  const std::string bytes = Section([](ArtifactWriter& out) {
    out.U8(1);
    out.U8(2);
  });
  ArtifactReader in(bytes, "test");
  EXPECT_EQ(in.Choice<Colour>(2), Colour::kBlue);
  EXPECT_THROW(in.Choice<Colour>(2), ArtifactError);
}

TEST(ArtifactIoTest, FiniteNumbersAreFinite) {
  const std::string bytes = Section([](ArtifactWriter& out) {
    out.Double(std::numeric_limits<double>::infinity());
    out.Doubles({1.0, kNaN});
  });
  ArtifactReader in(bytes, "test");
  EXPECT_THROW(in.FiniteDouble(), ArtifactError);
  EXPECT_THROW(in.FiniteDoubles(), ArtifactError);
}

TEST(ArtifactIoTest, ATextIsBounded) {
  const std::string bytes =
      Section([](ArtifactWriter& out) { out.Text("abcd"); });
  ArtifactReader in(bytes, "test");
  EXPECT_THROW(in.Text(3), ArtifactError);
}

TEST(ArtifactIoTest, AHugeCountIsRefusedBeforeAnythingIsAllocated) {
  for (const std::uint64_t count :
       {std::uint64_t{1} << 30U, std::uint64_t{1} << 61U,
        std::numeric_limits<std::uint64_t>::max()}) {
    const std::string bytes =
        Section([&](ArtifactWriter& out) { out.U64(count); });
    const auto refused = [&](auto read) {
      ArtifactReader in(bytes, "test");
      EXPECT_THROW(read(in), ArtifactError) << count;
    };
    const AllocationCounter allocations;
    refused([](ArtifactReader& in) { in.Doubles(); });
    refused([](ArtifactReader& in) { in.Floats(); });
    refused([](ArtifactReader& in) { in.I32s(); });
    refused([](ArtifactReader& in) { in.U8s(); });
    refused([](ArtifactReader& in) { in.U64s(); });
    refused([](ArtifactReader& in) { in.Texts(); });
    refused([](ArtifactReader& in) { in.Text(); });
    refused([](ArtifactReader& in) { in.Count(~std::size_t{0}, 1); });
    EXPECT_LT(allocations.peak_bytes(), 100'000U);
  }
}

}  // namespace
}  // namespace tidemill
