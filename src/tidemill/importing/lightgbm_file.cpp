#include "tidemill/importing/lightgbm_file.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <utility>

#include <nlohmann/json.hpp>

#include "tidemill/core/errors.h"
#include "tidemill/core/number_text.h"
#include "tidemill/importing/lightgbm_header.h"
#include "tidemill/importing/lightgbm_trees.h"
#include "tidemill/model/forest_walker.h"

namespace tidemill {
namespace {

using nlohmann::json;

/// What stands behind the trees.
struct Tail {
  std::vector<std::size_t> category_features;
  std::vector<CategoryValues> frame_categories;
};

CategoryValue ValueOf(const json& value, const LightgbmLines& lines) {
  if (value.is_boolean()) return value.get<bool>();
  if (value.is_number_unsigned() &&
      value.get<std::uint64_t>() >
          static_cast<std::uint64_t>(
              std::numeric_limits<std::int64_t>::max())) {
    lines.Refuse("whole numbers that an int64 holds", value.dump());
  }
  if (value.is_number_integer()) return value.get<std::int64_t>();
  if (value.is_number_float()) return value.get<double>();
  if (value.is_string()) return value.get<std::string>();
  lines.Refuse("texts, numbers and booleans as categories", value.type_name());
}

/// 'null' or [["x", "y"], [1, 2]].
std::vector<CategoryValues> ReadFrameCategories(std::string_view text,
                                                const LightgbmLines& lines) {
  const json lists = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (lists.is_null()) return {};
  if (!lists.is_array()) {
    lines.Refuse("lists of categories as JSON", "another text");
  }
  std::vector<CategoryValues> categories;
  for (const json& list : lists) {
    if (!list.is_array()) lines.Refuse("a list", list.type_name());
    categories.emplace_back();
    for (const json& value : list) {
      categories.back().push_back(ValueOf(value, lines));
    }
  }
  return categories;
}

/// "1,2,4"; nothing when they are named instead.
std::vector<std::size_t> FeatureNumbers(std::string_view text) {
  std::vector<std::size_t> numbers;
  while (!text.empty()) {
    const std::string_view part = text.substr(0, text.find(','));
    const auto number = ParseNumber<std::size_t>(part);
    if (!number) return {};
    numbers.push_back(*number);
    text.remove_prefix(std::min(text.size(), part.size() + 1));
  }
  return numbers;
}

Tail ReadTail(LightgbmLines& lines) {
  constexpr std::string_view kFeatures = "[categorical_feature: ";
  constexpr std::string_view kFrame = "pandas_categorical:";
  Tail tail;
  while (!lines.AtEnd()) {
    std::string_view line = lines.Next();
    if (line.starts_with(kFeatures) && line.ends_with(']')) {
      line.remove_suffix(1);
      tail.category_features = FeatureNumbers(line.substr(kFeatures.size()));
    } else if (line.starts_with(kFrame)) {
      tail.frame_categories =
          ReadFrameCategories(line.substr(kFrame.size()), lines);
    }
  }
  return tail;
}

Forest ForestOf(const LightgbmHeader& header, std::vector<ForestTree> trees) {
  Forest forest;
  forest.num_features = header.feature_names.size();
  forest.num_outputs = header.num_outputs;
  forest.start.assign(header.num_outputs, 0.0);
  forest.bias.assign(header.num_outputs, 0.0);
  if (header.average && !trees.empty()) {
    forest.divisor = static_cast<double>(trees.size() / header.num_outputs);
  }
  forest.link_scale = header.link_scale;
  forest.link = header.link;
  forest.trees = std::move(trees);
  return forest;
}

std::vector<ImportedFeature> FeaturesOf(const LightgbmHeader& header,
                                        const Tail& tail) {
  std::vector<ImportedFeature> features(header.feature_names.size());
  for (std::size_t i = 0; i < features.size(); ++i) {
    features[i].name = header.feature_names[i];
    features[i].is_category = header.is_category[i];
  }
  // Of a feature that never varied the head does not say what it is.
  for (const std::size_t feature : tail.category_features) {
    if (feature < features.size()) features[feature].is_category = true;
  }
  const auto is_category = [](const auto& feature) {
    return feature.is_category;
  };
  const bool in_step =
      static_cast<std::size_t>(std::ranges::count_if(features, is_category)) ==
      tail.frame_categories.size();
  auto next = tail.frame_categories.begin();
  for (ImportedFeature& feature : features) {
    if (!feature.is_category) continue;
    feature.type = "c";
    if (in_step) feature.categories = *next++;
  }
  return features;
}

ImportedModel Read(std::string_view bytes, const std::string& where) {
  LightgbmLines lines(bytes, where);
  const LightgbmHeader header = ReadLightgbmHeader(lines);
  std::vector<ForestTree> trees = ReadLightgbmTrees(lines);
  Tail tail = ReadTail(lines);
  ImportedModel model;
  model.library = "LightGBM " + header.version;
  model.objective = header.objective;
  model.task = header.task;
  model.features = FeaturesOf(header, tail);
  model.frame_categories = std::move(tail.frame_categories);
  model.predictor =
      std::make_unique<ForestWalker>(ForestOf(header, std::move(trees)));
  return model;
}

}  // namespace

ImportedModel ReadLightgbmFile(std::string_view bytes,
                               const std::string& where) {
  return NamingPlace(where, ", ", [&] { return Read(bytes, where); });
}

}  // namespace tidemill
