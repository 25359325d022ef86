#include <algorithm>
#include <cmath>
#include <utility>

#include "tidemill/core/errors.h"
#include "tidemill/features/murmur_hash.h"
#include "tidemill/features/step.h"

namespace tidemill {
namespace {

constexpr std::string_view kName = "FeatureHasher";

/// How values are hashed.
struct HashRule {
  std::uint32_t num_features = 0;
  bool pairs = true;  ///< "column=text", and numbers by column; else the text
  bool alternate_sign = true;
};

/// Where a text goes, and with which sign.
struct Place {
  std::uint32_t column = 0;
  double sign = 1.0;
};

Place PlaceOf(std::string_view text, const HashRule& rule) {
  const auto hash = static_cast<std::int32_t>(MurmurHash3(text));
  // |-2^31| as a number without sign.
  const std::uint32_t size = hash < 0 ? 0U - static_cast<std::uint32_t>(hash)
                                      : static_cast<std::uint32_t>(hash);
  return {.column = size % rule.num_features,
          .sign = rule.alternate_sign && hash < 0 ? -1.0 : 1.0};
}

/// One input column, ready to be added.
struct Hashed {
  ColumnKind kind = ColumnKind::kText;
  std::string prefix;  ///< of a text
  /// By code of a category; one of a number.
  std::vector<Place> places;
};

class HashedColumns final : public BlockKernel {
 public:
  HashedColumns(HashRule rule, std::span<const ExpressionPtr> inputs)
      : rule_(rule) {
    for (const ExpressionPtr& input : inputs) {
      const Column& column = input->column;
      Hashed hashed{.kind = column.kind,
                    .prefix = rule.pairs ? column.name + "=" : "",
                    .places = {}};
      if (column.kind == ColumnKind::kNumber) {
        hashed.places.push_back(PlaceOf(column.name, rule));
      }
      words_ += 2 * (hashed.places.size() + column.categories.size());
      if (words_ > kMaxTableEntries) {
        throw ArtifactError({.where = "step FeatureHasher",
                             .expected = "at most " +
                                         std::to_string(kMaxTableEntries / 2) +
                                         " categories in all",
                             .got = "more"});
      }
      for (const std::string& text : column.categories) {
        hashed.places.push_back(PlaceOf(hashed.prefix + text, rule));
      }
      inputs_.push_back(std::move(hashed));
    }
  }

  std::size_t num_outputs() const override { return rule_.num_features; }
  /// What it keeps, in 8 bytes.
  std::size_t words() const { return words_; }

  void Apply(std::span<const ColumnValues> inputs, std::size_t rows,
             std::span<double* const> outs) const override {
    for (double* out : outs) std::fill_n(out, rows, 0.0);
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      switch (inputs_[i].kind) {
        case ColumnKind::kNumber:
          AddNumbers(inputs_[i], {inputs[i].numbers, rows}, outs);
          break;
        case ColumnKind::kCategory:
          AddCodes(inputs_[i], {inputs[i].codes, rows}, outs);
          break;
        case ColumnKind::kText:
        case ColumnKind::kTimestamp:
          AddTexts(inputs_[i], {inputs[i].texts, rows}, outs);
          break;
      }
    }
  }

 private:
  static void AddNumbers(const Hashed& hashed, std::span<const double> numbers,
                         std::span<double* const> outs) {
    const Place& place = hashed.places.front();
    for (std::size_t row = 0; row < numbers.size(); ++row) {
      if (std::isnan(numbers[row])) continue;
      outs[place.column][row] += place.sign * numbers[row];
    }
  }

  static void AddCodes(const Hashed& hashed,
                       std::span<const std::int32_t> codes,
                       std::span<double* const> outs) {
    for (std::size_t row = 0; row < codes.size(); ++row) {
      if (codes[row] < 0) continue;
      const Place& place = hashed.places[static_cast<std::size_t>(codes[row])];
      outs[place.column][row] += place.sign;
    }
  }

  void AddTexts(const Hashed& hashed, std::span<const std::string_view> texts,
                std::span<double* const> outs) const {
    thread_local std::string pair;
    for (std::size_t row = 0; row < texts.size(); ++row) {
      if (texts[row].data() == nullptr) continue;
      pair = hashed.prefix;
      pair += texts[row];
      const Place place = PlaceOf(pair, rule_);
      outs[place.column][row] += place.sign;
    }
  }

