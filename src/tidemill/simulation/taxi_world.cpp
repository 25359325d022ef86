#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <string_view>
#include <vector>

#include "tidemill/simulation/taxi_zones.h"
#include "tidemill/simulation/world.h"

namespace tidemill {
namespace {

enum Column : std::size_t {
  kRideId,
  kPickup,
  kPassengers,
  kDistance,
  kColor,
  kPickupZone,
  kDropoffZone,
  kPickupBorough,
  kDropoffBorough,
  kPickupLatitude,
  kPickupLongitude,
  kDropoffLatitude,
  kDropoffLongitude,
  kDropoff,
  kFare,
  kTip,
  kTolls,
  kTotal,
  kPayment,
  kTraffic,
  kNumColumns,
};

constexpr SimulatedField Category(std::string_view name) {
  return {.name = name, .type = FieldType::kCategory};
}
constexpr SimulatedField Money(std::string_view name) {
  return {.name = name, .role = FieldRole::kLabel, .decimals = 2};
}

constexpr std::array<SimulatedField, kNumColumns> kFields = {{
    {.name = "ride_id", .type = FieldType::kText, .role = FieldRole::kId},
    {.name = "pickup", .type = FieldType::kTimestamp},
    {.name = "passengers", .type = FieldType::kInteger},
    {.name = "distance", .decimals = 2},
    Category("color"),
    Category("pickup_zone"),
    Category("dropoff_zone"),
    Category("pickup_borough"),
    Category("dropoff_borough"),
    {.name = "pickup_latitude", .decimals = 4},
    {.name = "pickup_longitude", .decimals = 4},
    {.name = "dropoff_latitude", .decimals = 4},
    {.name = "dropoff_longitude", .decimals = 4},
    {.name = "dropoff",
     .type = FieldType::kTimestamp,
     .role = FieldRole::kLabel},
    Money("fare"),
    Money("tip"),
    Money("tolls"),
    Money("total"),
    {.name = "payment",
     .type = FieldType::kCategory,
     .role = FieldRole::kLabel},
    {.name = "traffic", .role = FieldRole::kWorld},
}};

using Hours = std::array<double, 24>;

/// Rides per hour: about 200 a day, so that a file of 10,000 rows spans seven
/// weeks and holds every hour of the week (the city itself has 1,300 times
/// as many).
constexpr Hours kWeekdayRides = {4.9,  2.2,  2.1,  1.1,  1.1,  1.8,  5.7,  9.0,
                                 12.3, 11.5, 11.0, 8.8,  10.5, 9.8,  11.6, 11.3,
                                 11.6, 13.4, 14.9, 13.8, 12.7, 13.1, 11.0, 9.9};
constexpr Hours kWeekendRides = {10.2, 6.4,  5.6,  4.4,  3.4,  1.3,  2.2,  3.1,
                                 5.5,  7.7,  9.4,  11.0, 11.3, 11.1, 11.7, 9.2,
                                 9.2,  10.7, 10.4, 11.7, 10.2, 7.9,  9.0,  8.8};
/// Monday to Sunday.
constexpr std::array<double, 7> kDayRides = {0.82, 0.96, 1.12, 1.05,
                                             1.04, 1.09, 0.91};
/// Not below any product of the above.
constexpr double kMostRidesPerHour = 17.0;

/// Speed relative to the day's mean.
constexpr Hours kWeekdaySpeed = {
    1.29, 1.42, 1.48, 1.45, 1.42, 1.35, 1.26, 1.02, 0.80, 0.75, 0.76, 0.76,
    0.80, 0.81, 0.81, 0.81, 0.80, 0.84, 0.87, 0.96, 1.02, 1.06, 1.12, 1.15};
constexpr Hours kWeekendSpeed = {
    1.05, 1.16, 1.22, 1.22, 1.26, 1.31, 1.37, 1.40, 1.28, 1.19, 1.10, 0.98,
    0.94, 0.89, 0.86, 0.88, 0.88, 0.91, 0.92, 0.94, 0.98, 1.01, 1.05, 1.06};
constexpr std::array<double, 7> kDaySpeed = {1.07, 0.98, 0.96, 0.92,
                                             0.94, 1.00, 1.02};

struct Point {
  double miles, mph;
};
/// Longer rides use faster roads.
constexpr std::array<Point, 9> kSpeedByDistance = {{{0.3, 8.2},
                                                    {0.75, 10.1},
                                                    {1.25, 10.6},
                                                    {2.0, 11.0},
                                                    {4.0, 13.6},
                                                    {6.5, 17.3},
                                                    {10.0, 20.2},
                                                    {16.0, 25.3},
                                                    {25.0, 29.2}}};

constexpr double kMilesPerLatitude = 69.0;
constexpr double kMilesPerLongitude = 52.4;  // at 40.75 degrees north
/// The grid of Manhattan's streets is turned by 29 degrees.
constexpr double kGridSine = 0.4848;
constexpr double kGridCosine = 0.8746;

constexpr std::int64_t kSecondsPerDay = 86'400;
/// The clock then starts anew, so that an endless stream stays in its years.
constexpr std::int64_t kCycle = 522 * 7 * kSecondsPerDay;

std::size_t HourOf(std::int64_t local_seconds) {
  const std::int64_t second =
      (local_seconds % kSecondsPerDay + kSecondsPerDay) % kSecondsPerDay;
  return static_cast<std::size_t>(second / 3600);
}

bool IsAirport(const TaxiZone& zone) { return zone.name.ends_with("Airport"); }

/// How readily rides cross into another borough: out of Manhattan yes, out of
/// the others seldom, but from the airports.
double Pull(const TaxiZone& from, const TaxiZone& to) {
  if (from.borough == to.borough || IsAirport(from)) return 1.0;
  return from.borough == "Manhattan" ? 1.7 : 0.11;
}

/// 0 = Monday; 1970-01-01 was a Thursday.
std::size_t WeekdayOf(std::int64_t local_seconds) {
  constexpr std::int64_t kWeek = 7 * kSecondsPerDay;
  const std::int64_t second =
      ((local_seconds + 3 * kSecondsPerDay) % kWeek + kWeek) % kWeek;
  return static_cast<std::size_t>(second / kSecondsPerDay);
}

double Between(double latitude, double longitude, double to_latitude,
               double to_longitude, bool within_manhattan) {
  const double east = (to_longitude - longitude) * kMilesPerLongitude;
  const double north = (to_latitude - latitude) * kMilesPerLatitude;
  if (within_manhattan) {
    const double along = kGridSine * east + kGridCosine * north;
    const double across = kGridCosine * east - kGridSine * north;
    return 1.05 * (std::abs(along) + std::abs(across));
  }
  return 1.38 * std::sqrt(east * east + north * north);
}

class TaxiWorld final : public World {
 public:
  TaxiWorld(std::uint64_t seed, std::chrono::local_seconds start)
      : seed_(seed),
        start_(start.time_since_epoch().count()),
        now_(start_),
        pickup_weights_(TaxiZones().size()) {
    const std::span<const TaxiZone> zones = TaxiZones();
    for (std::size_t from = 0; from < zones.size(); ++from) {
      pickup_weights_[from] = zones[from].pickups;
      destination_weights_.emplace_back(zones.size());
      for (std::size_t to = 0; to < zones.size(); ++to) {
        const bool manhattan = zones[from].borough == "Manhattan" &&
                               zones[to].borough == "Manhattan";
        const double miles =
            Between(zones[from].latitude, zones[from].longitude,
                    zones[to].latitude, zones[to].longitude, manhattan);
        const double nearness =
            PortableExp(-miles / zones[from].reach) + kFarShare;
        destination_weights_[from][to] =
            zones[to].dropoffs * nearness * Pull(zones[from], zones[to]);
      }
    }
  }

