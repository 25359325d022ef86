#include <array>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/allocation_counter.h"
#include "core/thrown_message.h"
#include "features/raw_bytes.h"
#include "features/step_testing.h"
#include "tidemill/core/errors.h"
#include "tidemill/features/artifact_binary.h"

namespace tidemill {
namespace {

enum class Colour : std::uint8_t { kRed, kBlue };
constexpr std::array<std::string_view, 2> kColours = {"red", "blue"};

template <typename Write>
std::string Section(Write write) {
  RawBytes out;
  write(out);
  return out.Finish();
}

TEST(ArtifactIoTest, EveryTypeReadsBack) {
  const std::string bytes = Section([](RawBytes& out) {
    out.Bool(true);
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
  BinaryReader in(bytes, "test");
  EXPECT_TRUE(in.Bool("x"));
  EXPECT_EQ(in.U32("x"), 4'000'000'000U);
  EXPECT_EQ(in.U64("x"), std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(in.I32("x"), -5);
  EXPECT_TRUE(SameBits(in.Double("x"), -0.0));
  EXPECT_EQ(in.Text("x"), std::string("a\0b", 3));
  EXPECT_TRUE(SameBits(in.Doubles("x"), {0.1, kNaN}));
  EXPECT_EQ(in.Floats("x"), std::vector<float>{0.5F});
  EXPECT_EQ(in.I32s("x"), (std::vector<std::int32_t>{-1, 2}));
  EXPECT_TRUE(in.U8s("x").empty());
  EXPECT_EQ(in.U64s("x"), std::vector<std::uint64_t>{7});
  EXPECT_EQ(in.Texts("x"), (std::vector<std::string>{"", "é"}));
  EXPECT_NO_THROW(in.Finish());
}

TEST(ArtifactIoTest, BytesLeftOverAreRefused) {
  const std::string bytes = Section([](RawBytes& out) { out.U32(1); });
  BinaryReader in(bytes, "model.bin, schema");
  in.Bool("x");
  EXPECT_EQ(ThrownMessage<ArtifactError>([&] { in.Finish(); }),
            "model.bin, schema: expected the section's end, got 3 more bytes");
}

TEST(ArtifactIoTest, NoBytesAreNoSection) {
  EXPECT_THROW(BinaryReader("", "test"), ArtifactError);
}

TEST(ArtifactIoTest, AnotherByteOrderMarkIsRefused) {
  EXPECT_THROW(BinaryReader("\x02", "test"), ArtifactError);
}

TEST(ArtifactIoTest, ABooleanIsZeroOrOne) {
  const std::string bytes = Section([](RawBytes& out) { out.U8(2); });
  BinaryReader in(bytes, "test");
  EXPECT_THROW(in.Bool("x"), ArtifactError);
}

TEST(ArtifactIoTest, AChoiceIsBelowItsCount) {
  const std::string bytes = Section([](RawBytes& out) {
    out.U8(1);
    out.U8(2);
  });
  BinaryReader in(bytes, "test");
  EXPECT_EQ(in.Choice<Colour>("x", kColours), Colour::kBlue);
  EXPECT_THROW(in.Choice<Colour>("x", kColours), ArtifactError);
}

TEST(ArtifactIoTest, FiniteNumbersAreFinite) {
  const std::string bytes = Section([](RawBytes& out) {
    out.Double(std::numeric_limits<double>::infinity());
    out.Doubles({1.0, kNaN});
  });
  BinaryReader in(bytes, "test");
  EXPECT_THROW(in.FiniteDouble("x"), ArtifactError);
  EXPECT_THROW(in.FiniteDoubles("x"), ArtifactError);
}

TEST(ArtifactIoTest, ATextIsBounded) {
  const std::string bytes = Section([](RawBytes& out) { out.Text("abcd"); });
  BinaryReader in(bytes, "test");
  EXPECT_THROW(in.Text("x", 3), ArtifactError);
}

TEST(ArtifactIoTest, AHugeCountIsRefusedBeforeAnythingIsAllocated) {
  for (const std::uint64_t count :
       {std::uint64_t{1} << 30U, std::uint64_t{1} << 61U,
        std::numeric_limits<std::uint64_t>::max()}) {
    const std::string bytes = Section([&](RawBytes& out) { out.U64(count); });
    const auto refused = [&](auto read) {
      BinaryReader in(bytes, "test");
      EXPECT_THROW(read(in), ArtifactError) << count;
    };
    const AllocationCounter allocations;
    refused([](BinaryReader& in) { in.Doubles("x"); });
    refused([](BinaryReader& in) { in.Floats("x"); });
    refused([](BinaryReader& in) { in.I32s("x"); });
    refused([](BinaryReader& in) { in.U8s("x"); });
    refused([](BinaryReader& in) { in.U64s("x"); });
    refused([](BinaryReader& in) { in.Texts("x"); });
    refused([](BinaryReader& in) { in.Text("x"); });
    refused([](BinaryReader& in) {
      in.Each<char>("x", ~std::size_t{0}, 1, [](char&) {});
    });
    EXPECT_LT(allocations.peak_bytes(), 100'000U);
  }
}

}  // namespace
}  // namespace tidemill