  HashRule rule_;
  std::vector<Hashed> inputs_;
  std::size_t words_ = 0;
};

/// Adds every value to the column that its hash names: a fixed number of
/// columns however many categories there are.
///
/// Missing: adds nothing; nor does a text outside a category's dictionary,
///          which a plan does not see (make the field a text to hash it).
/// Source:  scikit-learn FeatureHasher on one dict, or one list of texts, per
///          row. It has no names for its columns; ours are featurehasher0 ...
class FeatureHasher final : public Step {
 public:
  FeatureHasher(std::vector<std::string> columns, HashRule rule)
      : columns_(std::move(columns)), rule_(rule) {}

  std::string_view name() const override { return kName; }

  std::vector<ExpressionPtr> Bind(
      std::span<const ExpressionPtr> inputs) const override {
    CheckInputs(kName, inputs, columns_);
    for (const ExpressionPtr& input : inputs) {
      if (input->column.kind == ColumnKind::kTimestamp ||
          (input->column.kind == ColumnKind::kNumber && !rule_.pairs)) {
        CheckKind(kName, *input, ColumnKind::kText);
      }
    }
    std::vector<std::string> names;
    for (std::uint32_t i = 0; i < rule_.num_features; ++i) {
      names.push_back("featurehasher" + std::to_string(i));
    }
    const auto block = std::make_shared<HashedColumns>(rule_, inputs);
    StepOutputs outputs;
    outputs.Add(MakeBlock(names, {inputs.begin(), inputs.end()}, block,
                          block->words()));
    return outputs.Take();
  }

  void Save(ArtifactWriter& out) const override {
    out.Texts("columns", columns_);
    out.U32("num_features", rule_.num_features);
    out.Bool("pairs", rule_.pairs);
    out.Bool("alternate_sign", rule_.alternate_sign);
  }

  static StepPtr Load(ArtifactReader& in, int /*depth*/) {
    std::vector<std::string> columns = in.Texts("columns");
    if (columns.empty()) in.Refuse("a column to hash", "none");
    HashRule rule;
    rule.num_features = in.U32("num_features");
    if (rule.num_features < 1 || rule.num_features > kMaxColumns) {
      in.Refuse("1 to " + std::to_string(kMaxColumns) + " columns",
                std::to_string(rule.num_features));
    }
    rule.pairs = in.Bool("pairs");
    rule.alternate_sign = in.Bool("alternate_sign");
    return std::make_unique<FeatureHasher>(std::move(columns), rule);
  }

 private:
  std::vector<std::string> columns_;
  HashRule rule_;
};

class FeatureHasherEstimator final : public Estimator {
 public:
  explicit FeatureHasherEstimator(const ParameterValue& parameters) {
    ParameterReader reader(parameters);
    const ParameterValue& size = reader.Required("n_features");
    const std::int64_t number = AsInteger(size);
    if (number < 1 || number > static_cast<std::int64_t>(kMaxColumns)) {
      throw ConfigError({.where = size.where,
                         .expected = "1 to " + std::to_string(kMaxColumns) +
                                     " columns (they are all kept)",
                         .got = std::to_string(number)});
    }
    rule_.num_features = static_cast<std::uint32_t>(number);
    rule_.pairs =
        reader.Choice("input_type", "dict", {"dict", "string"}) == "dict";
    rule_.alternate_sign = reader.Bool("alternate_sign", true);
    reader.Finish();
  }

  StepPtr Fit(const Frame& inputs,
              const FitContext& /*context*/) const override {
    std::vector<std::string> columns;
    for (const FrameColumn& column : inputs.columns) {
      Require(column.column);
      columns.push_back(column.column.name);
    }
    if (columns.empty()) {
      throw ConfigError({.where = "pipeline, FeatureHasher",
                         .expected = "a column to hash",
                         .got = "none"});
    }
    return std::make_unique<FeatureHasher>(std::move(columns), rule_);
  }

 private:
  void Require(const Column& column) const {
    const bool hashable = column.kind == ColumnKind::kText ||
                          column.kind == ColumnKind::kCategory ||
                          (column.kind == ColumnKind::kNumber && rule_.pairs);
    if (hashable) return;
    throw ConfigError(
        {.where = "pipeline, FeatureHasher, column '" + column.name + "'",
         .expected = rule_.pairs ? "a text, category or number column"
                                 : "a text or category column",
         .got = "a " + std::string(ToText(column.kind)) + " column"});
  }

  HashRule rule_;
};

EstimatorPtr Configure(const ParameterValue& parameters) {
  return std::make_unique<FeatureHasherEstimator>(parameters);
}

}  // namespace

extern const StepFactory kFeatureHasher{kName, Configure, FeatureHasher::Load};

}  // namespace tidemill