  std::span<const SimulatedField> fields() const override { return kFields; }
  PoisonTargets poison_targets() const override {
    return {.number_field = "distance",
            .strict_field = "pickup",
            .bad_value = "\"yesterday\"",
            .bad_value_reason = Reason::kInvalidTimestamp};
  }

  void Draw(std::uint64_t number, Dice& dice,
            std::span<SimulatedValue> row) override {
    WriteId(number);
    row[kRideId].text = {id_.data(), id_.size()};
    Advance(dice);
    row[kPickup].number = static_cast<double>(now_);
    DrawZones(dice, row);
    DrawDistance(dice, row);
    constexpr std::array<double, 7> kShares = {0.015, 0.727, 0.136, 0.038,
                                               0.017, 0.043, 0.024};
    row[kPassengers].number = static_cast<double>(dice.Pick(kShares));
    row[kTraffic].number = 1.0;
  }

  void Decide(Dice& dice, std::span<SimulatedValue> row,
              Truth& truth) override {
    const double noise = Noise(dice);
    double minutes = PortableExp(noise) * PlannedMinutes(row);
    if (stands_still_) minutes = 0.05 + 0.5 * dice.Exponential();
    // A day's ride at most, also when drift moves the distance.
    const double seconds =
        std::max(RoundTo(std::min(minutes, 1440.0) * 60.0, 0), 3.0);
    row[kDropoff].number = row[kPickup].number + seconds;
    DrawBill(dice, seconds / 60.0, row);
    truth.number = seconds / 60.0;
    truth.text.clear();
    AppendLocalTime(static_cast<std::int64_t>(row[kDropoff].number),
                    truth.text);
  }

