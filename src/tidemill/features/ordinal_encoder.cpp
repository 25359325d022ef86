#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include "tidemill/core/errors.h"
#include "tidemill/features/category_groups.h"
#include "tidemill/features/step.h"

namespace tidemill {
namespace {

constexpr std::string_view kName = "OrdinalEncoder";

/// What stands for a category that training did not see, and for missing.
struct Codes {
  double unknown = std::numeric_limits<double>::quiet_NaN();
  double missing = std::numeric_limits<double>::quiet_NaN();
};

/// Replaces a category by its number in the sorted list of categories; all
/// rare ones share the number after the last frequent one.
///
/// Missing: encoded_missing_value when training saw it, else like unknown.
/// Unknown: unknown_value, which is missing unless given.
/// Source:  scikit-learn OrdinalEncoder with
///          handle_unknown="use_encoded_value" (an unknown category never
///          rejects an event).
class OrdinalEncoder final : public Step {
 public:
  OrdinalEncoder(std::vector<CategoryGroups> groups, Codes codes)
      : groups_(std::move(groups)), codes_(codes) {
    for (const CategoryGroups& one : groups_) columns_.push_back(one.column);
  }

  std::string_view name() const override { return kName; }

  std::vector<ExpressionPtr> Bind(
      std::span<const ExpressionPtr> inputs) const override {
    CheckInputs(kName, inputs, columns_);
    StepOutputs outputs;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      CheckKind(kName, *inputs[i], ColumnKind::kCategory);
      std::vector<double> table;
      for (const std::int32_t place :
           groups_[i].PlacesIn(kName, inputs[i]->column.categories)) {
        table.push_back(CodeOf(place, groups_[i]));
      }
      outputs.Add(MakeTable(columns_[i], inputs[i], std::move(table)));
    }
    return outputs.Take();
  }

  void Save(ArtifactWriter& out) const override {
    out.Double("unknown_value", codes_.unknown);
    out.Double("encoded_missing_value", codes_.missing);
    out.Each("columns", groups_,
             [&](const CategoryGroups& one) { one.Save(out); });
  }

  static StepPtr Load(ArtifactReader& in, int /*depth*/) {
    Codes codes;
    codes.unknown = in.Double("unknown_value");
    codes.missing = in.Double("encoded_missing_value");
    if (std::isinf(codes.unknown) || std::isinf(codes.missing)) {
      in.Refuse("finite numbers or NaN", "an infinity");
    }
    std::vector<CategoryGroups> groups = in.Each<CategoryGroups>(
        "columns", kMaxColumns, 26,
        [&](CategoryGroups& one) { one = CategoryGroups::Load(in); });
    return std::make_unique<OrdinalEncoder>(std::move(groups), codes);
  }

 private:
  double CodeOf(std::int32_t place, const CategoryGroups& groups) const {
    if (place == CategoryGroups::kUnknownPlace) return codes_.unknown;
    if (place == CategoryGroups::kMissingPlace) return codes_.missing;
    return place == CategoryGroups::kRarePlace
               ? static_cast<double>(groups.frequent.size())
               : place;
  }

  std::vector<CategoryGroups> groups_;
  std::vector<std::string> columns_;
  Codes codes_;
};

class OrdinalEncoderEstimator final : public Estimator {
 public:
  OrdinalEncoderEstimator(CategoryGrouping grouping, Codes codes)
      : grouping_(std::move(grouping)), codes_(codes) {}

  StepPtr Fit(const Frame& inputs,
              const FitContext& /*context*/) const override {
    grouping_.RequireLists(inputs.columns.size());
    std::vector<CategoryGroups> groups;
    for (std::size_t i = 0; i < inputs.columns.size(); ++i) {
      groups.push_back(grouping_.Group(kName, inputs.columns[i], i, false));
      RequireFree("unknown_value", codes_.unknown, groups.back());
      if (groups.back().missing == CategoryGroups::Missing::kOwnPlace) {
        RequireFree("encoded_missing_value", codes_.missing, groups.back());
      }
    }
    return std::make_unique<OrdinalEncoder>(std::move(groups), codes_);
  }

 private:
  static void RequireFree(const char* parameter, double code,
                          const CategoryGroups& groups) {
    const auto count = static_cast<double>(groups.frequent.size());
    if (!(code >= 0.0 && code < count)) return;
    throw DataError({.where = "OrdinalEncoder, column '" + groups.column + "'",
                     .expected = std::string(parameter) +
                                 " to be no category's number (0 to " +
                                 std::to_string(groups.frequent.size() - 1) +
                                 ")",
                     .got = std::to_string(static_cast<std::int64_t>(code))});
  }

  CategoryGrouping grouping_;
  Codes codes_;
};

/// A whole number, or NaN written as .nan or nan.
double ReadCode(ParameterReader& reader, std::string_view name) {
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  const ParameterValue* value = reader.Optional(name);
  if (value == nullptr) return kNone;
  const auto* number = std::get_if<ParameterValue::Number>(&value->value);
  const auto* text = std::get_if<std::string>(&value->value);
  constexpr std::array<std::string_view, 4> kNames = {".nan", ".NaN", ".NAN",
                                                      "nan"};
  const std::string_view written = number != nullptr ? number->text
                                   : text != nullptr ? *text
                                                     : std::string_view();
  if (std::find(kNames.begin(), kNames.end(), written) != kNames.end()) {
    return kNone;
  }
  return static_cast<double>(AsInteger(*value));
}

EstimatorPtr Configure(const ParameterValue& parameters) {
  ParameterReader reader(parameters);
  CategoryGrouping grouping(reader);
  reader.Choice("handle_unknown", "use_encoded_value", {"use_encoded_value"});
  Codes codes;
  codes.unknown = ReadCode(reader, "unknown_value");
  codes.missing = ReadCode(reader, "encoded_missing_value");
  reader.Finish();
  return std::make_unique<OrdinalEncoderEstimator>(std::move(grouping), codes);
}

}  // namespace

extern const StepFactory kOrdinalEncoder{"OrdinalEncoder", Configure,
                                         OrdinalEncoder::Load};

}  // namespace tidemill
