#include "tidemill/simulation/simulator.h"

#include <chrono>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "tidemill/core/errors.h"
#include "tidemill/core/timestamp.h"

namespace tidemill {
namespace {

/// FNV-1a, 64 bits.
std::uint64_t Digest(std::string_view text, std::uint64_t digest) {
  for (const char c : text) {
    digest = (digest ^ static_cast<unsigned char>(c)) * 0x100000001B3;
  }
  return digest;
}

std::uint64_t DigestOfFirstThousand(std::string_view service,
                                    const SimulatorOptions& options = {}) {
  const auto simulator = MakeSimulator(service, options);
  std::uint64_t digest = 0xCBF29CE484222325;
  for (int i = 0; i < 1000; ++i) {
    const SimulatedEvent& event = simulator->Next();
    digest = Digest(event.value, Digest(event.labelled, digest));
  }
  return digest;
}

using Cells = std::map<std::string, std::string>;

/// Rows as maps from column to cell; no simulated cell needs quotes.
std::vector<Cells> Rows(std::string_view service, int count,
                        const SimulatorOptions& options = {}) {
  const auto simulator = MakeSimulator(service, options);
  std::string text;
  simulator->AppendCsvHeader(true, text);
  std::vector<std::string> names;
  std::string cell;
  std::istringstream header(text.substr(0, text.size() - 1));
  while (std::getline(header, cell, ',')) names.push_back(cell);
  std::vector<Cells> rows;
  for (int i = 0; i < count; ++i) {
    simulator->Next();
    text.clear();
    simulator->AppendCsvRow(true, text);
    text.back() = ',';
    std::istringstream line(text);
    Cells& row = rows.emplace_back();
    for (const std::string& name : names) {
      std::getline(line, cell, ',');
      row[name] = cell;
    }
  }
  return rows;
}

double Number(const Cells& row, const char* name) {
  return std::stod(row.at(name));
}

double Minutes(const Cells& row) {
  const auto from = ParseTimestamp(row.at("pickup"));
  const auto to = ParseTimestamp(row.at("dropoff"));
  return from && to ? static_cast<double>(to->utc_us - from->utc_us) / 60e6
                    : -1.0;
}

/// Share of "Yes" among the rows that have the value.
double ChurnShare(const std::vector<Cells>& rows, const char* name,
                  const std::string& value) {
  double churned = 0.0;
  double all = 0.0;
  for (const Cells& row : rows) {
    if (row.at(name) != value) continue;
    all += 1.0;
    churned += row.at("Churn") == "Yes";
  }
  return churned / all;
}

std::string Header(std::string_view service, bool with_truth) {
  std::string header;
  MakeSimulator(service, {})->AppendCsvHeader(with_truth, header);
  return header;
}

TEST(SimulatorTest, GivesTheSameBytesEverywhere) {
  // A change here changes every simulated stream: say so in the changelog.
  EXPECT_EQ(DigestOfFirstThousand("churn"), 15946170295312121113u);
  EXPECT_EQ(DigestOfFirstThousand("taxi"), 16049073967302321398u);
}

TEST(SimulatorTest, GivesOtherEventsForAnotherSeed) {
  SimulatorOptions options;
  options.seed = 2;
  for (const std::string_view service : SimulatedServices()) {
    EXPECT_NE(DigestOfFirstThousand(service, options),
              DigestOfFirstThousand(service));
  }
}

TEST(SimulatorTest, HasTheColumnsOfTheChurnFile) {
  const std::string inputs =
      "customerID,gender,SeniorCitizen,Partner,Dependents,tenure,PhoneService,"
      "MultipleLines,InternetService,OnlineSecurity,OnlineBackup,"
      "DeviceProtection,TechSupport,StreamingTV,StreamingMovies,Contract,"
      "PaperlessBilling,PaymentMethod,MonthlyCharges,TotalCharges";
  EXPECT_EQ(Header("churn", false), inputs + "\n");
  EXPECT_EQ(Header("churn", true), inputs + ",Churn\n");
}

TEST(SimulatorTest, HasTheColumnsOfTheTaxiFile) {
  const std::string inputs =
      "ride_id,pickup,passengers,distance,color,pickup_zone,dropoff_zone,"
      "pickup_borough,dropoff_borough,pickup_latitude,pickup_longitude,"
      "dropoff_latitude,dropoff_longitude";
  EXPECT_EQ(Header("taxi", false), inputs + "\n");
  EXPECT_EQ(Header("taxi", true),
            inputs + ",dropoff,fare,tip,tolls,total,payment\n");
}

TEST(SimulatorTest, NamesTheNearestService) {
  try {
    MakeSimulator("churm", {});
    FAIL();
  } catch (const UsageError& error) {
    EXPECT_STREQ(error.what(),
                 "simulator's service: expected churn or taxi (nearest: "
                 "churn), got 'churm'");
  }
}

TEST(SimulatorTest, NeverRepeatsAnId) {
  for (const std::string_view service : SimulatedServices()) {
    const auto simulator = MakeSimulator(service, {});
    std::set<std::string> keys;
    for (int i = 0; i < 20'000; ++i) keys.insert(simulator->Next().key);
    EXPECT_EQ(keys.size(), 20'000u);
  }
}

TEST(SimulatorTest, KeepsTheTruthOutOfTheEvent) {
  const auto churn = MakeSimulator("churn", {});
  const auto taxi = MakeSimulator("taxi", {});
  for (int i = 0; i < 100; ++i) {
    EXPECT_THAT(churn->Next().value, Not(testing::HasSubstr("Churn")));
    const std::string ride = taxi->Next().value;
    for (const char* name : {"\"dropoff\"", "fare", "tip", "tolls", "total",
                             "payment", "traffic"}) {
      EXPECT_THAT(ride, Not(testing::HasSubstr(name)));
    }
  }
}

TEST(SimulatorTest, LabelsTheRowWithItsTruth) {
  const auto churn = MakeSimulator("churn", {});
  const auto taxi = MakeSimulator("taxi", {});
  for (int i = 0; i < 100; ++i) {
    const SimulatedEvent& customer = churn->Next();
    EXPECT_THAT(customer.labelled,
                testing::EndsWith(",\"Churn\":\"" + customer.truth + "\"}"));
    EXPECT_EQ(customer.truth_number, customer.truth == "Yes" ? 1.0 : 0.0);
    const SimulatedEvent& ride = taxi->Next();
    EXPECT_THAT(ride.labelled,
                testing::HasSubstr("\"dropoff\":\"" + ride.truth + "\""));
  }
}

class ChurnSimulatorTest : public testing::Test {
 protected:
  static const std::vector<Cells>& rows() {
    static const std::vector<Cells> rows = Rows("churn", 20'000);
    return rows;
  }
};

TEST_F(ChurnSimulatorTest, ChurnsAsOftenAsTheFile) {
  double churned = 0.0;
  for (const Cells& row : rows()) churned += row.at("Churn") == "Yes";
  EXPECT_NEAR(churned / static_cast<double>(rows().size()), 0.265, 0.012);
}

TEST_F(ChurnSimulatorTest, CanBeLearnedByASimpleRule) {
  EXPECT_NEAR(ChurnShare(rows(), "Contract", "Month-to-month"), 0.43, 0.03);
  EXPECT_NEAR(ChurnShare(rows(), "Contract", "Two year"), 0.03, 0.015);
  EXPECT_NEAR(ChurnShare(rows(), "InternetService", "Fiber optic"), 0.42, 0.03);
  EXPECT_NEAR(ChurnShare(rows(), "InternetService", "No"), 0.07, 0.02);
}

TEST_F(ChurnSimulatorTest, StaysWithinTheRangesOfTheFile) {
  for (const Cells& row : rows()) {
    EXPECT_GE(Number(row, "tenure"), 0.0);
    EXPECT_LE(Number(row, "tenure"), 72.0);
    EXPECT_GE(Number(row, "MonthlyCharges"), 18.25);
    EXPECT_LE(Number(row, "MonthlyCharges"), 121.0);
    EXPECT_THAT(row.at("SeniorCitizen"), testing::AnyOf("0", "1"));
    EXPECT_THAT(row.at("customerID"),
                testing::MatchesRegex("[0-9]{4}-[A-Z]{5}"));
  }
}

TEST_F(ChurnSimulatorTest, HasNoTotalBeforeTheFirstBill) {
  int missing = 0;
  for (const Cells& row : rows()) {
    EXPECT_EQ(row.at("TotalCharges").empty(), row.at("tenure") == "0");
    missing += row.at("TotalCharges").empty();
  }
  EXPECT_NEAR(missing, 31, 25);  // 11 of 7,043 in the file
}

TEST_F(ChurnSimulatorTest, BillsWhatWasUsed) {
  for (const Cells& row : rows()) {
    const bool internet = row.at("InternetService") != "No";
    EXPECT_EQ(row.at("TechSupport") == "No internet service", !internet);
    EXPECT_EQ(row.at("MultipleLines") == "No phone service",
              row.at("PhoneService") == "No");
    const double months = Number(row, "tenure");
    if (months == 0.0) continue;
    EXPECT_NEAR(Number(row, "TotalCharges") / Number(row, "MonthlyCharges"),
                months, 1.2 * std::sqrt(months));
  }
}

class TaxiSimulatorTest : public testing::Test {
 protected:
  static const std::vector<Cells>& rows() {
    static const std::vector<Cells> rows = Rows("taxi", 20'000);
    return rows;
  }
};

TEST_F(TaxiSimulatorTest, TakesLongerOverLongerWays) {
  double near = 0.0;
  double far = 0.0;
  int num_near = 0;
  int num_far = 0;
  for (const Cells& row : rows()) {
    const double miles = Number(row, "distance");
    if (miles > 0.5 && miles < 1.5) near += Minutes(row), ++num_near;
    if (miles > 5.0) far += Minutes(row), ++num_far;
  }
  EXPECT_NEAR(near / num_near, 7.5, 1.0);
  EXPECT_GT(far / num_far, 25.0);
}

TEST_F(TaxiSimulatorTest, IsSlowerInTheDayThanAtNight) {
  const auto pace = [](int from, int to) {
    double minutes = 0.0;
    double miles = 0.0;
    for (const Cells& row : rows()) {
      const int hour = std::stoi(row.at("pickup").substr(11, 2));
      if (hour < from || hour >= to) continue;
      minutes += Minutes(row);
      miles += Number(row, "distance");
    }
    return minutes / miles;
  };
  EXPECT_GT(pace(9, 17), 1.25 * pace(0, 6));
}

TEST_F(TaxiSimulatorTest, StaysWithinTheCityAndTheDay) {
  int out_of_range = 0;
  for (const Cells& row : rows()) {
    EXPECT_NEAR(Number(row, "pickup_latitude"), 40.75, 0.15);
    EXPECT_NEAR(Number(row, "pickup_longitude"), -73.9, 0.15);
    EXPECT_NEAR(Number(row, "dropoff_latitude"), 40.75, 0.15);
    EXPECT_NEAR(Number(row, "dropoff_longitude"), -73.9, 0.15);
    EXPECT_LT(Number(row, "distance"), 40.0);
    EXPECT_THAT(row.at("passengers"), testing::MatchesRegex("[0-6]"));
    EXPECT_GT(Minutes(row), 0.0);
    out_of_range += Minutes(row) < 1.0 || Minutes(row) > 60.0;
  }
  EXPECT_LT(out_of_range, 600);  // 3 %; 1.9 % in the file
}

TEST_F(TaxiSimulatorTest, LacksAZoneNowAndThen) {
  double missing = 0.0;
  for (const Cells& row : rows()) {
    missing += row.at("pickup_zone").empty();
    EXPECT_EQ(row.at("pickup_zone").empty(), row.at("pickup_borough").empty());
  }
  EXPECT_NEAR(missing / static_cast<double>(rows().size()), 0.004, 0.002);
}

TEST_F(TaxiSimulatorTest, TotalsTheBill) {
  for (const Cells& row : rows()) {
    const double extra = Number(row, "total") - Number(row, "fare") -
                         Number(row, "tip") - Number(row, "tolls");
    EXPECT_GT(extra, 0.79);
    EXPECT_LT(extra, 4.6);
    if (row.at("payment") == "cash") {
      EXPECT_EQ(row.at("tip"), "0");
    }
  }
}

TEST_F(TaxiSimulatorTest, StartsWhenToldAndGoesForwardThroughTheWeek) {
  EXPECT_THAT(rows().front().at("pickup"), testing::StartsWith("2019-03-01 "));
  for (std::size_t i = 1; i < rows().size(); ++i) {
    ASSERT_LE(rows()[i - 1].at("pickup"), rows()[i].at("pickup"));
  }
  // About 200 rides a day: 20,000 last some hundred days.
  EXPECT_THAT(rows().back().at("pickup"), testing::StartsWith("2019-06-"));
  SimulatorOptions options;
  options.start = std::chrono::local_days{std::chrono::year{2026} / 11 / 21};
  EXPECT_THAT(Rows("taxi", 1, options).front().at("pickup"),
              testing::StartsWith("2026-11-21 "));
}

TEST_F(TaxiSimulatorTest, RidesMoreInTheEveningThanBeforeDawn) {
  std::map<std::string, int> rides;
  for (const Cells& row : rows()) ++rides[row.at("pickup").substr(11, 2)];
  EXPECT_GT(rides["18"], 4 * rides["04"]);
}

TEST_F(TaxiSimulatorTest, RefusesAStartBeyondItsYears) {
  SimulatorOptions options;
  for (const int year : {1969, 9901}) {
    options.start = std::chrono::local_days{std::chrono::year{year} / 1 / 1};
    EXPECT_THROW(MakeSimulator("taxi", options), UsageError);
  }
}

}  // namespace
}  // namespace tidemill
