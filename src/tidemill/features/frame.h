#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "tidemill/core/event_batch.h"
#include "tidemill/core/timestamp.h"
#include "tidemill/features/expression.h"

namespace tidemill {

/// A column with its values, for fitting.
struct FrameColumn {
  Column column;
  std::vector<double> numbers;      ///< NaN is missing
  std::vector<std::int32_t> codes;  ///< kMissingCode is missing
  std::vector<Timestamp> timestamps;
  std::vector<std::string_view> texts;  ///< into the batch they came from

  ColumnValues values() const {
    return {numbers.data(), codes.data(), timestamps.data(), texts.data()};
  }
};

/// Columns of equal length. The batch that texts come from outlives the frame.
struct Frame {
  std::size_t rows = 0;
  std::vector<FrameColumn> columns;
};

/// The input column of every field.
Column ColumnOf(const Field& field);

/// One column per field, the rows picked by `rows` in that order.
Frame MakeFrame(const Schema& schema, const EventBatch& batch,
                std::span<const std::size_t> rows);

/// The frame's columns as expressions, to bind a step to.
std::vector<ExpressionPtr> SourcesOf(const Frame& frame);

/// Works out expressions over the frame's columns.
Frame Evaluate(std::span<const ExpressionPtr> expressions, const Frame& frame);

}  // namespace tidemill
