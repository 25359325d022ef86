#include "tidemill/training/data_reader.h"

#include <algorithm>
#include <utility>

#include "tidemill/core/parameters.h"
#include "tidemill/model/digest.h"
#include "tidemill/training/row_source.h"

namespace tidemill {
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
  CheckReadable(files);
  DatasetBuilder builder(config.schema);
  TargetReader target(config);
  RowSink sink{.builder = builder,
               .target = target,
               .progress = progress,
               .warnings = warnings};
  Sha256Stream digest;
  for (const DataFile& file : files) {
    DataText text(file, [&](std::string_view bytes) { digest.Add(bytes); });
    progress.Begin("reading " + file.name, text.size());
    if (text.is_json()) {
      ReadJsonRows(file, text, sink);
    } else {
      ReadCsvRows(file, text, sink);
    }
  }
  Dataset data = builder.Finish();
  target.Finish(data);
  data.sha256 = ToHex(digest.Finish());
  data.fields_without_column = std::move(sink.fields_without_column);
  return data;
}

}  // namespace tidemill
