#include <algorithm>

#include "tidemill/core/errors.h"
#include "tidemill/features/text_analyzer.h"

namespace tidemill {
namespace {

using Accents = TextOptions::Accents;
using Analyzer = TextOptions::Analyzer;
using WordOf = TextOptions::WordOf;

[[noreturn]] void Refuse(const ParameterValue& value, std::string expected) {
  throw ConfigError({.where = value.where,
                     .expected = std::move(expected),
                     .got = Describe(value)});
}

void ReadRange(ParameterReader& reader, TextOptions& options) {
  const ParameterValue* value = reader.Optional("ngram_range");
  if (value == nullptr) return;
  const std::string expected =
      "[least, greatest], 1 to " + std::to_string(TextOptions::kMaxN) + " each";
  if (value->list() == nullptr || value->list()->size() != 2) {
    Refuse(*value, expected);
  }
  const std::int64_t least = AsInteger(value->list()->front());
  const std::int64_t greatest = AsInteger(value->list()->back());
  if (least < 1 || greatest < least || greatest > TextOptions::kMaxN) {
    throw ConfigError({.where = value->where,
                       .expected = expected,
                       .got = "[" + std::to_string(least) + ", " +
                              std::to_string(greatest) + "]"});
  }
  options.min_n = static_cast<std::uint32_t>(least);
  options.max_n = static_cast<std::uint32_t>(greatest);
}

/// `\b`, one or more `\w`, the last with a plus, `\b`; or so many `\S`.
bool ParsePattern(std::string_view pattern, TextOptions& options) {
  if (pattern.starts_with("(?u)")) pattern.remove_prefix(4);
  std::string_view unit = "\\S";
  options.word_of = WordOf::kNonSpaces;
  if (pattern.starts_with("\\b") && pattern.ends_with("\\b") &&
      pattern.size() > 4) {
    pattern = pattern.substr(2, pattern.size() - 4);
    unit = "\\w";
    options.word_of = WordOf::kWordCharacters;
  }
  options.min_word = 0;
  while (pattern.starts_with(unit)) {
    pattern.remove_prefix(unit.size());
    ++options.min_word;
  }
  return pattern == "+" && options.min_word >= 1 &&
         options.min_word <= TextOptions::kMaxMinWord;
}

void ReadPattern(ParameterReader& reader, TextOptions& options) {
  const ParameterValue* value = reader.Optional("token_pattern");
  if (value == nullptr || ParsePattern(AsText(*value), options)) return;
  Refuse(*value,
         "(?u)\\b\\w\\w+\\b with one \\w or more, or \\S+: other regular "
         "expressions are not built, for a text can make them slow");
}

void ReadStopWords(ParameterReader& reader, TextOptions& options) {
  const ParameterValue* value = reader.Optional("stop_words");
  if (value == nullptr) return;
  if (value->list() == nullptr) {
    Refuse(*value, "a list of words (no language's list is built in)");
  }
  options.stop_words = AsTexts(*value);
  std::vector<std::string>& words = options.stop_words;
  std::sort(words.begin(), words.end());
  words.erase(std::unique(words.begin(), words.end()), words.end());
}

}  // namespace

TextOptions ReadTextOptions(ParameterReader& reader) {
  TextOptions options;
  options.lowercase = reader.Bool("lowercase", true);
  const std::string accents =
      reader.Choice("strip_accents", "none", {"none", "unicode", "ascii"});
  options.strip_accents = accents == "unicode" ? Accents::kUnicode
                          : accents == "ascii" ? Accents::kAscii
                                               : Accents::kKeep;
  const std::string analyzer =
      reader.Choice("analyzer", "word", {"word", "char", "char_wb"});
  options.analyzer = analyzer == "char"      ? Analyzer::kChar
                     : analyzer == "char_wb" ? Analyzer::kCharWithinWords
                                             : Analyzer::kWord;
  ReadRange(reader, options);
  ReadPattern(reader, options);
  ReadStopWords(reader, options);
  return options;
}

constexpr std::array<std::string_view, 3> kAccentsNames = {"none", "unicode",
                                                           "ascii"};
constexpr std::array<std::string_view, 3> kAnalyzerNames = {"word", "char",
                                                            "char_wb"};
constexpr std::array<std::string_view, 2> kWordOfNames = {"word_characters",
                                                          "non_spaces"};

void SaveTextOptions(const TextOptions& options, ArtifactWriter& out) {
  out.Bool("lowercase", options.lowercase);
  out.Choice("strip_accents", options.strip_accents, kAccentsNames);
  out.Choice("analyzer", options.analyzer, kAnalyzerNames);
  out.Choice("word_of", options.word_of, kWordOfNames);
  out.U32("min_word", options.min_word);
  out.U32("min_n", options.min_n);
  out.U32("max_n", options.max_n);
  out.Texts("stop_words", options.stop_words);
}

TextOptions LoadTextOptions(ArtifactReader& in) {
  TextOptions options;
  options.lowercase = in.Bool("lowercase");
  options.strip_accents = in.Choice<Accents>("strip_accents", kAccentsNames);
  options.analyzer = in.Choice<Analyzer>("analyzer", kAnalyzerNames);
  options.word_of = in.Choice<WordOf>("word_of", kWordOfNames);
  options.min_word = in.U32("min_word");
  options.min_n = in.U32("min_n");
  options.max_n = in.U32("max_n");
  options.stop_words = in.Texts("stop_words");
  if (options.min_word < 1 || options.min_word > TextOptions::kMaxMinWord) {
    in.Refuse("words of 1 to 64 characters or more",
              std::to_string(options.min_word));
  }
  if (options.min_n < 1 || options.max_n < options.min_n ||
      options.max_n > TextOptions::kMaxN) {
    in.Refuse(
        "terms of 1 to 10 words or characters",
        std::to_string(options.min_n) + " to " + std::to_string(options.max_n));
  }
  return options;
}

}  // namespace tidemill
