#pragma once

#include <string>
#include <vector>

namespace tidemill {

/// Rows of cells as text for people: left-aligned columns two spaces apart, a
/// line per row, nothing behind the last cell. Cells may quote anything: each
/// is shown by OneLine(); an empty one as "-".
class TextTable {
 public:
  /// The first line; as many columns as each row must have.
  explicit TextTable(std::vector<std::string> headings);

  void Add(std::vector<std::string> cells);
  bool empty() const { return rows_.size() == 1; }
  /// With the headings; ends with a line's end.
  std::string Text() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace tidemill
