#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tidemill {

/// The lines of a LightGBM model file, one after the other.
class LightgbmLines {
 public:
  /// `text` must outlive this. Throws ArtifactError unless it is UTF-8.
  LightgbmLines(std::string_view text, std::string where);

  /// The next line, or a refusal: every file ends with "end of trees" before
  /// its text does.
  std::string_view Next();
  bool AtEnd() const { return rest_.empty(); }
  /// "FILE, line 12": the line that Next() gave last.
  std::string Place() const;
  [[noreturn]] void Refuse(const std::string& expected,
                           const std::string& got) const;

 private:
  std::string_view rest_;
  std::string where_;
  std::size_t number_ = 0;
};

/// Lines "key=value" up to a blank one, by key.
///
/// Errors: every call throws ArtifactError naming the place and the key when
///         the value is missing, no number or out of its range.
class LightgbmSection {
 public:
  explicit LightgbmSection(std::string place) : place_(std::move(place)) {}

  /// A line without '=' is a key with an empty value.
  void Add(std::string_view line);
  bool Has(std::string_view key) const { return values_.contains(key); }
  std::string_view Text(std::string_view key) const;
  std::size_t Count(std::string_view key, std::size_t least,
                    std::size_t most) const;
  /// `count` numbers with blanks between them; those of integer types whole.
  template <typename Number>
  std::vector<Number> Numbers(std::string_view key, std::size_t count) const;
  [[noreturn]] void Refuse(std::string_view key, const std::string& expected,
                           const std::string& got) const;
  const std::string& place() const { return place_; }

 private:
  std::string place_;
  std::map<std::string_view, std::string_view> values_;
};

/// The parts between blanks.
std::vector<std::string_view> SplitAtBlanks(std::string_view text);

}  // namespace tidemill
