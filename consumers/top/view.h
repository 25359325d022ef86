#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "consumers/top/figures.h"

namespace tidemill {

/// How the rows about drift are sorted.
enum class DriftOrder : std::uint8_t { kExcess, kFeature, kVersion, kEvents };
inline constexpr std::size_t kNumDriftOrders = 4;

/// "times the limit", "feature"...
std::string_view ToText(DriftOrder order);

struct ViewOptions {
  DriftOrder order = DriftOrder::kExcess;
  std::string filter;     ///< of drift rows: part of "VERSION FEATURE"
  std::size_t width = 0;  ///< of the terminal; 0: lines may be of any length
};

struct ViewLine {
  enum class Kind : std::uint8_t { kPlain, kHeading, kBad };
  std::string text;
  Kind kind = Kind::kPlain;
};

/// Everything that is known, for people: one section below the other. No line
/// holds a control character or is wider than the terminal.
/// Threads: a pure function.
std::vector<ViewLine> ViewLines(const TopFigures& figures,
                                const ViewOptions& options);

/// "2 of 3 instances answer, 2 ready".
std::string Summary(const TopFigures& figures);

/// Its first `width` characters.
std::string CutTo(std::string_view text, std::size_t width);

}  // namespace tidemill
