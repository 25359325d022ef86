#include "tidemill/features/category_groups.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "tidemill/core/dictionary.h"
#include "tidemill/core/errors.h"
#include "tidemill/features/category_counts.h"
#include "tidemill/features/expression.h"

namespace tidemill {
namespace {

[[noreturn]] void Refuse(const ParameterValue& value, std::string expected) {
  throw ConfigError({.where = value.where,
                     .expected = std::move(expected),
                     .got = Describe(value)});
}

/// The counts of listed categories, in the list's order.
CategoryCounts CountsOf(const std::vector<std::string>& texts,
                        const CategoryCounts& seen) {
  CategoryCounts made;
  made.rows = seen.rows;
  made.missing = seen.missing;
  for (const std::string& text : texts) {
    const auto place =
        std::lower_bound(seen.categories.begin(), seen.categories.end(), text,
                         [](const CategoryCount& a, const std::string& b) {
                           return a.text < b;
                         });
    const bool found = place != seen.categories.end() && place->text == text;
    made.categories.push_back(
        {.text = text, .count = found ? place->count : 0, .first_row = 0});
  }
  return made;
}

}  // namespace

void CategoryGroups::Save(ArtifactWriter& out) const {
  out.Text("column", column);
  out.Texts("frequent", frequent);
  out.Texts("rare", rare);
  out.Choice("missing", missing, kMissingNames);
  out.Bool("given", given);
}

CategoryGroups CategoryGroups::Load(ArtifactReader& in) {
  CategoryGroups groups;
  groups.column = in.Text("column");
  groups.frequent = in.Texts("frequent");
  groups.rare = in.Texts("rare");
  groups.missing = in.Choice<Missing>("missing", kMissingNames);
  groups.given = in.Bool("given");
  return groups;
}

std::vector<std::int32_t> CategoryGroups::PlacesIn(
    std::string_view step, const std::vector<std::string>& dictionary) const {
  std::vector<std::string> learned = frequent;
  learned.insert(learned.end(), rare.begin(), rare.end());
  std::vector<bool> found(learned.size(), false);
  const Dictionary numbers(std::move(learned));
  std::vector<std::int32_t> places = {
      kUnknownPlace, missing == Missing::kUnknown    ? kUnknownPlace
                     : missing == Missing::kOwnPlace ? kMissingPlace
                                                     : kRarePlace};
  for (const std::string& text : dictionary) {
    const std::int32_t number = numbers.Find(text);
    if (number < 0) {
      places.push_back(kUnknownPlace);
      continue;
    }
    const auto place = static_cast<std::size_t>(number);
    found[place] = true;
    places.push_back(place < frequent.size() ? number : kRarePlace);
  }
  const auto lacking = std::find(found.begin(), found.end(), false);
  if (!given && lacking != found.end()) {
    const auto place = static_cast<std::size_t>(lacking - found.begin());
    throw ArtifactError(
        {.where = "step " + std::string(step) + ", column '" + column + "'",
         .expected = "the category '" + numbers.values()[place] + "'",
         .got = "a dictionary without it"});
  }
  return places;
}

CategoryGrouping::CategoryGrouping(ParameterReader& reader)
    : where_(reader.where()) {
  if (const ParameterValue* value = reader.Optional("categories")) {
    const auto* text = std::get_if<std::string>(&value->value);
    if (value->list() != nullptr) {
      lists_.emplace();
      for (const ParameterValue& item : *value->list()) {
        lists_->push_back(ReadList(item));
      }
    } else if (text == nullptr || *text != "auto") {
      Refuse(*value, "'auto' or a list of categories per column");
    }
  }
  if (const ParameterValue* value = reader.Optional("min_frequency")) {
    const double number = AsDouble(*value);
    if (number >= 1.0 && number == std::floor(number)) {
      min_count_ = static_cast<std::size_t>(AsInteger(*value));
    } else if (number > 0.0 && number < 1.0) {
      min_share_ = number;
    } else {
      Refuse(*value, "a whole number >= 1 of rows, or a share > 0 and < 1");
    }
  }
  if (const ParameterValue* value = reader.Optional("max_categories")) {
    const std::int64_t number = AsInteger(*value);
    if (number < 1) Refuse(*value, "a whole number >= 1");
    max_categories_ = static_cast<std::size_t>(number);
  }
}

CategoryGrouping::List CategoryGrouping::ReadList(const ParameterValue& value) {
  if (value.list() == nullptr || value.list()->empty()) {
    Refuse(value, "a list of one category and more");
  }
  List list;
  for (const ParameterValue& item : *value.list()) {
    if (list.missing) Refuse(item, "nothing after null: missing comes last");
    if (item.is_null()) {
      list.missing = true;
      continue;
    }
    list.texts.push_back(AsText(item));
  }
  std::vector<std::string> sorted = list.texts;
  std::sort(sorted.begin(), sorted.end());
  const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
  if (twice != sorted.end()) {
    throw ConfigError({.where = value.where,
                       .expected = "every category once",
                       .got = "'" + *twice + "' twice"});
  }
  return list;
}

void CategoryGrouping::RequireLists(std::size_t columns) const {
  if (!lists_ || lists_->size() == columns) return;
  throw ConfigError({.where = where_ + ", categories",
                     .expected = "a list of categories for each of " +
                                 std::to_string(columns) + " columns",
                     .got = std::to_string(lists_->size()) + " lists"});
}

CategoryGroups CategoryGrouping::Group(std::string_view step,
                                       const FrameColumn& column,
                                       std::size_t number,
                                       bool group_missing) const {
  CategoryCounts seen = CountCategories(step, column);
  bool missing = seen.missing > 0;
  if (lists_) {
    missing = (*lists_)[number].missing;
    seen = CountsOf((*lists_)[number].texts, seen);
  }
  std::vector<std::size_t> counts;
  for (const CategoryCount& one : seen.categories) counts.push_back(one.count);
  if (missing && group_missing) counts.push_back(seen.missing);
  const std::vector<bool> rare = FindRare(counts, seen.rows);
  CategoryGroups groups;
  groups.column = column.column.name;
  groups.given = lists_.has_value();
  for (std::size_t i = 0; i < seen.categories.size(); ++i) {
    (rare[i] ? groups.rare : groups.frequent)
        .push_back(std::move(seen.categories[i].text));
  }
  if (missing) {
    groups.missing = group_missing && rare.back()
                         ? CategoryGroups::Missing::kRare
                         : CategoryGroups::Missing::kOwnPlace;
  }
  return groups;
}

std::vector<bool> CategoryGrouping::FindRare(
    const std::vector<std::size_t>& counts, std::size_t rows) const {
  std::vector<bool> rare(counts.size(), false);
  std::size_t left = counts.size();
  for (std::size_t i = 0; i < counts.size(); ++i) {
    rare[i] = (min_count_ && counts[i] < *min_count_) ||
              (min_share_ && static_cast<double>(counts[i]) <
                                 static_cast<double>(rows) * *min_share_);
    if (rare[i]) --left;
  }
  // The group of rare ones is one of the categories that may be.
  if (!max_categories_ || *max_categories_ > left) return rare;
  std::vector<std::size_t> order(counts.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(
      order.begin(), order.end(),
      [&](std::size_t a, std::size_t b) { return counts[a] < counts[b]; });
  order.resize(counts.size() - (*max_categories_ - 1));
  for (const std::size_t i : order) rare[i] = true;
  return rare;
}

}  // namespace tidemill
