#include "tidemill/model/calibrated.h"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "core/thrown_message.h"
#include "model/predictor_testing.h"
#include "tidemill/core/errors.h"

namespace tidemill {
namespace {

std::vector<double> CalibratedRow(const Calibration& calibration,
                                  std::vector<double> row) {
  Calibrate(calibration, row);
  return row;
}

TEST(CalibrationTest, ASigmoidFallsWithItsSlope) {
  const Calibration calibration = std::vector<SigmoidMap>{{-1.0, 0.0}};
  EXPECT_EQ(CalibratedRow(calibration, {0.0})[0], 0.5);
  EXPECT_NEAR(CalibratedRow(calibration, {std::log(3.0)})[0], 0.75, 1e-15);
}

TEST(CalibrationTest, LinesRunFromPointToPointAndEndFlat) {
  const Calibration calibration = std::vector<IsotonicMap>{
      {.x = {-1.0, 0.0, 1.0, 2.0}, .y = {0.0, 0.25, 0.25, 1.0}}};
  const std::vector<std::pair<double, double>> expected = {
      {-9.0, 0.0},  {-1.0, 0.0}, {-0.5, 0.125}, {0.5, 0.25},
      {1.5, 0.625}, {2.0, 1.0},  {9.0, 1.0}};
  for (const auto& [x, y] : expected) {
    EXPECT_EQ(CalibratedRow(calibration, {x})[0], y) << x;
  }
  EXPECT_TRUE(std::isnan(CalibratedRow(calibration, {kNaN})[0]));
}

TEST(CalibrationTest, OnePointIsAConstant) {
  const Calibration calibration =
      std::vector<IsotonicMap>{{.x = {3.0}, .y = {0.25}}};
  EXPECT_EQ(CalibratedRow(calibration, {-7.0})[0], 0.25);
}

TEST(CalibrationTest, APointOfAnInfiniteSlopeIsStillItsOwn) {
  const Calibration calibration =
      std::vector<IsotonicMap>{{.x = {0.0, 5e-324, 1.0}, .y = {0.0, 0.5, 0.5}}};
  EXPECT_EQ(CalibratedRow(calibration, {0.0})[0], 0.0);
  EXPECT_EQ(CalibratedRow(calibration, {5e-324})[0], 0.5);
}

TEST(CalibrationTest, Float32LinesAreScikitLearns) {
  // IsotonicRegression.predict of scikit-learn 1.9.1, fitted on float32.
  const Calibration calibration =
      std::vector<IsotonicMap>{{.x = {0.1F, 0.3F, 0.6F, 0.9F},
                                .y = {0.1F, 0.2F, 0.7F, 0.8F},
                                .single_precision = true}};
  const std::vector<std::pair<double, double>> expected = {
      {0.2F, 0.15000000596046448}, {0.3F, 0.20000000298023224},
      {0.5F, 0.5333333015441895},  {0.6F, 0.699999988079071},
      {0.95F, 0.800000011920929},  {0.0F, 0.10000000149011612}};
  for (const auto& [x, y] : expected) {
    EXPECT_EQ(CalibratedRow(calibration, {x})[0], y) << x;
  }
}

TEST(CalibrationTest, SeveralClassesShareOne) {
  const std::vector<IsotonicMap> maps(
      3, IsotonicMap{.x = {0.0, 1.0}, .y = {0.0, 1.0}});
  EXPECT_EQ(CalibratedRow(maps, {0.5, 0.25, 0.25}),
            (std::vector<double>{0.5, 0.25, 0.25}));
  EXPECT_EQ(CalibratedRow(maps, {1.0, 1.0, 2.0})[2], 1.0 / 3.0);
  EXPECT_EQ(CalibratedRow(maps, {-1.0, -1.0, -1.0})[0], 1.0 / 3.0);
}

TEST(CalibrationTest, ATemperatureIsScikitLearns) {
  // _TemperatureScaling.predict of scikit-learn 1.9.1, beta_ = 0.7.
  const auto row = [](bool probabilities, std::vector<double> values) {
    return CalibratedRow(Temperature{0.7, probabilities}, std::move(values));
  };
  EXPECT_NEAR(row(false, {1.5})[0], 0.8909031788043871, 1e-15);
  EXPECT_NEAR(row(true, {0.8})[0], 0.7252004253234816, 1e-15);
  EXPECT_NEAR(row(true, {0.0})[0], 3.981071689683263e-09, 1e-15);
  EXPECT_NEAR(row(false, {1.5, -2.0, 0.3})[2], 0.28439351422403464, 1e-15);
  EXPECT_NEAR(row(true, {0.2, 0.5, 0.3})[1], 0.4492522275437917, 1e-15);
}

TEST(CalibrationTest, RefusesWhatDoesNotFit) {
  const auto message = [](const Calibration& calibration) {
    return ThrownMessage<ArtifactError>(
        [&] { CheckCalibration(calibration, 1); });
  };
  using Lines = std::vector<IsotonicMap>;
  EXPECT_EQ(message(Lines{}), "calibration: expected 1 calibrators, got 0");
  EXPECT_EQ(message(Lines{{.x = {1.0, 1.0}, .y = {0.0, 1.0}}}),
            "calibration: expected x that rise, got 1.000000 after 1.000000");
  EXPECT_EQ(message(Lines{{.x = {1.0, 2.0}, .y = {0.0}}}),
            "calibration: expected as many x as y, 1 to 1000000, got 2 and 1");
  EXPECT_EQ(message(Lines{{.x = {1.0}, .y = {kNaN}}}),
            "calibration: expected finite numbers, got NaN or an infinity");
  EXPECT_EQ(message(Lines{{.x = {0.1}, .y = {0.5}, .single_precision = true}}),
            "calibration: expected float32 numbers, got float64 ones");
  EXPECT_EQ(message(std::vector<SigmoidMap>{{kNaN, 0.0}}),
            "calibration: expected finite numbers, got NaN or an infinity");
  EXPECT_EQ(
      message(Temperature{-1.0, false}),
      "calibration: expected an inverse temperature above 0, got -1.000000");
}

TEST(CalibratedTest, AveragesItsMembers) {
  const auto line = [](double greatest) {
    return Calibration(
        std::vector<IsotonicMap>{{.x = {0.0, 1.0}, .y = {0.0, greatest}}});
  };
  const Calibrated model(
      CalibrationMethod::kIsotonic,
      Members(Member({0}, Weighted({1.0})), Member({1}, Weighted({1.0}))),
      {line(1.0), line(0.5)});
  EXPECT_EQ(model.num_features(), 2U);
  EXPECT_EQ(OutputsOf(model, RowMatrix{{0.5, 0.5}, {1.0, 0.0}}),
            (std::vector<double>{0.375, 0.5}));
}

TEST(CalibratedTest, RefusesOtherCalibrationsThanItsMethod) {
  EXPECT_EQ(ThrownMessage<ArtifactError>([] {
              Calibrated(CalibrationMethod::kSigmoid,
                         Members(Member({0}, Weighted({1.0}))),
                         {Temperature{1.0, false}});
            }),
            "calibrated: expected sigmoid, got temperature");
  EXPECT_EQ(ThrownMessage<ArtifactError>([] {
              Calibrated(CalibrationMethod::kSigmoid,
                         Members(Member({0}, Weighted({1.0}))), {});
            }),
            "calibrated: expected 1 calibrations, got 0");
}

}  // namespace
}  // namespace tidemill
