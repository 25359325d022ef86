#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tidemill {

/// Codes of a category that is no entry of a dictionary.
inline constexpr std::int32_t kMissingCode = -1;
inline constexpr std::int32_t kUnseenCode = -2;

/// The distinct texts of a category field; a text's code is its place.
/// Threads: immutable once built.
class Dictionary {
 public:
  Dictionary() = default;
  /// Takes the texts in code order. Throws ArtifactError on a repeated text or
  /// one beyond kMaxTextBytes; at most kMaxEntries are taken.
  explicit Dictionary(std::vector<std::string> values);

  static constexpr std::size_t kMaxEntries = 1'000'000;
  static constexpr std::size_t kMaxTextBytes = 65'536;

  /// 0 .. size()-1, or kUnseenCode.
  std::int32_t Find(std::string_view text) const;

  std::size_t size() const { return values_.size(); }
  const std::vector<std::string>& values() const { return values_; }

 private:
  std::vector<std::string> values_;
  /// Open addressing, a power of two, at most half full: code + 1, 0 is free.
  std::vector<std::uint32_t> slots_;
};

}  // namespace tidemill
