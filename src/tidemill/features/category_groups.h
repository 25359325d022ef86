#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tidemill/core/parameters.h"
#include "tidemill/features/artifact_io.h"
#include "tidemill/features/frame.h"

namespace tidemill {

/// The categories of one column as an encoder tells them apart: each frequent
/// one by itself, the rare ones as one group.
struct CategoryGroups {
  enum class Missing : std::uint8_t { kUnknown, kOwnPlace, kRare };
  static constexpr std::array<std::string_view, 3> kMissingNames = {
      "unknown", "own_place", "rare"};

  std::string column;
  std::vector<std::string> frequent;  ///< in the order of their numbers
  std::vector<std::string> rare;
  Missing missing = Missing::kUnknown;
  /// Listed in the config, so that a dictionary need not have them all.
  bool given = false;

  bool has_rare() const { return !rare.empty() || missing == Missing::kRare; }

  void Save(ArtifactWriter& out) const;
  static CategoryGroups Load(ArtifactReader& in);

  /// What PlacesIn says where a category is none of `frequent`.
  static constexpr std::int32_t kUnknownPlace = -1;
  static constexpr std::int32_t kMissingPlace = -2;
  static constexpr std::int32_t kRarePlace = -3;

  /// By code + kTableShift of a dictionary: the number in `frequent` or one of
  /// the above. Throws ArtifactError naming the step when the dictionary lacks
  /// a category that was learned from it.
  std::vector<std::int32_t> PlacesIn(
      std::string_view step, const std::vector<std::string>& dictionary) const;
};

/// How categories are found and grouped: the parameters `categories`,
/// `min_frequency` and `max_categories`.
///
/// Source: scikit-learn's encoders. Of equally frequent categories the later
///         in order stays by itself.
class CategoryGrouping {
 public:
  /// Reads its parameters; throws ConfigError.
  explicit CategoryGrouping(ParameterReader& reader);

  /// Throws ConfigError unless the categories are given for so many columns.
  void RequireLists(std::size_t columns) const;

  /// Learns from the column, the `number`th of the step's. Missing counts as a
  /// category when it occurs (or is listed); it may be rare like the others
  /// only with `group_missing`. Throws what CountCategories throws.
  CategoryGroups Group(std::string_view step, const FrameColumn& column,
                       std::size_t number, bool group_missing) const;

 private:
  struct List {
    std::vector<std::string> texts;
    bool missing = false;
  };
  static List ReadList(const ParameterValue& value);
  std::vector<bool> FindRare(const std::vector<std::size_t>& counts,
                             std::size_t rows) const;

  std::string where_;
  std::optional<std::vector<List>> lists_;
  std::optional<std::size_t> min_count_;
  std::optional<double> min_share_;
  std::optional<std::size_t> max_categories_;
};

}  // namespace tidemill
