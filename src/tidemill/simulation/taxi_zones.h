#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace tidemill {

/// One of New York's taxi zones.
struct TaxiZone {
  std::string_view name;
  std::string_view borough;
  double latitude, longitude;  ///< of the centre, degrees
  double pickups, dropoffs;    ///< popularity, any unit
  double green_share;          ///< of the pickups that green cabs make
  double pace;   ///< effect on the log of speed when both ends lie here
  double reach;  ///< miles over which destinations get e times rarer
};

std::span<const TaxiZone> TaxiZones();

/// The zone of that name, or nullptr.
const TaxiZone* FindTaxiZone(std::string_view name);

}  // namespace tidemill
