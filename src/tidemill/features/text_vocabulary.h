#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tidemill/core/parameters.h"
#include "tidemill/features/text_analyzer.h"

namespace tidemill {

/// Which terms of the training rows become columns.
struct VocabularyOptions {
  /// A number of rows, or a share of them.
  struct Bound {
    double value = 0.0;
    bool is_share = false;
    double rows(std::size_t all) const {
      return is_share ? value * static_cast<double>(all) : value;
    }
  };
  Bound min_df{1.0, false};
  Bound max_df{1.0, true};
  std::optional<std::size_t> max_features;
  bool binary = false;
  std::vector<std::string> fixed;  ///< the terms themselves; nothing to learn
};

/// Throws ConfigError.
VocabularyOptions ReadVocabularyOptions(ParameterReader& reader);

struct Vocabulary {
  std::vector<std::string> terms;  ///< by column: sorted by bytes, or as given
  std::vector<double> rows_with;   ///< per term: rows that have it
};

/// The terms that become columns, as the options have it; of terms that are
/// equally frequent, max_features keeps the first in the order of bytes.
///
/// Errors: DataError when none remain, or more than kMaxColumns, or more than
///         kMaxTrainingTerms come up.
/// Source: scikit-learn CountVectorizer.
Vocabulary LearnVocabulary(const TextAnalyzer& analyzer,
                           const VocabularyOptions& options,
                           std::span<const std::string_view> texts,
                           const std::string& where);

/// 1 GiB of memory, about.
inline constexpr std::size_t kMaxTrainingTerms = 10'000'000;

}  // namespace tidemill
