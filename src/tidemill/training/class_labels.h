#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tidemill/core/task.h"

namespace tidemill {

/// The classes of a target, three and more.
///
/// Order:  that of the given labels; without any the labels found, sorted as
///         numpy.unique does: by value when all are numbers, else as text.
/// Memory: at most kMaxClasses labels.
class ClassLabels {
 public:
  /// `given`: in class order; none: every label is taken. Throws ConfigError
  /// naming `where` when two of them are one class.
  ClassLabels(const std::vector<std::string>& given, const std::string& where);

  /// A number for the cell's class, by appearance; kNone when it is not among
  /// those given or one too many.
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  std::size_t Code(std::string_view cell);

  bool are_given() const { return given_; }
  std::size_t size() const { return labels_.size(); }
  /// By the numbers of Code().
  const std::vector<std::string>& labels() const { return labels_; }

  /// Per number of Code(), the number of the class in class order.
  std::vector<std::size_t> ClassOrder() const;

 private:
  std::vector<std::string> labels_;
  std::unordered_map<std::string, std::size_t> codes_;  ///< by ClassText
  bool given_;
};

}  // namespace tidemill
