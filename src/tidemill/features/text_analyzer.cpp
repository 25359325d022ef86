#include "tidemill/features/text_analyzer.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "tidemill/features/unicode_text.h"

namespace tidemill {
namespace {

/// From byte `begin` up to byte `end`.
struct Piece {
  std::size_t begin = 0;
  std::size_t end = 0;
};

/// What a thread needs while it takes one text apart.
struct Buffers {
  std::string lower;
  std::string stripped;
  std::string joined;         ///< what terms are cut from
  std::vector<Piece> pieces;  ///< words or characters of `joined`
};

Buffers& ThreadBuffers() {
  thread_local Buffers buffers;
  return buffers;
}

/// Every n neighbouring pieces, from the first to the last.
void AddRuns(std::string_view text, const std::vector<Piece>& pieces,
             std::size_t n, TermSink& sink) {
  for (std::size_t i = 0; i + n <= pieces.size(); ++i) {
    const std::size_t begin = pieces[i].begin;
    sink.Add(text.substr(begin, pieces[i + n - 1].end - begin));
  }
}

/// The longest runs of characters for which `in_run` holds.
template <typename InRun, typename Use>
void ForEachRun(std::string_view text, const InRun& in_run, const Use& use) {
  std::size_t begin = 0;
  std::size_t characters = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t before = at;
    if (in_run(NextCharacter(text, at))) {
      if (characters++ == 0) begin = before;
    } else if (characters > 0) {
      use(text.substr(begin, before - begin), characters);
      characters = 0;
    }
  }
  if (characters > 0) use(text.substr(begin), characters);
}

bool IsNonSpace(char32_t c) { return !IsSpaceCharacter(c); }

}  // namespace

TextAnalyzer::TextAnalyzer(TextOptions options)
    : options_(std::move(options)), stop_words_(options_.stop_words) {}

void TextAnalyzer::Analyze(std::string_view text, TermSink& sink) const {
  using Accents = TextOptions::Accents;
  Buffers& buffers = ThreadBuffers();
  if (options_.lowercase) {
    Lowercase(text, buffers.lower);
    text = buffers.lower;
  }
  if (options_.strip_accents != Accents::kKeep) {
    StripAccents(text, options_.strip_accents == Accents::kAscii,
                 buffers.stripped);
    text = buffers.stripped;
  }
  buffers.joined.clear();
  buffers.pieces.clear();
  switch (options_.analyzer) {
    case TextOptions::Analyzer::kWord:
      return Words(text, sink);
    case TextOptions::Analyzer::kChar:
      return Characters(text, sink);
    case TextOptions::Analyzer::kCharWithinWords:
      return CharactersWithinWords(text, sink);
  }
}

void TextAnalyzer::Words(std::string_view text, TermSink& sink) const {
  Buffers& buffers = ThreadBuffers();
  const auto keep = [&](std::string_view word, std::size_t characters) {
    if (characters < options_.min_word || stop_words_.Find(word) >= 0) return;
    // One space between words, so that a term of several is one piece of text.
    if (!buffers.joined.empty()) buffers.joined += ' ';
    const std::size_t begin = buffers.joined.size();
    buffers.joined += word;
    buffers.pieces.push_back({begin, buffers.joined.size()});
  };
  if (options_.word_of == TextOptions::WordOf::kWordCharacters) {
    ForEachRun(text, IsWordCharacter, keep);
  } else {
    ForEachRun(text, IsNonSpace, keep);
  }
  for (std::size_t n = options_.min_n; n <= options_.max_n; ++n) {
    AddRuns(buffers.joined, buffers.pieces, n, sink);
  }
}

void TextAnalyzer::Characters(std::string_view text, TermSink& sink) const {
  Buffers& buffers = ThreadBuffers();
  // Two spaces or more become one blank; a single one stays what it is.
  std::size_t spaces = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t before = at;
    spaces = IsSpaceCharacter(NextCharacter(text, at)) ? spaces + 1 : 0;
    if (spaces > 1) {
      buffers.joined.resize(buffers.pieces.back().begin);
      buffers.joined += ' ';
      buffers.pieces.back().end = buffers.joined.size();
      continue;
    }
    const std::size_t begin = buffers.joined.size();
    buffers.joined += text.substr(before, at - before);
    buffers.pieces.push_back({begin, buffers.joined.size()});
  }
  for (std::size_t n = options_.min_n; n <= options_.max_n; ++n) {
    AddRuns(buffers.joined, buffers.pieces, n, sink);
  }
}

void TextAnalyzer::CharactersWithinWords(std::string_view text,
                                         TermSink& sink) const {
  Buffers& buffers = ThreadBuffers();
  ForEachRun(text, IsNonSpace, [&](std::string_view word, std::size_t) {
    buffers.joined.assign(1, ' ');
    buffers.joined += word;
    buffers.joined += ' ';
    buffers.pieces.clear();
    for (std::size_t at = 0; at < buffers.joined.size();) {
      const std::size_t begin = at;
      NextCharacter(buffers.joined, at);
      buffers.pieces.push_back({begin, at});
    }
    for (std::size_t n = options_.min_n; n <= options_.max_n; ++n) {
      AddRuns(buffers.joined, buffers.pieces, n, sink);
      // A word that is no longer than n counts whole, and once.
      if (buffers.pieces.size() < n) sink.Add(buffers.joined);
      if (buffers.pieces.size() <= n) break;
    }
  });
}

}  // namespace tidemill
