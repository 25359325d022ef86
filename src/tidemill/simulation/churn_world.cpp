#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <string_view>
#include <utility>

#include "tidemill/simulation/world.h"

namespace tidemill {
namespace {

enum Column : std::size_t {
  kCustomerId,
  kGender,
  kSeniorCitizen,
  kPartner,
  kDependents,
  kTenure,
  kPhoneService,
  kMultipleLines,
  kInternetService,
  kOnlineSecurity,
  kOnlineBackup,
  kDeviceProtection,
  kTechSupport,
  kStreamingTv,
  kStreamingMovies,
  kContract,
  kPaperlessBilling,
  kPaymentMethod,
  kMonthlyCharges,
  kTotalCharges,
  kChurn,
  kChurnOdds,
  kNumColumns,
};

constexpr SimulatedField Category(std::string_view name) {
  return {.name = name, .type = FieldType::kCategory};
}

constexpr std::array<SimulatedField, kNumColumns> kFields = {{
    {.name = "customerID", .type = FieldType::kText, .role = FieldRole::kId},
    Category("gender"),
    {.name = "SeniorCitizen", .type = FieldType::kInteger},
    Category("Partner"),
    Category("Dependents"),
    {.name = "tenure", .type = FieldType::kInteger},
    Category("PhoneService"),
    Category("MultipleLines"),
    Category("InternetService"),
    Category("OnlineSecurity"),
    Category("OnlineBackup"),
    Category("DeviceProtection"),
    Category("TechSupport"),
    Category("StreamingTV"),
    Category("StreamingMovies"),
    Category("Contract"),
    Category("PaperlessBilling"),
    Category("PaymentMethod"),
    {.name = "MonthlyCharges", .decimals = 2},
    {.name = "TotalCharges", .decimals = 2},
    {.name = "Churn", .type = FieldType::kCategory, .role = FieldRole::kLabel},
    {.name = "churn_odds", .role = FieldRole::kWorld},
}};

using Texts3 = std::array<std::string_view, 3>;
constexpr Texts3 kInternet = {"DSL", "Fiber optic", "No"};
constexpr Texts3 kContracts = {"Month-to-month", "One year", "Two year"};
constexpr std::array<std::string_view, 4> kPayments = {
    "Bank transfer (automatic)", "Credit card (automatic)", "Electronic check",
    "Mailed check"};

constexpr std::size_t kNumAddOns = 6;
constexpr std::array<Column, kNumAddOns> kAddOns = {
    kOnlineSecurity, kOnlineBackup, kDeviceProtection,
    kTechSupport,    kStreamingTv,  kStreamingMovies};
constexpr std::array<double, kNumAddOns> kAddOnPrices = {5, 5, 5, 5, 10, 10};

/// What a customer is, as numbers; the ground of all dependencies. Every
/// coefficient below comes from a logistic regression on IBM's public Telco
/// Customer Churn sample, one column given those before it, rounded.
struct Profile {
  double senior = 0, partner = 0, dependents = 0;
  double fiber = 0, no_internet = 0, no_phone = 0, paperless = 0;
  double one_year = 0, two_years = 0;
  double tenure = 0;  ///< in sixths of a year over six years: 0 to 1
};

/// Log-odds of an add-on; `given` are those of the add-ons before it.
struct AddOnModel {
  double intercept, fiber, one_year, two_years, tenure, senior, dependents,
      no_phone;
  std::array<double, kNumAddOns> given;
};
constexpr std::array<AddOnModel, kNumAddOns> kAddOnModels = {{
    {-1.17, -1.00, 0.55, 1.03, 1.68, -0.29, 0.22, -0.37, {}},
    {-1.51, -0.05, 0.11, 0.19, 2.51, 0.05, 0.11, -0.11, {0.08}},
    {-1.60, 0.24, 0.71, 1.29, 1.68, 0.03, 0.00, 0.16, {-0.06, 0.02}},
    {-1.25, -0.77, 0.81, 1.75, 0.80, -0.45, 0.07, -0.29, {0.28, 0.15, 0.29}},
    {-1.69,
     0.97,
     0.41,
     0.69,
     1.11,
     0.07,
     0.02,
     0.22,
     {-0.37, 0.05, 0.67, 0.33}},
    {-1.98,
     0.69,
     0.34,
     0.54,
     0.93,
     0.15,
     -0.18,
     0.22,
     {-0.21, -0.05, 0.57, 0.23, 1.43}},
}};

/// Deciles of tenure in months by contract, without and with a partner.
constexpr std::size_t kNumDeciles = 11;
using Deciles = std::array<double, kNumDeciles>;
constexpr std::array<std::array<Deciles, 2>, 3> kMonths = {{
    {{{0.6, 1, 1, 1.2, 3.2, 5.4, 8, 12, 18, 38, 70},
      {0.6, 3, 6, 10, 16, 22, 28, 35, 44, 55, 72}}},
    {{{1, 12, 18, 26, 32, 38, 44, 50, 55, 63, 72},
      {2, 18, 26, 35, 43, 50, 54, 59, 64, 68, 72}}},
    {{{2, 21, 35, 45, 51, 57, 62, 66, 69, 71.5, 72},
      {3, 31, 47, 57, 63, 67, 70, 71.2, 72, 72, 72}}},
}};

std::string_view YesNo(bool yes) { return yes ? "Yes" : "No"; }

double DrawMonths(const Deciles& deciles, Dice& dice) {
  const double place = dice.Uniform() * (kNumDeciles - 1);
  const auto below = static_cast<std::size_t>(place);
  const double part = place - static_cast<double>(below);
  return RoundTo(deciles[below] + part * (deciles[below + 1] - deciles[below]),
                 0);
}

template <std::size_t kSize>
std::size_t PickByLogOdds(std::array<double, kSize> log_odds, Dice& dice) {
  for (double& value : log_odds) value = PortableExp(value);
  return dice.Pick(log_odds);
}

double ListPrice(std::span<const SimulatedValue> row) {
  const std::string_view internet = row[kInternetService].text;
  double price = internet == "DSL" ? 25 : internet == "Fiber optic" ? 50 : 0;
  if (row[kPhoneService].text == "Yes") price += 20;
  if (row[kMultipleLines].text == "Yes") price += 5;
  for (std::size_t i = 0; i < kNumAddOns; ++i) {
    if (row[kAddOns[i]].text == "Yes") price += kAddOnPrices[i];
  }
  return price;
}

/// Bills come in steps of five cents.
double ToBill(double amount) { return RoundTo(amount * 20.0, 0) / 20.0; }

class ChurnWorld final : public World {
 public:
  explicit ChurnWorld(std::uint64_t seed) : seed_(seed) {}

