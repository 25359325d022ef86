#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "tidemill/core/errors.h"
#include "tidemill/core/random.h"
#include "tidemill/features/category_counts.h"
#include "tidemill/features/smoothed_means.h"
#include "tidemill/features/step.h"

namespace tidemill {
namespace {

constexpr std::string_view kName = "TargetEncoder";

/// What one column learned: the encodings of each category, one per output.
struct Learned {
  std::string column;
  std::vector<std::string> categories;
  std::vector<double> encodings;  ///< category after category
  std::vector<double> missing;
};

/// What stands for a category that training did not see, and the outputs: one
/// per class, or one without a name.
struct Outputs {
  std::vector<double> target_means;
  std::vector<std::string> classes;  ///< empty, or one per mean
};

/// Replaces a category by a smoothed mean of the target; of more than two
/// classes by the smoothed share of each, in columns `NAME_CLASS`.
///
/// Missing: a category of its own when training saw it, else the target's
///          mean; an unseen category is the target's mean.
/// Source:  scikit-learn TargetEncoder; smooth "auto" is the empirical Bayes
///          estimate of Micci-Barreca (2001).
class TargetEncoder final : public Step {
 public:
  TargetEncoder(std::vector<Learned> learned, Outputs outputs)
      : learned_(std::move(learned)), outputs_(std::move(outputs)) {
    for (const Learned& item : learned_) columns_.push_back(item.column);
  }

  std::string_view name() const override { return kName; }

  std::vector<ExpressionPtr> Bind(
      std::span<const ExpressionPtr> inputs) const override {
    CheckInputs(kName, inputs, columns_);
    StepOutputs made;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      CheckKind(kName, *inputs[i], ColumnKind::kCategory);
      BindOne(learned_[i], inputs[i], made);
    }
    return made.Take();
  }

  void Save(ArtifactWriter& out) const override {
    out.Doubles("target_means", outputs_.target_means);
    out.Texts("classes", outputs_.classes);
    out.Each("columns", learned_, [&](const Learned& item) {
      out.Text("column", item.column);
      out.Texts("categories", item.categories);
      out.Doubles("encodings", item.encodings);
      out.Doubles("missing", item.missing);
    });
  }

  static StepPtr Load(ArtifactReader& in, int /*depth*/) {
    Outputs outputs;
    outputs.target_means = in.FiniteDoubles("target_means");
    outputs.classes = in.Texts("classes");
    const std::size_t count = outputs.target_means.size();
    if (count != std::max<std::size_t>(outputs.classes.size(), 1)) {
      in.Refuse("a target mean per class", std::to_string(count));
    }
    std::vector<Learned> learned =
        in.Each<Learned>("columns", kMaxColumns, 32, [&](Learned& item) {
          item.column = in.Text("column");
          item.categories = in.Texts("categories");
          item.encodings = in.FiniteDoubles("encodings");
          item.missing = in.FiniteDoubles("missing");
          if (item.encodings.size() != item.categories.size() * count ||
              item.missing.size() != count) {
            in.Refuse("an encoding per category and class",
                      std::to_string(item.encodings.size()));
          }
        });
    return std::make_unique<TargetEncoder>(std::move(learned),
                                           std::move(outputs));
  }

 private:
  void BindOne(const Learned& item, const ExpressionPtr& input,
               StepOutputs& made) const {
    const Dictionary known(item.categories);
    std::vector<std::int32_t> codes;
    for (const std::string& category : input->column.categories) {
      codes.push_back(known.Find(category));
    }
    const std::size_t count = outputs_.target_means.size();
    for (std::size_t k = 0; k < count; ++k) {
      const double mean = outputs_.target_means[k];
      std::vector<double> table = {mean, item.missing[k]};
      for (const std::int32_t code : codes) {
        table.push_back(
            code < 0
                ? mean
                : item.encodings[static_cast<std::size_t>(code) * count + k]);
      }
      made.Add(MakeTable(outputs_.classes.empty()
                             ? item.column
                             : item.column + "_" + outputs_.classes[k],
                         input, std::move(table)));
    }
  }

