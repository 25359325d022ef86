#pragma once

#include <memory>
#include <optional>
#include <string_view>

namespace tidemill {

/// Finds one field of an event without a schema: what a canary's share is
/// drawn by. The text of a string without its escapes; a number, true or false
/// as written. Missing, null, an object or an array: none.
///
/// Errors:  none; of an event that is not JSON it may or may not find it.
/// Memory:  a buffer of the largest event seen.
/// Threads: one at a time.
class FieldText {
 public:
  FieldText();
  ~FieldText();
  FieldText(FieldText&&) noexcept;
  FieldText& operator=(FieldText&&) noexcept;

  /// The view is valid until the next call.
  std::optional<std::string_view> Find(std::string_view event,
                                       std::string_view field);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tidemill
