#include "tidemill/importing/lightgbm_header.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "tidemill/core/number_text.h"
#include "tidemill/features/step.h"
#include "tidemill/wire/message_reader.h"

namespace tidemill {
namespace {

struct Objective {
  std::string_view name;
  Task task;
  Link link;
};

/// LightGBM, src/objective/: what ConvertOutput makes of a sum.
constexpr std::array kObjectives = {
    Objective{"regression", Task::kRegression, Link::kIdentity},
    Objective{"regression_l1", Task::kRegression, Link::kIdentity},
    Objective{"huber", Task::kRegression, Link::kIdentity},
    Objective{"fair", Task::kRegression, Link::kIdentity},
    Objective{"quantile", Task::kRegression, Link::kIdentity},
    Objective{"mape", Task::kRegression, Link::kIdentity},
    Objective{"poisson", Task::kRegression, Link::kExp},
    Objective{"gamma", Task::kRegression, Link::kExp},
    Objective{"tweedie", Task::kRegression, Link::kExp},
    Objective{"cross_entropy", Task::kRegression, Link::kLogistic},
    Objective{"lambdarank", Task::kRegression, Link::kIdentity},
    Objective{"rank_xendcg", Task::kRegression, Link::kIdentity},
    Objective{"binary", Task::kBinary, Link::kLogistic},
    Objective{"multiclass", Task::kMulticlass, Link::kSoftmax},
    Objective{"multiclassova", Task::kMulticlass, Link::kLogistic},
};

const Objective& FindObjective(const LightgbmSection& section,
                               std::string_view name) {
  std::string known;
  for (const Objective& objective : kObjectives) {
    if (objective.name == name) return objective;
    known += (known.empty() ? "" : ", ") + std::string(objective.name);
  }
  section.Refuse("objective", "one of " + known, QuotedText(name));
}

/// "sigmoid:1": the slope of the logistic.
double SlopeOf(const LightgbmSection& section, std::string_view digits) {
  const auto slope = ParseNumber<double>(digits);
  if (slope && std::isfinite(*slope) && *slope > 0.0) return *slope;
  section.Refuse("objective", "a finite sigmoid above 0", QuotedText(digits));
}

/// Reads "binary sigmoid:1" or "regression sqrt".
void ReadObjective(const LightgbmSection& section, LightgbmHeader& header) {
  // A function of the user's own leaves none, and sums are not converted.
  header.objective = "none";
  if (!section.Has("objective")) return;
  const auto parts = SplitAtBlanks(section.Text("objective"));
  if (parts.empty()) section.Refuse("objective", "a name", "none");
  const Objective& objective = FindObjective(section, parts.front());
  header.objective = objective.name;
  header.task = objective.task;
  header.link = objective.link;
  for (const std::string_view part : parts) {
    constexpr std::string_view kSigmoid = "sigmoid:";
    if (part.starts_with(kSigmoid)) {
      header.link_scale = SlopeOf(section, part.substr(kSigmoid.size()));
    }
    if (part == "sqrt" && header.link == Link::kIdentity) {
      header.link = Link::kSignedSquare;
    }
  }
}

void ReadOutputs(const LightgbmSection& section, LightgbmHeader& header) {
  const bool many = header.task == Task::kMulticlass;
  header.num_outputs = section.Count("num_tree_per_iteration", many ? 2 : 1,
                                     many ? kMaxClasses : 1);
  const std::size_t classes = section.Count("num_class", 1, kMaxClasses);
  if (classes != header.num_outputs) {
    section.Refuse("num_class", std::to_string(header.num_outputs),
                   std::to_string(classes));
  }
  header.average = section.Has("average_output");
}

void ReadFeatures(const LightgbmSection& section, LightgbmHeader& header) {
  const std::size_t count =
      section.Count("max_feature_idx", 0, kMaxColumns - 1) + 1;
  const auto per_feature = [&](std::string_view key) {
    auto parts = SplitAtBlanks(section.Text(key));
    if (parts.size() == count) return parts;
    section.Refuse(key,
                   "one for each of " + std::to_string(count) + " features",
                   std::to_string(parts.size()));
  };
  for (const std::string_view name : per_feature("feature_names")) {
    header.feature_names.emplace_back(name);
  }
  // A range "[0:1]" of numbers, or categories "0:2:5".
  for (const std::string_view info : per_feature("feature_infos")) {
    header.is_category.push_back(!info.starts_with('[') && info != "none");
  }
}

}  // namespace

LightgbmHeader ReadLightgbmHeader(LightgbmLines& lines) {
  if (lines.AtEnd() || lines.Next() != "tree") {
    lines.Refuse("'tree' as the first line of a LightGBM model", "another");
  }
  LightgbmSection section(lines.Place() + ", the head");
  for (std::string_view line = lines.Next(); !line.empty();
       line = lines.Next()) {
    if (line.starts_with("Tree=")) lines.Refuse("a blank line first", "a tree");
    section.Add(line);
  }
  LightgbmHeader header;
  header.version = section.Text("version");
  if (header.version != "v3" && header.version != "v4") {
    section.Refuse("version", "v3 or v4", QuotedText(header.version));
  }
  ReadObjective(section, header);
  ReadOutputs(section, header);
  ReadFeatures(section, header);
  return header;
}

}  // namespace tidemill
