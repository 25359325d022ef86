#include "tidemill/training/class_labels.h"

#include <algorithm>
#include <numeric>
#include <optional>

#include "tidemill/core/errors.h"
#include "tidemill/data/cell_text.h"

namespace tidemill {

ClassLabels::ClassLabels(const std::vector<std::string>& given,
                         const std::string& where)
    : given_(!given.empty()) {
  for (const std::string& label : given) {
    if (!codes_.emplace(ClassText(label), labels_.size()).second) {
      throw ConfigError({.where = where,
                         .expected = "each class once",
                         .got = "'" + label + "', which is there already"});
    }
    labels_.push_back(label);
  }
}

std::size_t ClassLabels::Code(std::string_view cell) {
  std::string text = ClassText(cell);
  const auto known = codes_.find(text);
  if (known != codes_.end()) return known->second;
  if (given_ || labels_.size() == kMaxClasses) return kNone;
  labels_.push_back(text);
  codes_.emplace(std::move(text), labels_.size() - 1);
  return labels_.size() - 1;
}

std::vector<std::size_t> ClassLabels::ClassOrder() const {
  std::vector<std::size_t> sorted(labels_.size());
  std::iota(sorted.begin(), sorted.end(), std::size_t{0});
  if (given_) return sorted;
  std::vector<double> values;
  for (const std::string& label : labels_) {
    const auto number = ParseFinite(label);
    if (!number) break;
    values.push_back(*number);
  }
  const bool numbers = values.size() == labels_.size();
  std::sort(sorted.begin(), sorted.end(), [&](std::size_t a, std::size_t b) {
    return numbers ? values[a] < values[b] : labels_[a] < labels_[b];
  });
  std::vector<std::size_t> order(sorted.size());
  for (std::size_t i = 0; i < sorted.size(); ++i) order[sorted[i]] = i;
  return order;
}

}  // namespace tidemill
