#include "tidemill/model/link.h"

#include <vector>

#include <gtest/gtest.h>

#include "core/thrown_message.h"
#include "tidemill/core/errors.h"

namespace tidemill {
namespace {

std::vector<double> Linked(Link link, std::vector<double> margins) {
  ApplyLink(link, margins);
  return margins;
}

TEST(LinkTest, OneVsRestDividesThePositiveSharesByTheirSum) {
  EXPECT_EQ(Linked(Link::kOneVsRest, {0.0, 0.0, 0.0, 0.0}),
            (std::vector<double>{0.25, 0.25, 0.25, 0.25}));
  // exp(-800) is 0 in float64.
  EXPECT_EQ(Linked(Link::kOneVsRest, {800.0, -800.0}),
            (std::vector<double>{1.0, 0.0}));
}

TEST(LinkTest, OneVsRestOfNothingIsEven) {
  EXPECT_EQ(Linked(Link::kOneVsRest, {-800.0, -800.0}),
            (std::vector<double>{0.5, 0.5}));
}

TEST(LinkTest, ModifiedHuberCutsAtOneOnEitherSide) {
  EXPECT_EQ(Linked(Link::kModifiedHuber, {-3.0}), std::vector<double>{0.0});
  EXPECT_EQ(Linked(Link::kModifiedHuber, {0.5}), std::vector<double>{0.75});
  EXPECT_EQ(Linked(Link::kModifiedHuber, {0.0, 1.0, -1.0, -2.0}),
            (std::vector<double>{0.5 / 1.5, 1.0 / 1.5, 0.0, 0.0}));
}

TEST(LinkTest, LogisticOfSeveralIsNotDivided) {
  EXPECT_EQ(Linked(Link::kLogistic, {0.0, 0.0, 800.0}),
            (std::vector<double>{0.5, 0.5, 1.0}));
}

TEST(LinkTest, ASignedSquareKeepsTheSign) {
  EXPECT_EQ(Linked(Link::kSignedSquare, {-3.0}), std::vector<double>{-9.0});
}

TEST(LinkTest, Exp2NegativeHalvesWithEveryOne) {
  EXPECT_EQ(Linked(Link::kExp2Negative, {2.0}), std::vector<double>{0.25});
}

TEST(LinkTest, OutputsFitTheirLink) {
  EXPECT_NO_THROW(CheckOutputs(3, Link::kOneVsRest, "x"));
  EXPECT_NO_THROW(CheckOutputs(1, Link::kModifiedHuber, "x"));
  EXPECT_EQ(ThrownMessage<ArtifactError>(
                [] { CheckOutputs(1, Link::kOneVsRest, "x"); }),
            "x: expected 2 to 1000 outputs, got 1");
  EXPECT_EQ(
      ThrownMessage<ArtifactError>([] { CheckOutputs(2, Link::kExp, "x"); }),
      "x: expected one output, got 2");
  EXPECT_THROW(CheckOutputs(0, Link::kIdentity, "x"), ArtifactError);
  EXPECT_THROW(CheckOutputs(1001, Link::kSoftmax, "x"), ArtifactError);
}

}  // namespace
}  // namespace tidemill
