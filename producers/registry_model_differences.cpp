#include "producers/registry_model_differences.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tidemill {
namespace {

constexpr std::size_t kNamedCategories = 5;

using Pairs = std::vector<std::pair<std::string, std::string>>;

Pairs FactsOf(const LoadedModel& model) {
  const Manifest& m = model.manifest();
  Pairs pairs = {
      {"sha256", model.sha256()},
      {"size", std::to_string(model.size())},
      {"task", std::string(ToText(m.task))},
      {"model", m.model},
      {"engine", std::string(model.predictor().engine())},
      {"seed", std::to_string(m.seed)},
  };
  if (!m.classes.empty()) {
    pairs.emplace_back("labels", fmt::format("{}", fmt::join(m.classes, ", ")));
  }
  if (m.task == Task::kBinary) {
    pairs.emplace_back("threshold", fmt::format("{}", m.threshold));
    pairs.emplace_back("threshold rule", m.threshold_rule);
  } else if (!m.unit.empty()) {
    pairs.emplace_back("unit", m.unit);
  }
  pairs.emplace_back("config sha256", m.config_sha256);
  pairs.emplace_back("data sha256", m.data_sha256);
  pairs.emplace_back("data rows", std::to_string(m.data_rows));
  for (const auto& [name, version] : m.libraries) {
    pairs.emplace_back("library " + name, version);
  }
  pairs.emplace_back("verification rows",
                     std::to_string(model.artifact().verification.size()));
  return pairs;
}

/// In the order of a's, then what only b has. A lookup is no walk through all
/// others: a file of somebody else's making may hold very many.
std::vector<SideBySide> ComparePairs(const Pairs& a, const Pairs& b) {
  std::vector<SideBySide> rows;
  std::unordered_map<std::string_view, std::size_t> row_of;
  for (const auto& [name, value] : a) {
    row_of.emplace(name, rows.size());
    rows.push_back({name, value, std::nullopt});
  }
  for (const auto& [name, value] : b) {
    const auto known = row_of.find(name);
    if (known == row_of.end()) {
      rows.push_back({name, std::nullopt, value});
    } else {
      rows[known->second].b = value;
    }
  }
  return rows;
}

/// The value beside a name.
template <typename Value>
const Value* Find(const std::vector<std::pair<std::string, Value>>& pairs,
                  const std::string& name) {
  for (const auto& [known, value] : pairs) {
    if (known == name) return &value;
  }
  return nullptr;
}

std::string RoleOf(const Schema& schema, std::size_t index) {
  if (schema.id_field() == index) return "id";
  if (schema.event_time_field() == index) return "event time";
  return "input";
}

/// "3: male, female, other": those of `categories` that `others` has not.
std::string Missing(const Dictionary& categories, const Dictionary& others) {
  std::string names;
  std::size_t count = 0;
  for (const std::string& value : categories.values()) {
    if (others.Find(value) != kUnseenCode) continue;
    if (count++ < kNamedCategories) {
      names += (names.empty() ? "" : ", ") + value;
    }
  }
  if (count == 0) return "";
  return fmt::format("{}: {}{}", count, names,
                     count > kNamedCategories ? ", ..." : "");
}

void CompareFields(const Field& a, const Field& b,
                   std::vector<FieldDifference>& differences) {
  const auto differ = [&](const char* kind, std::string of_a,
                          std::string of_b) {
    if (of_a == of_b) return;
    differences.push_back({a.name, kind, std::move(of_a), std::move(of_b)});
  };
  differ("type", std::string(ToText(a.type)), std::string(ToText(b.type)));
  differ("required", a.required ? "yes" : "no", b.required ? "yes" : "no");
  differ("unit", a.unit, b.unit);
  differ("categories", Missing(a.categories, b.categories),
         Missing(b.categories, a.categories));
}

/// Those of `names` that `others` has not.
std::vector<std::string> Only(const std::vector<std::string>& names,
                              const std::vector<std::string>& others) {
  const std::set<std::string> known(others.begin(), others.end());
  std::vector<std::string> only;
  std::ranges::copy_if(names, std::back_inserter(only),
                       [&](const auto& name) { return !known.contains(name); });
  return only;
}

}  // namespace

std::vector<SideBySide> CompareManifests(const LoadedModel& a,
                                         const LoadedModel& b) {
  return ComparePairs(FactsOf(a), FactsOf(b));
}

std::vector<SideBySide> CompareParameters(const Manifest& a,
                                          const Manifest& b) {
  return ComparePairs(a.parameters, b.parameters);
}

std::vector<MetricsSideBySide> CompareMetrics(const LoadedModel& a,
                                              const LoadedModel& b) {
  const auto& of_a = a.manifest().metrics;
  const auto& of_b = b.manifest().metrics;
  std::vector<MetricsSideBySide> rows;
  for (const auto& [name, value] : of_a) {
    const double* other = Find(of_b, name);
    rows.push_back(
        {name, value, other == nullptr ? std::nullopt : std::optional(*other)});
  }
  for (const auto& [name, value] : of_b) {
    if (Find(of_a, name) == nullptr) rows.push_back({name, {}, value});
  }
  return rows;
}

std::vector<FieldDifference> CompareSchemas(const Schema& a, const Schema& b) {
  std::vector<FieldDifference> differences;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const Field& field = a.field(i);
    const auto other = b.Find(field.name);
    if (!other) {
      differences.push_back(
          {field.name, "removed", std::string(ToText(field.type)), ""});
      continue;
    }
    CompareFields(field, b.field(*other), differences);
    const std::string role = RoleOf(a, i);
    const std::string other_role = RoleOf(b, *other);
    if (role != other_role) {
      differences.push_back({field.name, "role", role, other_role});
    }
  }
  for (const Field& field : b.fields()) {
    if (!a.Find(field.name)) {
      differences.push_back(
          {field.name, "added", "", std::string(ToText(field.type))});
    }
  }
  return differences;
}

FeatureDifferences CompareFeatures(const std::vector<std::string>& a,
                                   const std::vector<std::string>& b) {
  FeatureDifferences differences{.only_a = Only(a, b), .only_b = Only(b, a)};
  // What is only in one of them taken away, the order is left.
  differences.other_order =
      Only(a, differences.only_a) != Only(b, differences.only_b);
  return differences;
}

}  // namespace tidemill