 private:
  static constexpr double kFarShare = 0.03;

  /// One to one for a seed.
  void WriteId(std::uint64_t number) {
    std::uint64_t id = Scramble(number + Scramble(seed_));
    for (std::size_t i = id_.size(); i-- > 0;) {
      id_[i] = "0123456789abcdef"[id % 16];
      id /= 16;
    }
  }

  /// A Poisson process whose rate follows the week, by thinning.
  void Advance(Dice& dice) {
    double rate = 0.0;
    do {
      gap_ += 3600.0 / kMostRidesPerHour * dice.Exponential();
      const auto whole = static_cast<std::int64_t>(gap_);
      gap_ -= static_cast<double>(whole);
      now_ += whole;
      if (now_ >= start_ + kCycle) now_ -= kCycle;
      const std::size_t day = WeekdayOf(now_);
      const Hours& rides = day < 5 ? kWeekdayRides : kWeekendRides;
      rate = rides[HourOf(now_)] * kDayRides[day];
    } while (!dice.Chance(rate / kMostRidesPerHour));
  }

  void DrawZones(Dice& dice, std::span<SimulatedValue> row) {
    const std::span<const TaxiZone> zones = TaxiZones();
    const std::size_t from = dice.Pick(pickup_weights_);
    from_ = &zones[from];
    to_ = &zones[dice.Pick(destination_weights_[from])];
    row[kColor].text = dice.Chance(from_->green_share) ? "green" : "yellow";
    row[kPickupZone].text = from_->name;
    row[kPickupBorough].text = from_->borough;
    row[kDropoffZone].text = to_->name;
    row[kDropoffBorough].text = to_->borough;
    const bool no_pickup = dice.Chance(0.004);
    const bool no_dropoff = dice.Chance(no_pickup ? 0.5 : 0.005);
    row[kPickupZone].missing = row[kPickupBorough].missing = no_pickup;
    row[kDropoffZone].missing = row[kDropoffBorough].missing = no_dropoff;
  }

  void DrawDistance(Dice& dice, std::span<SimulatedValue> row) {
    const auto near = [&dice](double centre, double spread) {
      return RoundTo(centre + spread * dice.Normal(), 4);
    };
    row[kPickupLatitude].number = near(from_->latitude, 0.0028);
    row[kPickupLongitude].number = near(from_->longitude, 0.0030);
    row[kDropoffLatitude].number = near(to_->latitude, 0.0028);
    row[kDropoffLongitude].number = near(to_->longitude, 0.0030);
    const bool manhattan =
        from_->borough == "Manhattan" && to_->borough == "Manhattan";
    double miles = Between(
        row[kPickupLatitude].number, row[kPickupLongitude].number,
        row[kDropoffLatitude].number, row[kDropoffLongitude].number, manhattan);
    if (from_->borough != to_->borough) miles += 0.8;  // to the bridge
    miles *= PortableExp(0.08 * dice.Normal());
    // A meter that was started by mistake, or far away from the ride.
    stands_still_ = dice.Chance(0.009);
    row[kDistance].number = stands_still_ ? 0.0 : RoundTo(miles + 0.05, 2);
  }

  /// Traffic, lights, the driver: the share that no field explains. One ride
  /// in eight is spread twice as wide, more so when it is short.
  static double Noise(Dice& dice) {
    const double spread = dice.Chance(0.12) ? 0.47 : 0.23;
    return spread * dice.Normal();
  }

