// Predictors made of predictors: votes, stacks and wrappers.
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/allocation_counter.h"
#include "core/thrown_message.h"
#include "features/raw_bytes.h"
#include "model/predictor_testing.h"
#include "tidemill/core/errors.h"
#include "tidemill/core/random.h"

namespace tidemill {
namespace {

TEST(ComplementTest, TakesTheOutputFromOne) {
  const Complement model(Weighted({1.0}));
  EXPECT_EQ(OutputsOf(model, RowMatrix{{0.25}, {0.1}}),
            (std::vector<double>{0.75, 0.9}));
  EXPECT_FALSE(model.single_precision());
}

TEST(ComplementTest, OfAFloat32PredictorIsOneInFloat32) {
  const Complement model(Stump(0.1F, 0.2F));
  EXPECT_TRUE(model.single_precision());
  EXPECT_EQ(OutputsOf(model, RowMatrix{{0.0}, {1.0}}),
            (std::vector<double>{1.0F - 0.1F, 1.0F - 0.2F}));
}

TEST(ComplementTest, RefusesSeveralOutputs) {
  EXPECT_EQ(ThrownMessage<ArtifactError>([] {
              Complement(std::make_unique<GaussianNb>(SmallGaussians()));
            }),
            "complement: expected a predictor of one output, got 3");
}

TEST(VotingTest, AveragesItsMembers) {
  const Voting model(
      Members(Member({0}, Weighted({1.0})), Member({2}, Weighted({3.0}))), {});
  EXPECT_EQ(model.num_features(), 3U);
  EXPECT_EQ(OutputsOf(model, RowMatrix{{1.0, 9.0, 2.0}}),
            (std::vector<double>{3.5}));
}

TEST(VotingTest, WeighsItsMembers) {
  const Voting model(
      Members(Member({0}, Weighted({1.0})), Member({0}, Weighted({3.0}))),
      {3.0, 1.0});
  EXPECT_EQ(OutputsOf(model, RowMatrix{{2.0}}), (std::vector<double>{3.0}));
}

TEST(VotingTest, OfFloat32MembersWithoutWeightsIsInFloat32) {
  const auto votes = [](std::vector<double> weights) {
    return Voting(
        Members(Member({0}, Stump(0.1F, 0.0F)), Member({0}, Stump(0.2F, 0.0F)),
                Member({0}, Stump(0.4F, 0.0F))),
        std::move(weights));
  };
  const RowMatrix row{{0.0}};
  EXPECT_TRUE(votes({}).single_precision());
  EXPECT_EQ(OutputsOf(votes({}), row)[0], (0.1F + 0.2F + 0.4F) / 3.0F);
  EXPECT_FALSE(votes({1.0, 1.0, 1.0}).single_precision());
  EXPECT_EQ(OutputsOf(votes({1.0, 1.0, 1.0}), row)[0],
            (static_cast<double>(0.1F) + static_cast<double>(0.2F) +
             static_cast<double>(0.4F)) /
                3.0);
}

TEST(VotingTest, RefusesWhatDoesNotFit) {
  const auto message = [](std::vector<Member> members,
                          std::vector<double> weights) {
    return ThrownMessage<ArtifactError>(
        [&] { Voting model(std::move(members), std::move(weights)); });
  };
  const auto two = [] {
    return Members(Member({0}, Weighted({1.0})), Member({0}, Weighted({1.0})));
  };
  EXPECT_EQ(message({}, {}), "voting: expected 1 to 10000 members, got 0");
  EXPECT_EQ(message(two(), {1.0}), "voting: expected no weights or 2, got 1");
  EXPECT_EQ(message(two(), {1.0, -1.0}),
            "voting: expected finite weights with a sum other than 0, got the "
            "sum 0");
  EXPECT_EQ(message(two(), {1.0, kNaN}),
            "voting: expected finite weights with a sum other than 0, got NaN "
            "or an infinity");
  EXPECT_EQ(
      message(Members(Member({0}, Weighted({1.0})),
                      Member({0, 1},
                             std::make_unique<GaussianNb>(SmallGaussians()))),
              {}),
      "voting: expected equally many outputs of every member, got 1 and 3");
}

TEST(MemberTest, TakesItsColumnsInItsOwnOrder) {
  const Voting model(Members(Member({2, 0}, Weighted({1.0, 10.0}))), {});
  EXPECT_EQ(OutputsOf(model, RowMatrix{{1.0, 2.0, 3.0}, {4.0, 5.0, 6.0}}),
            (std::vector<double>{13.0, 46.0}));
}

TEST(MemberTest, RefusesColumnsThatDoNotFit) {
  EXPECT_EQ(ThrownMessage<ArtifactError>([] {
              Member({0, 1}, Weighted({1.0}));
            }),
            "member, linear: expected 1 columns, and at least one, got 2");
  EXPECT_EQ(
      ThrownMessage<ArtifactError>([] { Member({65'536}, Weighted({1.0})); }),
      "member, linear: expected columns below 65536, got 65536");
}

TEST(MemberTest, OneThatRoundsItsFeaturesBoundsThemForAll) {
  const auto votes = [](PredictorPtr second) {
    return Voting(
        Members(Member({0}, Weighted({1.0})), Member({1}, std::move(second))),
        {});
  };
  EXPECT_FALSE(votes(Weighted({1.0})).float32_features());
  EXPECT_TRUE(votes(Stump(0.0F, 1.0F)).float32_features());
  EXPECT_FALSE(votes(Stump(0.0F, 1.0F)).single_precision());
}

TEST(StackingTest, TheFinalPredictorTakesOutputsThenPassedColumns) {
  const Stacking model(
      Members(Member({0}, Weighted({2.0})), Member({1}, Weighted({3.0}))), {1},
      Weighted({1.0, 10.0, 100.0}));
  EXPECT_EQ(model.num_features(), 2U);
  EXPECT_EQ(OutputsOf(model, RowMatrix{{1.0, 4.0}, {0.0, 1.0}}),
            (std::vector<double>{2.0 + 120.0 + 400.0, 30.0 + 100.0}));
}

TEST(StackingTest, TakesEveryOutputOfAMember) {
  const Stacking model(
      Members(Member({0, 1}, std::make_unique<GaussianNb>(SmallGaussians()))),
      {}, Weighted({1.0, 1.0, 1.0}));
  EXPECT_NEAR(OutputsOf(model, RowMatrix{{1.0, 2.0}})[0], 1.0, 1e-15);
}

TEST(StackingTest, RefusesWhatDoesNotFit) {
  const auto message = [](std::vector<Member> members,
                          std::vector<std::uint64_t> passthrough) {
    return ThrownMessage<ArtifactError>([&] {
      Stacking model(std::move(members), std::move(passthrough),
                     Weighted({1.0, 1.0}));
    });
  };
  EXPECT_EQ(message({}, {}),
            "stacking: expected at least one member, got none");
  EXPECT_EQ(message(Members(Member({0}, Weighted({1.0}))), {}),
            "stacking: expected 2 features for the final predictor, got 1");
  EXPECT_EQ(message(Members(Member({0}, Weighted({1.0}))), {65'536}),
            "stacking: expected columns below 65536, got 65536");
}

double Mapped(TargetFunction function, double x, double a = 0.0,
              double b = 0.0) {
  const TransformedTarget model(Weighted({1.0}),
                                {{.function = function, .a = a, .b = b}});
  return OutputsOf(model, RowMatrix{{x}})[0];
}

TEST(TransformedTargetTest, MapsTheOutputBack) {
  using enum TargetFunction;
  EXPECT_EQ(Mapped(kExp, 1.0), std::exp(1.0));
  EXPECT_EQ(Mapped(kExpm1, 1e-20), 1e-20);
  EXPECT_EQ(Mapped(kExp2, 3.0), 8.0);
  EXPECT_EQ(Mapped(kLog, 1.0), 0.0);
  EXPECT_EQ(Mapped(kLog1p, 1e-20), 1e-20);
  EXPECT_EQ(Mapped(kSqrt, 9.0), 3.0);
  EXPECT_EQ(Mapped(kSquare, -3.0), 9.0);
  EXPECT_EQ(Mapped(kCbrt, -8.0), -2.0);
  EXPECT_EQ(Mapped(kSinh, 0.5), std::sinh(0.5));
  EXPECT_EQ(Mapped(kArcsinh, 0.5), std::asinh(0.5));
  EXPECT_EQ(Mapped(kReciprocal, 4.0), 0.25);
  EXPECT_EQ(Mapped(kMultiplyAdd, 3.0, 2.0, 1.0), 7.0);
  EXPECT_EQ(Mapped(kSubtractDivide, 7.0, 1.0, 2.0), 3.0);
}

TEST(TransformedTargetTest, PowersAreScikitLearns) {
  using enum TargetFunction;
  // PowerTransformer.inverse_transform of scikit-learn 1.9.1.
  EXPECT_NEAR(Mapped(kInverseYeoJohnson, 0.75, 0.0), 1.1170000166126748, 1e-15);
  EXPECT_NEAR(Mapped(kInverseYeoJohnson, -0.75, 0.0), -0.5811388300841898,
              1e-15);
  EXPECT_NEAR(Mapped(kInverseYeoJohnson, 0.75, 2.0), 0.5811388300841898, 1e-15);
  EXPECT_NEAR(Mapped(kInverseYeoJohnson, -0.75, 2.0), -1.1170000166126748,
              1e-15);
  EXPECT_NEAR(Mapped(kInverseYeoJohnson, -0.75, 0.5), -0.6528722546144863,
              1e-15);
  EXPECT_EQ(Mapped(kInverseYeoJohnson, 0.75, -1.0), 3.0);
  EXPECT_NEAR(Mapped(kInverseBoxCox, -0.75, 0.0), 0.4723665527410147, 1e-15);
  EXPECT_NEAR(Mapped(kInverseBoxCox, 0.75, 0.5), 1.890625, 1e-15);
}

TEST(TransformedTargetTest, MapsFollowOneAnother) {
  const TransformedTarget model(
      Weighted({1.0}),
      {{.function = TargetFunction::kMultiplyAdd, .a = 2.0, .b = 1.0},
       {.function = TargetFunction::kSquare}});
  EXPECT_EQ(OutputsOf(model, RowMatrix{{1.0}})[0], 9.0);
}

TEST(TransformedTargetTest, AFloat32PredictorsOutputIsMappedInFloat32) {
  const TransformedTarget model(
      Stump(0.1F, 0.2F),
      {{.function = TargetFunction::kMultiplyAdd, .a = 0.7F, .b = 0.3F}});
  EXPECT_TRUE(model.single_precision());
  EXPECT_EQ(OutputsOf(model, RowMatrix{{0.0}})[0], 0.1F * 0.7F + 0.3F);
}

TEST(TransformedTargetTest, RefusesWhatIsNotFiniteAndZeroAsADivisor) {
  EXPECT_THROW(Mapped(TargetFunction::kMultiplyAdd, 1.0, kNaN), ArtifactError);
  EXPECT_EQ(ThrownMessage<ArtifactError>(
                [] { Mapped(TargetFunction::kSubtractDivide, 1.0, 1.0, 0.0); }),
            "transformed_target: expected finite numbers, none a divisor of 0, "
            "got 1 and 0");
}

class BlendTest : public testing::Test {
 protected:
  BlendTest() : rows_(300, 7) {
    Random random(20261121);
    for (Eigen::Index i = 0; i < rows_.size(); ++i) {
      rows_.data()[i] = 6.0 * random.Uniform() - 3.0;
    }
  }

  const PredictorPtr blend_ = SmallBlend();
  RowMatrix rows_;
};

TEST_F(BlendTest, ReadsBackAsItWasWritten) {
  const std::string bytes = BytesOf(*blend_);
  const PredictorPtr loaded = ReadBack(bytes);
  EXPECT_EQ(BytesOf(*loaded), bytes);
  EXPECT_EQ(loaded->num_features(), 7U);
  EXPECT_TRUE(SameBits(OutputsOf(*loaded, rows_), OutputsOf(*blend_, rows_)));
}

TEST_F(BlendTest, ARowScoresTheSameWhateverStandsBesideIt) {
  const std::vector<double> together = OutputsOf(*blend_, rows_);
  for (Eigen::Index i = 0; i < rows_.rows(); ++i) {
    const double alone = OutputsOf(*blend_, RowMatrix(rows_.row(i)))[0];
    EXPECT_TRUE(SameBits(alone, together[static_cast<std::size_t>(i)])) << i;
  }
}

TEST_F(BlendTest, AllocatesNothingOnceWarm) {
  std::vector<double> outputs = OutputsOf(*blend_, rows_);
  const AllocationCounter allocations;
  blend_->Predict(rows_, outputs);
  EXPECT_EQ(allocations.count(), 0U);
}

TEST(PredictorTest, NestsEightLevelsAndNoMore) {
  const auto nested = [](int levels) {
    PredictorPtr predictor = Weighted({1.0});
    for (int i = 1; i < levels; ++i) {
      predictor = std::make_unique<Complement>(std::move(predictor));
    }
    return BytesOf(*predictor);
  };
  EXPECT_EQ(ReadBack(nested(8))->num_features(), 1U);
  EXPECT_EQ(ThrownMessage<ArtifactError>([&] { ReadBack(nested(9)); }),
            "m: expected at most 8 predictors one within the other, got more");
}

TEST(PredictorTest, AWrapperOfNothingIsRefused) {
  RawBytes out;
  out.Text("complement");
  out.U64(0);
  const std::string bytes = out.Finish();
  EXPECT_EQ(ThrownMessage<ArtifactError>([&] { ReadBack(bytes); }),
            "m: expected one predictor, got none");
}

}  // namespace
}  // namespace tidemill
