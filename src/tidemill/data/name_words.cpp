#include "tidemill/data/name_words.h"

namespace tidemill {
namespace {

bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }
bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
bool IsPartOfWord(char c) {
  return IsUpper(c) || IsLower(c) || (c >= '0' && c <= '9') ||
         static_cast<unsigned char>(c) >= 0x80U;
}

}  // namespace

std::vector<std::string> NameWords(std::string_view name) {
  std::vector<std::string> words;
  bool within = false;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    if (!IsPartOfWord(c)) {
      within = false;
      continue;
    }
    const bool hump = IsUpper(c) && i > 0 && IsLower(name[i - 1]);
    if (!within || hump) words.emplace_back();
    within = true;
    words.back() += IsUpper(c) ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return words;
}

}  // namespace tidemill