  std::vector<Learned> learned_;
  std::vector<std::string> columns_;
  Outputs outputs_;
};

enum class TargetType { kAuto, kContinuous, kBinary, kMulticlass };

/// The classes of a target of more than two; empty for one output.
std::vector<std::string> ClassesOf(TargetType type, const FitContext& context) {
  const bool multiclass =
      type == TargetType::kMulticlass ||
      (type == TargetType::kAuto && context.task == Task::kMulticlass);
  if (!multiclass) return {};
  if (!context.class_labels.empty()) {
    return {context.class_labels.begin(), context.class_labels.end()};
  }
  std::vector<std::string> numbers;
  const double last =
      *std::max_element(context.target.begin(), context.target.end());
  for (int k = 0; k <= static_cast<int>(last); ++k) {
    numbers.push_back(std::to_string(k));
  }
  return numbers;
}

/// The target of one output over some rows: its values, or 1 in the rows of a
/// class and 0 elsewhere.
TargetSample SampleOf(const std::vector<std::size_t>& rows,
                      const FitContext& context, const Outputs& outputs,
                      std::size_t output) {
  std::vector<double> y;
  y.reserve(rows.size());
  const auto number = static_cast<double>(output);
  for (const std::size_t row : rows) {
    const double value = context.target[row];
    y.push_back(outputs.classes.empty() ? value : value == number ? 1.0 : 0.0);
  }
  return MakeTargetSample(rows, std::move(y));
}

class TargetEncoderEstimator final : public Estimator {
 public:
  TargetEncoderEstimator(TargetType type, std::optional<double> smooth,
                         std::size_t folds)
      : type_(type), smooth_(smooth), folds_(folds) {}

  StepPtr Fit(const Frame& inputs, const FitContext& context) const override {
    return FitAll(inputs, context, OutputsFor(inputs, context));
  }

  /// Every row is encoded by a fit that did not see its target.
  Frame FitTransform(const Frame& inputs, const FitContext& context,
                     StepPtr& fitted) const override {
    const Outputs outputs = OutputsFor(inputs, context);
    fitted = FitAll(inputs, context, outputs);
    Frame out{.rows = inputs.rows, .columns = {}};
    for (const ExpressionPtr& made : fitted->Bind(SourcesOf(inputs))) {
      FrameColumn& encoded = out.columns.emplace_back();
      encoded.column.name = made->column.name;
      encoded.numbers.resize(inputs.rows);
    }
    const std::vector<std::size_t> fold = AssignFolds(inputs.rows, context);
    for (std::size_t f = 0; f < folds_; ++f) {
      EncodeFold(inputs, context, outputs, fold, f, out);
    }
    return out;
  }

 private:
  /// Refuses what cannot be encoded; the means are still to be learned.
  Outputs OutputsFor(const Frame& inputs, const FitContext& context) const {
    for (const FrameColumn& column : inputs.columns) {
      RequireKind(kName, column.column, ColumnKind::kCategory);
    }
    if (inputs.rows == 0) {
      throw DataError({.where = std::string(kName),
                       .expected = "rows to learn from",
                       .got = "none"});
    }
    RequireType(context.task);
    Outputs outputs;
    outputs.classes = ClassesOf(type_, context);
    outputs.target_means.resize(
        std::max<std::size_t>(outputs.classes.size(), 1));
    if (inputs.columns.size() * outputs.target_means.size() > kMaxColumns) {
      throw DataError(
          {.where = std::string(kName),
           .expected = "at most " + std::to_string(kMaxColumns) +
                       " columns, one per input and class",
           .got = std::to_string(inputs.columns.size()) + " inputs and " +
                  std::to_string(outputs.classes.size()) + " classes"});
    }
    return outputs;
  }

  void RequireType(Task task) const {
    if (type_ == TargetType::kAuto || type_ == TargetType::kContinuous ||
        (type_ == TargetType::kBinary && task == Task::kBinary) ||
        (type_ == TargetType::kMulticlass && task == Task::kMulticlass)) {
      return;
    }
    throw ConfigError(
        {.where = "pipeline, TargetEncoder, target_type",
         .expected = "auto or continuous for a task that is " +
                     std::string(ToText(task)),
         .got = type_ == TargetType::kBinary ? "binary" : "multiclass"});
  }

  StepPtr FitAll(const Frame& inputs, const FitContext& context,
                 Outputs outputs) const {
    std::vector<std::size_t> rows(inputs.rows);
    for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = i;
    std::vector<std::vector<std::vector<double>>> tables(inputs.columns.size());
    for (std::size_t k = 0; k < outputs.target_means.size(); ++k) {
      const TargetSample sample = SampleOf(rows, context, outputs, k);
      RequireFinite(sample);
      outputs.target_means[k] = sample.mean;
      for (std::size_t c = 0; c < inputs.columns.size(); ++c) {
        tables[c].push_back(SmoothedMeans(inputs.columns[c], sample, smooth_));
      }
    }
    std::vector<Learned> learned;
    for (std::size_t c = 0; c < inputs.columns.size(); ++c) {
      learned.push_back(LearnedOf(inputs.columns[c], tables[c]));
    }
    return std::make_unique<TargetEncoder>(std::move(learned),
                                           std::move(outputs));
  }

  static void RequireFinite(const TargetSample& sample) {
    // The variance may pass every bound: then all encodings are the mean.
    if (std::isfinite(sample.mean)) return;
    throw DataError({.where = std::string(kName),
                     .expected = "targets whose sum is finite",
                     .got = "an overflow"});
  }

