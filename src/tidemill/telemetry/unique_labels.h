#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace tidemill {

/// Label values of which no two are equal.
/// Threads: one at a time.
class UniqueLabels {
 public:
  /// LabelText(text), or the same shortened and "~2", "~3"... when that is
  /// taken. Quick however many texts are alike.
  std::string Make(std::string_view text);

 private:
  std::unordered_set<std::string> taken_;
  /// By the text before "~".
  std::unordered_map<std::string, std::size_t> last_number_;
};

}  // namespace tidemill
