#include "tidemill/training/probe_texts.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

namespace tidemill {
namespace {

/// A word that so many texts have names nobody.
constexpr std::size_t kCommon = 5;
constexpr std::size_t kMaxWords = 200;
constexpr std::size_t kMaxTexts = 5000;
constexpr std::size_t kMaxWordBytes = 64;

constexpr std::array<std::string_view, 5> kWritings = {
    "Straße ΟΔΟΣ", "İstanbul naïve", "東京 e\u0301t\u00e9", "a_b x2 ½",
    "it's — 😀"};

std::set<std::string_view> WordsOf(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  std::set<std::string_view> words;
  std::size_t at = 0;
  while ((at = text.find_first_not_of(kBlank, at)) != std::string_view::npos) {
    const std::size_t end =
        std::min(text.find_first_of(kBlank, at), text.size());
    if (end - at <= kMaxWordBytes) words.insert(text.substr(at, end - at));
    at = end;
  }
  return words;
}

/// The most frequent first, equally frequent ones by their bytes.
std::vector<std::string_view> CommonWords(
    std::span<const std::string_view> texts) {
  std::map<std::string_view, std::size_t> counts;
  for (const std::string_view text :
       texts.first(std::min(texts.size(), kMaxTexts))) {
    for (const std::string_view word : WordsOf(text)) ++counts[word];
  }
  std::vector<std::pair<std::size_t, std::string_view>> common;
  for (const auto& [word, count] : counts) {
    if (count >= kCommon) common.emplace_back(count, word);
  }
  std::stable_sort(
      common.begin(), common.end(),
      [](const auto& a, const auto& b) { return a.first > b.first; });
  common.resize(std::min(common.size(), kMaxWords));
  std::vector<std::string_view> words;
  for (const auto& [count, word] : common) words.push_back(word);
  return words;
}

}  // namespace

std::vector<std::string> ProbeTexts(std::span<const std::string_view> texts,
                                    std::size_t count, Random& random) {
  constexpr std::uint64_t kMostWords = 12;
  const std::vector<std::string_view> words = CommonWords(texts);
  std::vector<std::string> probes(count);
  for (std::size_t i = 0; i < count; ++i) {
    probes[i] = kWritings[i % kWritings.size()];
    const std::uint64_t length = words.empty() ? 0 : random.Below(kMostWords);
    for (std::uint64_t k = 0; k < length; ++k) {
      probes[i] += ' ';
      probes[i] += words[random.Below(words.size())];
    }
  }
  return probes;
}

}  // namespace tidemill
