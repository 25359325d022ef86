#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "tidemill/core/event_batch.h"
#include "tidemill/core/event_error.h"
#include "tidemill/core/schema.h"

namespace tidemill {

/// Puts one value into a row, under the rules that hold for JSON and CSV alike.
/// Each answers what is wrong with the value, or nothing.
std::optional<Reason> StoreNumber(const Field& field, std::size_t index,
                                  double value, std::size_t row,
                                  EventBatch& batch);
std::optional<Reason> StoreBoolean(const Field& field, std::size_t index,
                                   bool value, std::size_t row,
                                   EventBatch& batch);
/// The text of a category, text or timestamp field. `keep` copies a text field
/// into the batch's memory; a category keeps its code only.
std::optional<Reason> StoreText(const Field& field, std::size_t index,
                                std::string_view value, std::size_t row,
                                EventBatch& batch);

/// The value of a CSV cell, which is always text: numbers and booleans are
/// read from it. An empty or blank cell is missing and stores nothing.
std::optional<Reason> StoreCell(const Field& field, std::size_t index,
                                std::string_view cell, std::size_t row,
                                EventBatch& batch);

/// The number that a CSV cell without spaces around it holds: nothing when it
/// is no number, or one that no float64 holds.
std::optional<double> ParseNumberCell(std::string_view cell);

/// True for nothing but spaces, tabs and line ends.
bool IsBlank(std::string_view text);

/// What a field wants, for people: "an integer", "a timestamp".
std::string_view Wanted(FieldType type);

/// Fills batch.event_ids()[row] from the schema's id field.
void StoreEventId(const Schema& schema, std::string_view id_text,
                  std::size_t row, EventBatch& batch);

}  // namespace tidemill
