#include "tidemill/training/data_reader.h"

#include <algorithm>
#include <utility>

#include "tidemill/core/errors.h"
#include "tidemill/training/row_source.h"
#include "tidemill/training/utf8.h"
#include "tidemill/wire/field_values.h"

namespace tidemill {
namespace {

bool IsJson(const DataFile& file) {
  for (const std::string_view ending : {".jsonl", ".ndjson", ".json"}) {
    if (file.name.ends_with(ending)) return true;
  }
  if (file.name.ends_with(".csv")) return false;
  const std::size_t first = file.bytes.find_first_not_of(" \t\r\n");
  return first != std::string::npos && file.bytes[first] == '{';
}

void CheckText(const DataFile& file) {
  if (IsBlank(file.bytes)) {
    throw DataError({.where = file.name,
                     .expected = "rows to learn from",
                     .got = "an empty file"});
  }
  const std::size_t bad = FindInvalidUtf8(file.bytes);
  if (bad == file.bytes.size()) return;
  const auto line =
      1 + std::count(file.bytes.begin(),
                     file.bytes.begin() + static_cast<std::ptrdiff_t>(bad),
                     '\n');
  throw DataError({.where = file.name + ":" + std::to_string(line),
                   .expected = "UTF-8",
                   .got = "other bytes"});
}

}  // namespace

std::string ListNames(const std::vector<std::string>& names) {
  constexpr std::size_t kMaxShown = 30;
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), kMaxShown); ++i) {
    if (i > 0) text += ", ";
    text += "'" + names[i] + "'";
  }
  if (names.size() > kMaxShown) {
    text += " and " + std::to_string(names.size() - kMaxShown) + " more";
  }
  return text;
}

std::string Suggest(const std::string& name,
                    const std::vector<std::string>& known) {
  const std::string nearest = NearestName(name, known);
  return nearest.empty() ? "" : " (did you mean '" + nearest + "'?)";
}

Dataset ReadDataset(const TrainingConfig& config,
                    const std::vector<DataFile>& files, Progress& progress,
                    std::vector<std::string>& warnings) {
  DatasetBuilder builder(config.schema);
  TargetReader target(config);
  RowSink sink{.builder = builder,
               .target = target,
               .progress = progress,
               .warnings = warnings};
  for (const DataFile& file : files) {
    CheckText(file);
    progress.Begin("reading " + file.name, file.bytes.size());
    if (IsJson(file)) {
      ReadJsonRows(file, sink);
    } else {
      ReadCsvRows(file, sink);
    }
  }
  Dataset data = builder.Finish();
  target.Finish(data);
  data.fields_without_column = std::move(sink.fields_without_column);
  return data;
}

}  // namespace tidemill
