#pragma once

#include <cmath>
#include <cstring>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/parameter_values.h"
#include "tidemill/features/frame.h"
#include "tidemill/features/step.h"

namespace tidemill {

inline constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

inline FrameColumn NumberColumn(std::string name, std::vector<double> numbers) {
  FrameColumn column;
  column.column.name = std::move(name);
  column.numbers = std::move(numbers);
  return column;
}

/// The dictionary's texts stand in the order in which they come; nullptr is
/// missing and "?" unseen.
inline FrameColumn CategoryColumn(std::string name,
                                  const std::vector<const char*>& texts) {
  FrameColumn column;
  column.column.name = std::move(name);
  column.column.kind = ColumnKind::kCategory;
  std::vector<std::string>& known = column.column.categories;
  for (const char* text : texts) {
    if (text == nullptr || std::string_view(text) == "?") {
      column.codes.push_back(text == nullptr ? kMissingCode : kUnseenCode);
      continue;
    }
    std::size_t code = 0;
    while (code < known.size() && known[code] != text) ++code;
    if (code == known.size()) known.emplace_back(text);
    column.codes.push_back(static_cast<std::int32_t>(code));
  }
  return column;
}

inline FrameColumn TimeColumn(std::string name,
                              const std::vector<const char*>& texts) {
  FrameColumn column;
  column.column.name = std::move(name);
  column.column.kind = ColumnKind::kTimestamp;
  for (const char* text : texts) {
    column.timestamps.push_back(
        text == nullptr ? Timestamp{}
                        : ParseTimestamp(text).value_or(Timestamp{}));
  }
  return column;
}

/// The literals' own bytes; nullptr is missing.
inline FrameColumn TextColumn(std::string name,
                              const std::vector<const char*>& texts) {
  FrameColumn column;
  column.column.name = std::move(name);
  column.column.kind = ColumnKind::kText;
  for (const char* text : texts) {
    column.texts.push_back(text == nullptr ? std::string_view()
                                           : std::string_view(text));
  }
  return column;
}

inline Frame FrameOf(std::vector<FrameColumn> columns) {
  Frame frame;
  const FrameColumn& first = columns.front();
  frame.rows = first.numbers.size() + first.codes.size() +
               first.timestamps.size() + first.texts.size();
  frame.columns = std::move(columns);
  return frame;
}

inline EstimatorPtr Configured(std::string_view name,
                               const ParameterValue& parameters) {
  return FindStep(name, "test").configure(parameters);
}

inline StepPtr Fitted(std::string_view name, const ParameterValue& parameters,
                      const Frame& frame, const FitContext& context = {}) {
  return Configured(name, parameters)->Fit(frame, context);
}

inline Frame Transformed(const Step& step, const Frame& frame) {
  return Evaluate(step.Bind(SourcesOf(frame)), frame);
}

/// Fits and transforms the same frame.
inline Frame FitAndTransform(std::string_view name,
                             const ParameterValue& parameters,
                             const Frame& frame,
                             const FitContext& context = {}) {
  return Transformed(*Fitted(name, parameters, frame, context), frame);
}

inline std::vector<std::string> NamesOf(const Frame& frame) {
  std::vector<std::string> names;
  for (const FrameColumn& column : frame.columns) {
    names.push_back(column.column.name);
  }
  return names;
}

/// The texts of a category column; "(missing)" and "(unseen)".
inline std::vector<std::string> TextsOf(const FrameColumn& column) {
  std::vector<std::string> texts;
  for (const std::int32_t code : column.codes) {
    texts.push_back(
        code == kMissingCode ? "(missing)"
        : code == kUnseenCode
            ? "(unseen)"
            : column.column.categories[static_cast<std::size_t>(code)]);
  }
  return texts;
}

inline bool SameBits(double a, double b) {
  return std::memcmp(&a, &b, sizeof(a)) == 0;
}

inline bool SameBits(const std::vector<double>& a,
                     const std::vector<double>& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!SameBits(a[i], b[i])) return false;
  }
  return true;
}

/// Names, kinds and values.
inline bool SameFrame(const Frame& a, const Frame& b) {
  if (a.columns.size() != b.columns.size()) return false;
  for (std::size_t i = 0; i < a.columns.size(); ++i) {
    const FrameColumn& x = a.columns[i];
    const FrameColumn& y = b.columns[i];
    if (x.column.name != y.column.name || x.column.kind != y.column.kind ||
        !SameBits(x.numbers, y.numbers) || TextsOf(x) != TextsOf(y)) {
      return false;
    }
  }
  return true;
}

}  // namespace tidemill