  /// From the row as it is, so that the truth follows a drifted input.
  static double PlannedMinutes(std::span<const SimulatedValue> row) {
    const double miles = std::max(row[kDistance].number, 0.0);
    const auto pickup = static_cast<std::int64_t>(row[kPickup].number);
    const std::size_t day = WeekdayOf(pickup);
    const Hours& by_hour = day < 5 ? kWeekdaySpeed : kWeekendSpeed;
    double mph = SpeedOver(miles) * by_hour[HourOf(pickup)] * kDaySpeed[day];
    double pace = 0.0;
    for (const Column column : {kPickupZone, kDropoffZone}) {
      const TaxiZone* zone = FindTaxiZone(row[column].text);
      if (zone != nullptr) pace += zone->pace / 2;
    }
    if (row[kPickupBorough].text != row[kDropoffBorough].text) pace -= 0.03;
    mph *= PortableExp(pace);
    return std::max(row[kTraffic].number, 0.0) * (0.3 + miles / mph * 60.0);
  }

  static double SpeedOver(double miles) {
    const auto above =
        std::ranges::upper_bound(kSpeedByDistance, miles, {}, &Point::miles);
    if (above == kSpeedByDistance.begin()) return above->mph;
    if (above == kSpeedByDistance.end()) return kSpeedByDistance.back().mph;
    const Point& below = *(above - 1);
    const double part = (miles - below.miles) / (above->miles - below.miles);
    return below.mph + part * (above->mph - below.mph);
  }

  void DrawBill(Dice& dice, double minutes,
                std::span<SimulatedValue> row) const {
    const bool green = row[kColor].text == "green";
    const bool manhattan =
        from_->borough == "Manhattan" || to_->borough == "Manhattan";
    const bool airport = IsAirport(*from_) || IsAirport(*to_);
    const bool flat = manhattan && (from_->name == "JFK Airport" ||
                                    to_->name == "JFK Airport");
    // The meter counts in half dollars.
    const double meter = 2.25 + 1.865 * std::max(row[kDistance].number, 0.0) +
                         0.347 * minutes + 0.7 * dice.Normal();
    const double fare =
        flat ? 52.0 : std::max(RoundTo(2.0 * meter, 0) / 2.0, 2.5);
    const double tolls = airport && manhattan && dice.Chance(0.6) ? 5.76 : 0.0;
    const std::size_t hour =
        HourOf(static_cast<std::int64_t>(row[kPickup].number));
    double extra = 0.8;  // state and improvement surcharge
    if (manhattan) extra += green ? 2.75 : 2.5;
    if (hour >= 20 || hour < 6) extra += 0.5;
    if (hour >= 16 && hour < 20) extra += 1.0;
    const bool card = dice.Chance(green ? 0.591 : 0.739);
    const double tip = card ? Tip(dice, fare + tolls + extra) : 0.0;
    row[kFare].number = fare;
    row[kTolls].number = tolls;
    row[kTip].number = tip;
    row[kTotal].number = RoundTo(fare + tolls + extra + tip, 2);
    row[kPayment].text = card ? "credit card" : "cash";
    row[kPayment].missing = dice.Chance(0.007);
  }

  /// The buttons on the card reader, whole dollars, or nothing.
  static double Tip(Dice& dice, double bill) {
    constexpr std::array<double, 7> kRates = {0.20, 0.25, 0.15, 0.10,
                                              0.30, 0.0,  -1.0};
    constexpr std::array<double, 7> kShares = {0.50, 0.10, 0.06, 0.05,
                                               0.04, 0.09, 0.16};
    const double rate = kRates[dice.Pick(kShares)];
    if (rate >= 0.0) return RoundTo(rate * bill, 2);
    return 1.0 + RoundTo(dice.Uniform() * bill / 10.0, 0);
  }

  std::uint64_t seed_;
  std::int64_t start_;
  std::int64_t now_;  ///< seconds since 1970 of the clock on the wall
  double gap_ = 0.0;  ///< the fraction of a second beyond it
  std::vector<double> pickup_weights_;
  std::vector<std::vector<double>> destination_weights_;
  const TaxiZone* from_ = nullptr;
  const TaxiZone* to_ = nullptr;
  bool stands_still_ = false;
  std::array<char, 16> id_ = {};
};

}  // namespace

std::unique_ptr<World> MakeTaxiWorld(std::uint64_t seed,
                                     std::chrono::local_seconds start) {
  return std::make_unique<TaxiWorld>(seed, start);
}

}  // namespace tidemill