  std::span<const SimulatedField> fields() const override { return kFields; }
  PoisonTargets poison_targets() const override {
    return {.number_field = "MonthlyCharges",
            .strict_field = "tenure",
            .bad_value = "1.5",
            .bad_value_reason = Reason::kNotAnInteger};
  }

  void Draw(std::uint64_t number, Dice& dice,
            std::span<SimulatedValue> row) override {
    Profile profile;
    WriteId(number);
    row[kCustomerId].text = {id_.data(), id_.size()};
    DrawHousehold(dice, profile, row);
    DrawContract(dice, profile, row);
    DrawServices(dice, profile, row);
    DrawBilling(dice, profile, row);
    row[kChurnOdds].number = 1.0;
  }

  void Decide(Dice& dice, std::span<SimulatedValue> row,
              Truth& truth) override {
    const double odds = PortableExp(std::clamp(LogOdds(row), -30.0, 30.0)) *
                        std::max(row[kChurnOdds].number, 0.0);
    const bool churns = dice.Chance(odds / (1.0 + odds));
    row[kChurn].text = YesNo(churns);
    truth.number = churns ? 1.0 : 0.0;
    truth.text = row[kChurn].text;
  }

 private:
  /// `1234-ABCDE`: the event's number through multiplications modulo the count
  /// of all such texts by primes that do not divide it, hence one to one.
  void WriteId(std::uint64_t number) {
    constexpr std::uint64_t kCount = 10'000ULL * 26 * 26 * 26 * 26 * 26;
    std::uint64_t id = number % kCount;
    id = id * 67'108'859 % kCount * 39'916'801 % kCount;
    id = (id + Scramble(seed_) % kCount) % kCount;
    for (std::size_t i = 9; i >= 5; --i) {
      id_[i] = static_cast<char>('A' + id % 26);
      id /= 26;
    }
    id_[4] = '-';
    for (std::size_t i = 4; i-- > 0;) {
      id_[i] = static_cast<char>('0' + id % 10);
      id /= 10;
    }
  }

