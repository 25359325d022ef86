#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tidemill/features/step.h"

namespace tidemill {

/// What a step does when it is fitted on missing or infinite cells.
enum class MissingCells {
  kRefuse,  ///< DataError naming the column
  kKeep,
};

/// Reads Feature-engine's `missing_values: raise | ignore`.
MissingCells ReadMissingValues(ParameterReader& reader,
                               std::string_view otherwise);

/// Throws ConfigError unless it is a number column, DataError when it has no
/// row or a cell that is not admitted.
void RequireNumbers(std::string_view step, const FrameColumn& column,
                    MissingCells missing);

/// Names of columns, each once: Feature-engine's `variables` and its like.
/// Nothing when absent, which stands for all number columns.
std::optional<std::vector<std::string>> ReadVariables(
    ParameterReader& reader, std::string_view key = "variables");
/// The same where the key is required.
std::vector<std::string> RequireVariables(ParameterReader& reader,
                                          std::string_view key = "variables");

/// A map of numbers by column name, e.g. `{tenure: 72}`; empty when absent.
/// A name twice is refused.
using NumbersByName = std::vector<std::pair<std::string, double>>;
NumbersByName ReadNumbersByName(ParameterReader& reader, std::string_view key);

/// The columns that a step gets, and which of them it works on; the others
/// pass through unchanged.
struct ChosenColumns {
  std::vector<std::string> columns;
  std::vector<std::size_t> chosen;  ///< each once, in the configured order

  std::string_view name(std::size_t i) const { return columns[chosen[i]]; }
  /// Throws ArtifactError unless the inputs are those, the chosen all numbers.
  void Check(std::string_view step,
             std::span<const ExpressionPtr> inputs) const;
  /// The inputs without those that `dropped` names by their number.
  static std::vector<ExpressionPtr> Without(
      std::span<const ExpressionPtr> inputs,
      std::span<const std::size_t> dropped);

  void Save(ArtifactWriter& out) const;
  static ChosenColumns Load(ArtifactReader& in);
  /// The chosen alone, under a name: a second choice from the same columns.
  void SaveChosen(std::string_view name, ArtifactWriter& out) const;
  static ChosenColumns LoadChosen(std::string_view name,
                                  std::vector<std::string> columns,
                                  ArtifactReader& in);
};

/// Chooses from a frame, and checks what it chose as RequireNumbers does.
ChosenColumns Choose(std::string_view step, const Frame& inputs,
                     const std::optional<std::vector<std::string>>& variables,
                     MissingCells missing);

}  // namespace tidemill
