#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "consumers/top/view.h"

namespace tidemill {

struct ScreenSize {
  std::size_t rows = 24;
  std::size_t columns = 80;
};

/// What a person sees and changes by keys: a title, the view scrolled to a
/// place, and what the keys do.
/// Threads: one at a time.
class TopScreen {
 public:
  explicit TopScreen(bool color) : color_(color) {}

  void Resize(ScreenSize size) { size_ = size; }
  void SetTitle(std::string title) { title_ = std::move(title); }
  /// Before the first figures there is but the title.
  void Show(TopFigures figures);

  /// Bytes as the terminal sends them for keys. False when one of them quits.
  bool Press(std::string_view bytes);

  /// What to write so that the terminal shows it, whatever it showed before.
  std::string Frame();

  const ViewOptions& options() const { return options_; }
  bool typing() const { return typing_; }

 private:
  /// The key at the start of `bytes` and its length.
  struct Key {
    std::string_view name;
    std::size_t size;
  };
  static Key FirstKey(std::string_view bytes);
  bool PressKey(std::string_view key);
  void TypeKey(std::string_view key);
  void Scroll(std::string_view key);
  std::size_t body_rows() const;
  std::string Footer(std::size_t lines) const;

  bool color_;
  ScreenSize size_;
  std::string title_;
  TopFigures figures_;
  bool has_figures_ = false;
  ViewOptions options_;
  bool typing_ = false;
  std::size_t first_ = 0;  ///< line of the view that is shown first
};

}  // namespace tidemill
