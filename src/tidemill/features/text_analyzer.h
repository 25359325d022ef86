#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tidemill/core/dictionary.h"
#include "tidemill/core/parameters.h"
#include "tidemill/features/artifact_io.h"

namespace tidemill {

/// How a text becomes terms; names and meanings of scikit-learn's
/// CountVectorizer.
struct TextOptions {
  enum class Accents : std::uint8_t { kKeep, kUnicode, kAscii };
  enum class Analyzer : std::uint8_t { kWord, kChar, kCharWithinWords };
  /// What a word is made of: \w or \S.
  enum class WordOf : std::uint8_t { kWordCharacters, kNonSpaces };

  bool lowercase = true;
  Accents strip_accents = Accents::kKeep;
  Analyzer analyzer = Analyzer::kWord;
  WordOf word_of = WordOf::kWordCharacters;
  std::uint32_t min_word = 2;  ///< characters; shorter words do not count
  std::uint32_t min_n = 1;     ///< words or characters in a term
  std::uint32_t max_n = 1;
  std::vector<std::string> stop_words;

  /// An event may be 1 MiB long, and a term begins at every character.
  static constexpr std::uint32_t kMaxN = 10;
  static constexpr std::uint32_t kMaxMinWord = 64;
};

/// Throws ConfigError.
TextOptions ReadTextOptions(ParameterReader& reader);
void SaveTextOptions(const TextOptions& options, ArtifactWriter& out);
/// Throws ArtifactError.
TextOptions LoadTextOptions(ArtifactReader& in);

/// Receives the terms of a text one by one.
class TermSink {
 public:
  virtual ~TermSink() = default;
  /// The view lives until Add returns.
  virtual void Add(std::string_view term) = 0;
};

/// Takes a text apart.
///
/// Cost:    linear in the text, times max_n; buffers are thread_local and stay
///          as large as the longest text needed.
/// Missing: a view without data() has no terms, as an empty text.
/// Threads: immutable.
/// Source:  scikit-learn CountVectorizer's build_analyzer(). Of regular
///          expressions it has the words in TextOptions only: one that an
///          event's author can slow down has no place here.
class TextAnalyzer {
 public:
  /// Throws ArtifactError on a stop word that stands twice.
  explicit TextAnalyzer(TextOptions options);

  void Analyze(std::string_view text, TermSink& sink) const;
  const TextOptions& options() const { return options_; }

 private:
  void Words(std::string_view text, TermSink& sink) const;
  void Characters(std::string_view text, TermSink& sink) const;
  void CharactersWithinWords(std::string_view text, TermSink& sink) const;

  TextOptions options_;
  Dictionary stop_words_;
};

}  // namespace tidemill