  /// The categories that occur, of tables over the whole dictionary.
  static Learned LearnedOf(const FrameColumn& column,
                           const std::vector<std::vector<double>>& tables) {
    Learned item;
    item.column = column.column.name;
    std::vector<bool> seen(column.column.categories.size(), false);
    for (const std::int32_t code : column.codes) {
      if (code >= 0) seen[static_cast<std::size_t>(code)] = true;
    }
    for (std::size_t i = 0; i < seen.size(); ++i) {
      if (!seen[i]) continue;
      item.categories.push_back(column.column.categories[i]);
      for (const std::vector<double>& table : tables) {
        item.encodings.push_back(table[i + kTableShift]);
      }
    }
    for (const std::vector<double>& table : tables) {
      item.missing.push_back(table[1]);
    }
    return item;
  }

  /// Shuffled folds, stratified by class when there are classes.
  std::vector<std::size_t> AssignFolds(std::size_t rows,
                                       const FitContext& context) const {
    std::vector<std::size_t> order(rows);
    for (std::size_t i = 0; i < rows; ++i) order[i] = i;
    Random random(context.seed);
    random.Shuffle(order);
    std::vector<std::size_t> fold(rows, 0);
    std::vector<std::size_t> next(1, 0);  // by class
    for (const std::size_t row : order) {
      const auto number = context.task == Task::kRegression
                              ? std::size_t{0}
                              : static_cast<std::size_t>(context.target[row]);
      if (number >= next.size()) next.resize(number + 1, 0);
      fold[row] = next[number];
      next[number] = (next[number] + 1) % folds_;
    }
    if (std::all_of(fold.begin(), fold.end(),
                    [](std::size_t f) { return f == 0; })) {
      throw DataError({.where = std::string(kName),
                       .expected = "two rows and more, of a class if there "
                                   "are classes",
                       .got = std::to_string(rows) + " rows"});
    }
    return fold;
  }

  void EncodeFold(const Frame& inputs, const FitContext& context,
                  const Outputs& outputs, const std::vector<std::size_t>& fold,
                  std::size_t f, Frame& out) const {
    std::vector<std::size_t> train;
    for (std::size_t row = 0; row < inputs.rows; ++row) {
      if (fold[row] != f) train.push_back(row);
    }
    const std::size_t count = outputs.target_means.size();
    for (std::size_t k = 0; k < count; ++k) {
      const TargetSample sample = SampleOf(train, context, outputs, k);
      for (std::size_t c = 0; c < inputs.columns.size(); ++c) {
        const FrameColumn& column = inputs.columns[c];
        const std::vector<double> table =
            SmoothedMeans(column, sample, smooth_);
        std::vector<double>& numbers = out.columns[c * count + k].numbers;
        for (std::size_t row = 0; row < inputs.rows; ++row) {
          if (fold[row] != f) continue;
          const std::int32_t entry = column.codes[row] + kTableShift;
          numbers[row] = table[static_cast<std::size_t>(entry)];
        }
      }
    }
  }

  TargetType type_;
  std::optional<double> smooth_;
  std::size_t folds_;
};

std::optional<double> ReadSmooth(ParameterReader& reader) {
  const ParameterValue* value = reader.Optional("smooth");
  if (value == nullptr) return std::nullopt;
  const auto* text = std::get_if<std::string>(&value->value);
  if (text != nullptr && *text == "auto") return std::nullopt;
  const double smooth = AsDouble(*value);
  if (smooth < 0.0) {
    throw ConfigError({.where = value->where,
                       .expected = "'auto' or a number >= 0",
                       .got = Describe(*value)});
  }
  return smooth;
}

EstimatorPtr Configure(const ParameterValue& parameters) {
  ParameterReader reader(parameters);
  reader.Choice("categories", "auto", {"auto"});
  const std::string type = reader.Choice(
      "target_type", "auto", {"auto", "continuous", "binary", "multiclass"});
  const std::optional<double> smooth = ReadSmooth(reader);
  const std::int64_t folds = reader.Integer("cv", 5);
  if (folds < 2 || folds > 100) {
    throw ConfigError({.where = reader.PlaceOf("cv"),
                       .expected = "2 to 100 folds",
                       .got = std::to_string(folds)});
  }
  reader.Finish();
  return std::make_unique<TargetEncoderEstimator>(
      type == "binary"       ? TargetType::kBinary
      : type == "continuous" ? TargetType::kContinuous
      : type == "multiclass" ? TargetType::kMulticlass
                             : TargetType::kAuto,
      smooth, static_cast<std::size_t>(folds));
}

}  // namespace

extern const StepFactory kTargetEncoder{"TargetEncoder", Configure,
                                        TargetEncoder::Load};

}  // namespace tidemill
