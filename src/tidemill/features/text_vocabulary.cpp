#include "tidemill/features/text_vocabulary.h"

#include <algorithm>
#include <functional>
#include <set>
#include <unordered_map>
#include <utility>

#include "tidemill/core/errors.h"
#include "tidemill/features/step.h"

namespace tidemill {
namespace {

struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const {
    return std::hash<std::string_view>()(text);
  }
};

struct Count {
  std::size_t rows = 0;   ///< that have the term
  std::size_t total = 0;  ///< how often all of them have it
  std::size_t last = 0;   ///< the last of them, from 1
};

using Counts =
    std::unordered_map<std::string, Count, TextHash, std::equal_to<>>;
using Term = Counts::value_type;

class Counter final : public TermSink {
 public:
  Counter(bool binary, std::string where)
      : binary_(binary), where_(std::move(where)) {}

  void NextRow() { ++row_; }

  void Add(std::string_view term) override {
    auto place = counts_.find(term);
    if (place == counts_.end()) {
      if (counts_.size() == kMaxTrainingTerms) {
        throw DataError({.where = where_,
                         .expected = "at most " +
                                     std::to_string(kMaxTrainingTerms) +
                                     " terms to choose from (take a smaller "
                                     "ngram_range)",
                         .got = "more"});
      }
      place = counts_.emplace(std::string(term), Count{}).first;
    }
    Count& count = place->second;
    const bool first = count.last != row_;
    if (first) ++count.rows;
    if (first || !binary_) ++count.total;
    count.last = row_;
  }

  const Counts& counts() const { return counts_; }

 private:
  bool binary_;
  std::string where_;
  std::size_t row_ = 0;
  Counts counts_;
};

std::vector<const Term*> Sorted(const Counts& counts) {
  std::vector<const Term*> terms;
  terms.reserve(counts.size());
  for (const Term& term : counts) terms.push_back(&term);
  std::sort(terms.begin(), terms.end(),
            [](const Term* a, const Term* b) { return a->first < b->first; });
  return terms;
}

/// The most frequent ones, in the order in which they stood.
std::vector<const Term*> MostFrequent(const std::vector<const Term*>& terms,
                                      std::size_t limit) {
  std::vector<std::size_t> places(terms.size());
  for (std::size_t i = 0; i < places.size(); ++i) places[i] = i;
  std::stable_sort(places.begin(), places.end(),
                   [&](std::size_t a, std::size_t b) {
                     return terms[a]->second.total > terms[b]->second.total;
                   });
  places.resize(limit);
  std::sort(places.begin(), places.end());
  std::vector<const Term*> kept;
  kept.reserve(places.size());
  for (const std::size_t place : places) kept.push_back(terms[place]);
  return kept;
}

VocabularyOptions::Bound ReadBound(ParameterReader& reader,
                                   std::string_view name,
                                   VocabularyOptions::Bound otherwise) {
  const ParameterValue* value = reader.Optional(name);
  if (value == nullptr) return otherwise;
  const double number = AsDouble(*value);
  // 1 is a row and 1.0 are all of them, as in Python.
  const std::string text = AsText(*value);
  const bool share = text.find_first_of(".eE") != std::string::npos;
  if (number < (share ? 0.0 : 1.0) || (share && number > 1.0) ||
      (!share && number > 1e15)) {
    throw ConfigError(
        {.where = value->where,
         .expected = "a number of rows from 1, or a share from 0.0 to 1.0",
         .got = Describe(*value)});
  }
  return {number, share};
}

void ReadFixed(ParameterReader& reader, VocabularyOptions& options) {
  const ParameterValue* value = reader.Optional("vocabulary");
  if (value == nullptr) return;
  const auto refuse = [&](std::string expected, std::string got) {
    throw ConfigError({.where = value->where,
                       .expected = std::move(expected),
                       .got = std::move(got)});
  };
  const std::string expected =
      "a list of 1 to " + std::to_string(kMaxColumns) + " distinct terms";
  if (value->list() == nullptr) refuse(expected, Describe(*value));
  options.fixed = AsTexts(*value);
  if (options.fixed.empty() || options.fixed.size() > kMaxColumns) {
    refuse(expected, std::to_string(options.fixed.size()));
  }
  std::set<std::string_view> seen;
  for (const std::string& term : options.fixed) {
    if (term.empty()) refuse(expected, "an empty one");
    if (!seen.insert(term).second) refuse(expected, "'" + term + "' twice");
  }
}

Vocabulary FixedVocabulary(const std::vector<std::string>& terms,
                           const Counts& counts) {
  Vocabulary vocabulary{.terms = terms, .rows_with = {}};
  for (const std::string& term : terms) {
    const auto place = counts.find(term);
    vocabulary.rows_with.push_back(
        place == counts.end() ? 0.0 : static_cast<double>(place->second.rows));
  }
  return vocabulary;
}

}  // namespace

VocabularyOptions ReadVocabularyOptions(ParameterReader& reader) {
  VocabularyOptions options;
  options.min_df = ReadBound(reader, "min_df", options.min_df);
  options.max_df = ReadBound(reader, "max_df", options.max_df);
  if (const ParameterValue* value = reader.Optional("max_features")) {
    const std::int64_t limit = AsInteger(*value);
    if (limit < 1) {
      throw ConfigError({.where = value->where,
                         .expected = "a number of terms, at least 1",
                         .got = std::to_string(limit)});
    }
    options.max_features = static_cast<std::size_t>(limit);
  }
  options.binary = reader.Bool("binary", false);
  ReadFixed(reader, options);
  return options;
}

Vocabulary LearnVocabulary(const TextAnalyzer& analyzer,
                           const VocabularyOptions& options,
                           std::span<const std::string_view> texts,
                           const std::string& where) {
  const auto refuse = [&](std::string expected, std::string got) {
    throw DataError({.where = where,
                     .expected = std::move(expected),
                     .got = std::move(got)});
  };
  Counter counter(options.binary, where);
  for (const std::string_view text : texts) {
    counter.NextRow();
    analyzer.Analyze(text, counter);
  }
  if (!options.fixed.empty()) {
    return FixedVocabulary(options.fixed, counter.counts());
  }
  if (counter.counts().empty()) {
    refuse("a text with a word that counts", "none in any row");
  }
  const double least = options.min_df.rows(texts.size());
  const double greatest = options.max_df.rows(texts.size());
  std::vector<const Term*> terms = Sorted(counter.counts());
  std::erase_if(terms, [&](const Term* term) {
    const auto rows = static_cast<double>(term->second.rows);
    return rows < least || rows > greatest;
  });
  if (terms.empty()) {
    refuse("terms within min_df and max_df",
           "none of " + std::to_string(counter.counts().size()));
  }
  if (options.max_features && *options.max_features < terms.size()) {
    terms = MostFrequent(terms, *options.max_features);
  }
  if (terms.size() > kMaxColumns) {
    refuse("at most " + std::to_string(kMaxColumns) +
               " terms (set max_features or min_df)",
           std::to_string(terms.size()));
  }
  Vocabulary vocabulary;
  for (const Term* term : terms) {
    if (term->first.size() > Dictionary::kMaxTextBytes) {
      refuse("terms of at most " + std::to_string(Dictionary::kMaxTextBytes) +
                 " bytes (set max_features or min_df)",
             std::to_string(term->first.size()));
    }
    vocabulary.terms.push_back(term->first);
    vocabulary.rows_with.push_back(static_cast<double>(term->second.rows));
  }
  return vocabulary;
}

}  // namespace tidemill
