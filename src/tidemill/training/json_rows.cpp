#include <optional>
#include <string_view>

#include <nlohmann/json.hpp>

#include "tidemill/core/errors.h"
#include "tidemill/data/line_reader.h"
#include "tidemill/training/row_source.h"
#include "tidemill/wire/event_decoder.h"
#include "tidemill/wire/field_values.h"

namespace tidemill {
namespace {

/// The truth of one event, as text: a class may be text, a boolean or a number.
class TruthReader {
 public:
  explicit TruthReader(const TargetReader& target)
      : target_(&target),
        columns_(&target.columns()),
        found_(columns_->size(), false) {}

  /// Requires JSON. The texts live until the next call.
  std::vector<std::optional<std::string_view>> Read(std::string_view line,
                                                    const RowPlace& place) {
    event_ = nlohmann::json::parse(line);
    texts_.assign(columns_->size(), std::string());
    std::vector<std::optional<std::string_view>> cells(columns_->size());
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const auto value = event_.find((*columns_)[i]);
      if (value == event_.end()) continue;
      found_[i] = true;
      if (value->is_null()) continue;
      if (value->is_structured()) {
        throw DataError({.where = place.Text((*columns_)[i]),
                         .expected = "text, a number, true or false",
                         .got = value->is_array() ? "an array" : "an object"});
      }
      texts_[i] =
          value->is_string() ? value->get<std::string>() : value->dump();
      cells[i] = texts_[i];
    }
    return cells;
  }

  /// Throws unless every column stood in some event.
  void Finish(const DataFile& file) const {
    for (std::size_t i = 0; i < found_.size(); ++i) {
      if (found_[i]) continue;
      std::vector<std::string> names;
      for (const auto& item : event_.items()) names.push_back(item.key());
      throw DataError({.where = file.name,
                       .expected = "events with '" + (*columns_)[i] + "', " +
                                   target_->role(i) +
                                   Suggest((*columns_)[i], names),
                       .got = "the fields " + ListNames(names)});
    }
  }

 private:
  const TargetReader* target_;
  const std::vector<std::string>* columns_;
  std::vector<bool> found_;
  nlohmann::json event_;
  std::vector<std::string> texts_;
};

}  // namespace

void ReadJsonRows(const DataFile& file, DataText& text, RowSink& sink) {
  EventDecoder decoder;
  TruthReader truth(sink.target);
  LineReader reader(text.text(), kMaxRecordBytes);
  RowPlace place{.file = &file.name, .line = 0};
  std::string line;
  bool any = false;
  while (reader.Read(line)) {
    ++place.line;
    if (IsBlank(line)) continue;
    any = true;
    if (const auto error = decoder.Decode(sink.builder.staging_schema(), line,
                                          sink.builder.staging())) {
      throw DataError(place.Text() + ": " + error->detail);
    }
    if (const auto target = sink.target.Read(truth.Read(line, place), place)) {
      sink.builder.Take(*target);
    } else {
      sink.builder.Drop();
    }
    sink.progress.Advance(text.position());
  }
  if (!any) {
    throw DataError({.where = file.name,
                     .expected = "rows to learn from",
                     .got = "an empty file"});
  }
  truth.Finish(file);
}

}  // namespace tidemill