  static void DrawHousehold(Dice& dice, Profile& profile,
                            std::span<SimulatedValue> row) {
    row[kGender].text = dice.Chance(0.5) ? "Female" : "Male";
    const bool senior = dice.Chance(0.162);
    const bool partner = dice.Chance(0.483);
    const double share =
        senior ? (partner ? 0.145 : 0.014) : (partner ? 0.589 : 0.115);
    const bool dependents = dice.Chance(share);
    profile.senior = senior;
    profile.partner = partner;
    profile.dependents = dependents;
    row[kSeniorCitizen].number = profile.senior;
    row[kPartner].text = YesNo(partner);
    row[kDependents].text = YesNo(dependents);
  }

  static void DrawContract(Dice& dice, Profile& profile,
                           std::span<SimulatedValue> row) {
    const Profile& p = profile;
    const std::size_t internet = PickByLogOdds<3>(
        {0.11 + 0.04 * p.senior + 0.04 * p.dependents,
         0.23 + 1.03 * p.senior + 0.21 * p.partner - 0.50 * p.dependents,
         -0.34 - 1.07 * p.senior - 0.21 * p.partner + 0.45 * p.dependents},
        dice);
    profile.fiber = internet == 1;
    profile.no_internet = internet == 2;
    row[kInternetService].text = kInternet[internet];

    const std::size_t contract = PickByLogOdds<3>(
        {0.89 + 0.50 * p.fiber - 0.45 * p.no_internet + 0.31 * p.senior -
             0.79 * p.partner - 0.18 * p.dependents,
         -0.29 - 0.09 * p.fiber - 0.02 * p.no_internet - 0.03 * p.senior +
             0.06 * p.partner + 0.06 * p.dependents,
         -0.61 - 0.41 * p.fiber + 0.47 * p.no_internet - 0.28 * p.senior +
             0.72 * p.partner + 0.11 * p.dependents},
        dice);
    profile.one_year = contract == 1;
    profile.two_years = contract == 2;
    row[kContract].text = kContracts[contract];

    double months = DrawMonths(kMonths[contract][p.partner > 0], dice);
    if (contract > 0 && dice.Chance(0.004)) months = 0;  // not yet billed
    profile.tenure = months / 72.0;
    row[kTenure].number = months;
  }

  static void DrawServices(Dice& dice, const Profile& p,
                           std::span<SimulatedValue> row) {
    const bool internet = p.no_internet == 0;
    const bool dsl = internet && p.fiber == 0;
    const bool phone =
        !dsl || dice.Chance(Logistic(0.85 - 0.18 * p.tenure +
                                     0.33 * p.one_year + 0.36 * p.two_years));
    const bool lines = dice.Chance(
        Logistic(-1.70 + 1.04 * p.fiber - 0.83 * p.no_internet +
                 2.48 * p.tenure + 0.41 * p.senior + 0.10 * p.partner));
    row[kPhoneService].text = YesNo(phone);
    row[kMultipleLines].text = phone ? YesNo(lines) : "No phone service";

    std::array<double, kNumAddOns> taken = {};
    for (std::size_t i = 0; i < kNumAddOns; ++i) {
      const AddOnModel& model = kAddOnModels[i];
      double log_odds =
          model.intercept + model.fiber * p.fiber +
          model.one_year * p.one_year + model.two_years * p.two_years +
          model.tenure * p.tenure + model.senior * p.senior +
          model.dependents * p.dependents + (phone ? 0.0 : model.no_phone);
      for (std::size_t j = 0; j < i; ++j) log_odds += model.given[j] * taken[j];
      taken[i] = dice.Chance(Logistic(log_odds));
      row[kAddOns[i]].text =
          internet ? YesNo(taken[i] > 0) : "No internet service";
    }
  }

