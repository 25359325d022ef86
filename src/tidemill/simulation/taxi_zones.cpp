#include "tidemill/simulation/taxi_zones.h"

#include <algorithm>
#include <array>

namespace tidemill {
namespace {

constexpr std::string_view kManhattan = "Manhattan";
constexpr std::string_view kQueens = "Queens";
constexpr std::string_view kBrooklyn = "Brooklyn";
constexpr std::string_view kBronx = "Bronx";

// Names and boroughs as in the New York TLC's public zone table, centres read
// off the map. Popularity, green share and pace are rounded figures of a public
// month of TLC trips (March 2019); small zones stand for their neighbours too.
// clang-format off
constexpr auto kZones = std::to_array<TaxiZone>({
    {"Midtown Center", kManhattan, 40.7580, -73.9780, 230, 215, 0.00, -0.27, 1.5},
    {"Upper East Side South", kManhattan, 40.7686, -73.9657, 211, 177, 0.00, -0.02, 1.5},
    {"Upper East Side North", kManhattan, 40.7804, -73.9570, 186, 245, 0.00, 0.11, 1.5},
    {"Penn Station/Madison Sq West", kManhattan, 40.7484, -73.9923, 210, 148, 0.00, -0.36, 1.5},
    {"Clinton East", kManhattan, 40.7621, -73.9899, 208, 151, 0.00, -0.16, 1.5},
    {"Midtown East", kManhattan, 40.7567, -73.9723, 198, 176, 0.00, -0.19, 1.5},
    {"Times Sq/Theatre District", kManhattan, 40.7598, -73.9845, 184, 160, 0.00, -0.30, 1.5},
    {"Union Sq", kManhattan, 40.7404, -73.9905, 180, 139, 0.00, -0.12, 1.5},
    {"Lincoln Square East", kManhattan, 40.7712, -73.9822, 177, 156, 0.00, 0.01, 1.5},
    {"Murray Hill", kManhattan, 40.7479, -73.9783, 162, 220, 0.00, -0.14, 1.5},
    {"East Village", kManhattan, 40.7277, -73.9859, 152, 150, 0.00, -0.15, 1.5},
    {"JFK Airport", kQueens, 40.6470, -73.7865, 151, 56, 0.00, 0.38, 9.0},
    {"LaGuardia Airport", kQueens, 40.7745, -73.8736, 146, 65, 0.00, 0.40, 9.0},
    {"Upper West Side South", kManhattan, 40.7839, -73.9786, 144, 135, 0.00, 0.10, 1.5},
    {"Midtown North", kManhattan, 40.7644, -73.9776, 141, 131, 0.00, -0.26, 1.5},
    {"Midtown South", kManhattan, 40.7489, -73.9851, 141, 116, 0.00, -0.15, 1.5},
    {"East Chelsea", kManhattan, 40.7482, -74.0000, 131, 120, 0.00, -0.15, 1.5},
    {"Lenox Hill West", kManhattan, 40.7669, -73.9596, 120, 134, 0.00, 0.10, 1.5},
    {"West Village", kManhattan, 40.7346, -74.0026, 110, 101, 0.00, -0.03, 1.5},
    {"Gramercy", kManhattan, 40.7368, -73.9841, 109, 112, 0.00, -0.09, 1.5},
    {"Garment District", kManhattan, 40.7535, -73.9888, 108, 97, 0.00, -0.25, 1.5},
    {"Sutton Place/Turtle Bay North", kManhattan, 40.7569, -73.9652, 106, 99, 0.00, 0.00, 1.5},
    {"Yorkville West", kManhattan, 40.7788, -73.9510, 102, 107, 0.00, 0.19, 1.5},
    {"Upper West Side North", kManhattan, 40.7917, -73.9731, 97, 130, 0.02, 0.18, 1.5},
    {"Flatiron", kManhattan, 40.7423, -73.9968, 96, 74, 0.00, -0.15, 1.5},
    {"Lenox Hill East", kManhattan, 40.7655, -73.9549, 96, 112, 0.00, 0.02, 1.5},
    {"East Harlem South", kManhattan, 40.7902, -73.9457, 93, 104, 0.57, 0.22, 1.5},
    {"Greenwich Village North", kManhattan, 40.7326, -73.9943, 93, 78, 0.00, -0.08, 1.5},
    {"TriBeCa/Civic Center", kManhattan, 40.7176, -74.0076, 90, 81, 0.00, 0.01, 1.5},
    {"West Chelsea/Hudson Yards", kManhattan, 40.7533, -74.0040, 83, 101, 0.00, -0.16, 1.5},
    {"Lincoln Square West", kManhattan, 40.7757, -73.9876, 80, 69, 0.00, 0.03, 1.5},
    {"Greenwich Village South", kManhattan, 40.7284, -73.9971, 77, 58, 0.00, -0.10, 1.5},
    {"Lower East Side", kManhattan, 40.7189, -73.9904, 77, 73, 0.00, -0.25, 1.5},
    {"East Harlem North", kManhattan, 40.8018, -73.9373, 72, 65, 0.68, 0.22, 1.5},
    {"Yorkville East", kManhattan, 40.7759, -73.9461, 71, 65, 0.00, 0.22, 1.5},
    {"Central Park", kManhattan, 40.7824, -73.9656, 70, 81, 0.16, 0.07, 1.5},
    {"Central Harlem", kManhattan, 40.8043, -73.9513, 68, 63, 0.84, 0.07, 1.5},
    {"UN/Turtle Bay South", kManhattan, 40.7499, -73.9704, 67, 95, 0.00, -0.10, 1.5},
    {"Astoria", kQueens, 40.7617, -73.9194, 75, 65, 0.80, 0.09, 1.8},
    {"Morningside Heights", kManhattan, 40.8095, -73.9612, 63, 55, 0.56, 0.17, 1.5},
    {"Kips Bay", kManhattan, 40.7404, -73.9766, 60, 76, 0.00, 0.03, 1.5},
    {"Little Italy/NoLiTa", kManhattan, 40.7208, -73.9969, 53, 54, 0.00, -0.14, 1.5},
    {"SoHo", kManhattan, 40.7239, -74.0015, 47, 31, 0.00, -0.14, 1.5},
    {"Battery Park City", kManhattan, 40.7120, -74.0161, 43, 48, 0.00, 0.19, 1.5},
    {"Central Harlem North", kManhattan, 40.8189, -73.9413, 42, 69, 0.86, -0.02, 1.5},
    {"Washington Heights South", kManhattan, 40.8417, -73.9414, 35, 40, 0.62, 0.18, 1.5},
    {"Financial District North", kManhattan, 40.7068, -74.0081, 35, 38, 0.00, 0.16, 1.5},
    {"Fort Greene", kBrooklyn, 40.6906, -73.9744, 60, 50, 0.85, -0.04, 1.8},
    {"Downtown Brooklyn/MetroTech", kBrooklyn, 40.6952, -73.9862, 57, 45, 0.84, -0.19, 1.8},
    {"Brooklyn Heights", kBrooklyn, 40.6957, -73.9953, 54, 50, 0.82, 0.01, 1.8},
    {"Park Slope", kBrooklyn, 40.6720, -73.9793, 50, 60, 0.82, -0.07, 1.8},
    {"Williamsburg (North Side)", kBrooklyn, 40.7188, -73.9572, 40, 50, 0.75, 0.00, 1.8},
    {"Crown Heights North", kBrooklyn, 40.6745, -73.9393, 40, 60, 0.92, -0.09, 1.8},
    {"Elmhurst", kQueens, 40.7410, -73.8770, 60, 45, 0.89, -0.05, 1.8},
    {"Jackson Heights", kQueens, 40.7575, -73.8857, 55, 55, 0.94, 0.01, 1.8},
    {"Woodside", kQueens, 40.7463, -73.9052, 45, 45, 0.96, -0.03, 1.8},
    {"Forest Hills", kQueens, 40.7210, -73.8459, 45, 40, 1.00, 0.00, 1.8},
    {"Long Island City/Hunters Point", kQueens, 40.7458, -73.9478, 40, 45, 0.50, 0.21, 1.8},
    {"Mott Haven/Port Morris", kBronx, 40.8058, -73.9197, 45, 60, 0.75, 0.05, 1.8},
    {"East Concourse/Concourse Village", kBronx, 40.8291, -73.9158, 45, 60, 0.85, 0.05, 1.8},
});
// clang-format on

}  // namespace

std::span<const TaxiZone> TaxiZones() { return kZones; }

const TaxiZone* FindTaxiZone(std::string_view name) {
  const auto zone = std::ranges::find(kZones, name, &TaxiZone::name);
  return zone == kZones.end() ? nullptr : &*zone;
}

}  // namespace tidemill