  static void DrawBilling(Dice& dice, Profile& profile,
                          std::span<SimulatedValue> row) {
    const Profile& p = profile;
    const bool paperless = dice.Chance(
        Logistic(0.31 + 0.92 * p.fiber - 1.00 * p.no_internet -
                 0.26 * p.one_year - 0.37 * p.two_years + 0.43 * p.senior));
    profile.paperless = paperless;
    row[kPaperlessBilling].text = YesNo(paperless);
    row[kPaymentMethod].text = kPayments[PickByLogOdds<4>(
        {-0.68 + 0.08 * p.fiber + 0.12 * p.no_internet + 0.04 * p.one_year +
             0.09 * p.two_years + 0.07 * p.senior + 1.23 * p.tenure +
             0.09 * p.partner - 0.02 * p.paperless,
         -0.61 - 0.01 * p.fiber + 0.04 * p.no_internet + 0.24 * p.one_year +
             0.37 * p.two_years + 0.07 * p.senior + 0.99 * p.tenure -
             0.02 * p.partner + 0.04 * p.paperless,
         0.41 + 0.66 * p.fiber - 0.81 * p.no_internet - 0.47 * p.one_year -
             1.01 * p.two_years + 0.31 * p.senior - 0.38 * p.tenure +
             0.03 * p.partner + 0.26 * p.paperless,
         0.89 - 0.73 * p.fiber + 0.65 * p.no_internet + 0.20 * p.one_year +
             0.54 * p.two_years - 0.45 * p.senior - 1.84 * p.tenure -
             0.09 * p.partner - 0.28 * p.paperless},
        dice)];

    const double monthly =
        std::max(ToBill(ListPrice(row) + 1.02 * dice.Normal()), 18.25);
    // Tariffs change and bonuses are paid: what was billed over the months
    // wanders away from months times today's price with their square root.
    const double months = row[kTenure].number;
    const double wander = 0.2 * std::sqrt(months) * dice.Normal();
    const double total =
        months == 1.0 ? monthly
                      : std::max(ToBill(monthly * (months + wander)), monthly);
    row[kMonthlyCharges].number = monthly;
    row[kTotalCharges].number = total;
    row[kTotalCharges].missing = months == 0.0;
  }

  static double LogOdds(std::span<const SimulatedValue> row) {
    const auto is = [row](Column column, std::string_view text) {
      return row[column].text == text ? 1.0 : 0.0;
    };
    const double months = std::max(row[kTenure].number, 0.0);
    const double fiber = is(kInternetService, "Fiber optic");
    const double senior = row[kSeniorCitizen].number;
    double z = -0.14;
    z += -0.62 * is(kContract, "One year") - 1.50 * is(kContract, "Two year");
    z += 0.76 * fiber - 0.84 * is(kInternetService, "No");
    z += -0.56 * PortableLog(1.0 + months) + 0.29 * (months <= 2.0);
    z += 0.38 * is(kPaymentMethod, "Electronic check");
    z += 0.36 * is(kPaperlessBilling, "Yes") - 0.15 * is(kDependents, "Yes");
    z += -0.34 * is(kOnlineSecurity, "Yes") - 0.30 * is(kTechSupport, "Yes");
    z += -0.13 * is(kOnlineBackup, "Yes") + 0.34 * is(kMultipleLines, "Yes");
    z += 0.55 * is(kPhoneService, "No");
    // Interactions: streaming binds DSL customers but not those on fiber, age
    // matters less on fiber, and long fiber contracts wear off faster.
    z += (0.08 + 0.26 * fiber) *
         (is(kStreamingTv, "Yes") + is(kStreamingMovies, "Yes"));
    z += senior * (0.48 - 0.30 * fiber) - 0.24 * fiber * months / 72.0;
    // Who pays more than the list price leaves.
    z += 0.03 * (row[kMonthlyCharges].number - ListPrice(row));
    return z;
  }

  std::uint64_t seed_;
  std::array<char, 10> id_ = {};
};

}  // namespace

std::unique_ptr<World> MakeChurnWorld(std::uint64_t seed) {
  return std::make_unique<ChurnWorld>(seed);
}

}  // namespace tidemill
