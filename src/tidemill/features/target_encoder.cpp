#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "tidemill/core/errors.h"
#include "tidemill/core/random.h"
#include "tidemill/features/step.h"

namespace tidemill {
namespace {

/// What one column learned: the encoding of each category.
struct Learned {
  std::string column;
  std::vector<std::string> categories;
  std::vector<double> encodings;  ///< one per category
  double missing = 0.0;
};

/// Replaces a category by a smoothed mean of the target.
///
/// Missing: a category of its own when training saw it, else the target's
///          mean; an unseen category is the target's mean.
/// Source:  scikit-learn TargetEncoder; smooth "auto" is the empirical Bayes
///          estimate of Micci-Barreca (2001).
class TargetEncoder final : public Step {
 public:
  TargetEncoder(std::vector<Learned> learned, double target_mean)
      : learned_(std::move(learned)), target_mean_(target_mean) {
    for (const Learned& item : learned_) columns_.push_back(item.column);
  }

  std::string_view name() const override { return "TargetEncoder"; }

  std::vector<ExpressionPtr> Bind(
      std::span<const ExpressionPtr> inputs) const override {
    CheckInputs(name(), inputs, columns_);
    StepOutputs outputs;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      CheckKind(name(), *inputs[i], ColumnKind::kCategory);
      const Learned& item = learned_[i];
      const Dictionary known(item.categories);
      std::vector<double> table = {target_mean_, item.missing};
      for (const std::string& category : inputs[i]->column.categories) {
        const std::int32_t code = known.Find(category);
        table.push_back(code < 0
                            ? target_mean_
                            : item.encodings[static_cast<std::size_t>(code)]);
      }
      outputs.Add(MakeTable(item.column, inputs[i], std::move(table)));
    }
    return outputs.Take();
  }

  void Save(ArtifactWriter& out) const override {
    out.Double(target_mean_);
    out.U64(learned_.size());
    for (const Learned& item : learned_) {
      out.Text(item.column);
      out.Texts(item.categories);
      out.Doubles(item.encodings);
      out.Double(item.missing);
    }
  }

  static StepPtr Load(ArtifactReader& in, int /*depth*/) {
    const double target_mean = in.FiniteDouble();
    std::vector<Learned> learned(in.Count(65'536, 32));
    for (Learned& item : learned) {
      item.column = in.Text();
      item.categories = in.Texts();
      item.encodings = in.FiniteDoubles();
      item.missing = in.FiniteDouble();
      if (item.encodings.size() != item.categories.size()) {
        in.Refuse("an encoding per category",
                  std::to_string(item.encodings.size()));
      }
    }
    return std::make_unique<TargetEncoder>(std::move(learned), target_mean);
  }

 private:
  std::vector<Learned> learned_;
  std::vector<std::string> columns_;
  double target_mean_;
};

/// The rows a fit looks at and the target's moments over them.
struct Sample {
  std::vector<std::size_t> rows;
  double mean = 0.0;
  double variance = 0.0;  ///< population form
};

Sample MakeSample(std::vector<std::size_t> rows, std::span<const double> y) {
  Sample sample{.rows = std::move(rows), .mean = 0.0, .variance = 0.0};
  const auto n = static_cast<double>(sample.rows.size());
  for (const std::size_t row : sample.rows) sample.mean += y[row];
  sample.mean /= n;
  for (const std::size_t row : sample.rows) {
    const double d = y[row] - sample.mean;
    sample.variance += d * d;
  }
  sample.variance /= n;
  return sample;
}

/// Sums of one category.
struct Cell {
  double count = 0.0;
  double sum = 0.0;
  double squares = 0.0;  ///< around the category's mean
};

class TargetEncoderEstimator final : public Estimator {
 public:
  TargetEncoderEstimator(std::optional<double> smooth, int folds)
      : smooth_(smooth), folds_(folds) {}

  StepPtr Fit(const Frame& inputs, const FitContext& context) const override {
    std::vector<std::size_t> rows(inputs.rows);
    for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = i;
    const Sample sample = MakeSample(std::move(rows), context.target);
    std::vector<Learned> learned;
    for (const FrameColumn& column : inputs.columns) {
      RequireKind("TargetEncoder", column.column, ColumnKind::kCategory);
      learned.push_back(FitOne(column, sample, context.target));
    }
    return std::make_unique<TargetEncoder>(std::move(learned), sample.mean);
  }

  /// Every row is encoded by a fit that did not see its target.
  Frame FitTransform(const Frame& inputs, const FitContext& context,
                     StepPtr& fitted) const override {
    fitted = Fit(inputs, context);
    Frame out{.rows = inputs.rows, .columns = {}};
    for (const FrameColumn& column : inputs.columns) {
      FrameColumn& encoded = out.columns.emplace_back();
      encoded.column.name = column.column.name;
      encoded.numbers.resize(inputs.rows);
    }
    const std::vector<int> fold = AssignFolds(inputs.rows, context);
    if (std::all_of(fold.begin(), fold.end(), [](int f) { return f == 0; })) {
      throw DataError({.where = "TargetEncoder",
                       .expected = "two rows and more, of a class if there "
                                   "are classes",
                       .got = std::to_string(inputs.rows) + " rows"});
    }
    for (int f = 0; f < folds_; ++f) {
      std::vector<std::size_t> train;
      for (std::size_t row = 0; row < inputs.rows; ++row) {
        if (fold[row] != f) train.push_back(row);
      }
      const Sample sample = MakeSample(std::move(train), context.target);
      for (std::size_t c = 0; c < inputs.columns.size(); ++c) {
        const FrameColumn& column = inputs.columns[c];
        const std::vector<double> table =
            TableOf(column, sample, context.target);
        for (std::size_t row = 0; row < inputs.rows; ++row) {
          if (fold[row] != f) continue;
          out.columns[c].numbers[row] =
              table[static_cast<std::size_t>(column.codes[row] + kTableShift)];
        }
      }
    }
    return out;
  }

 private:
  /// Shuffled folds, stratified by class for a binary target.
  std::vector<int> AssignFolds(std::size_t rows,
                               const FitContext& context) const {
    std::vector<std::size_t> order(rows);
    for (std::size_t i = 0; i < rows; ++i) order[i] = i;
    Random random(context.seed);
    random.Shuffle(order);
    std::vector<int> fold(rows, 0);
    int next[2] = {0, 0};
    for (const std::size_t row : order) {
      int& turn =
          next[context.task == Task::kBinary && context.target[row] > 0.5 ? 1
                                                                          : 0];
      fold[row] = turn;
      turn = (turn + 1) % folds_;
    }
    return fold;
  }

  std::vector<double> TableOf(const FrameColumn& column, const Sample& sample,
                              std::span<const double> y) const {
    const std::size_t size = column.column.categories.size() + 2;
    std::vector<Cell> cells(size);
    const auto cell_of = [&](std::size_t row) -> Cell& {
      return cells[static_cast<std::size_t>(column.codes[row] + kTableShift)];
    };
    for (const std::size_t row : sample.rows) {
      Cell& cell = cell_of(row);
      cell.count += 1.0;
      cell.sum += y[row];
    }
    for (const std::size_t row : sample.rows) {
      Cell& cell = cell_of(row);
      const double d = y[row] - cell.sum / cell.count;
      cell.squares += d * d;
    }
    std::vector<double> table(size, sample.mean);
    for (std::size_t i = 1; i < size; ++i) {
      if (cells[i].count > 0.0) table[i] = Encode(cells[i], sample);
    }
    return table;
  }

  double Encode(const Cell& cell, const Sample& sample) const {
    if (smooth_) {
      return (cell.sum + *smooth_ * sample.mean) / (cell.count + *smooth_);
    }
    // Empirical Bayes: the noisier the category's mean, the more it shrinks.
    const double between = sample.variance * cell.count;
    const double within = cell.squares / cell.count;
    const double lambda = between / (between + within);
    if (std::isnan(lambda)) return sample.mean;
    return lambda * (cell.sum / cell.count) + (1.0 - lambda) * sample.mean;
  }

  Learned FitOne(const FrameColumn& column, const Sample& sample,
                 std::span<const double> y) const {
    const std::vector<double> table = TableOf(column, sample, y);
    Learned item{.column = column.column.name,
                 .categories = {},
                 .encodings = {},
                 .missing = table[1]};
    std::vector<bool> seen(column.column.categories.size(), false);
    for (const std::int32_t code : column.codes) {
      if (code >= 0) seen[static_cast<std::size_t>(code)] = true;
    }
    for (std::size_t i = 0; i < seen.size(); ++i) {
      if (!seen[i]) continue;
      item.categories.push_back(column.column.categories[i]);
      item.encodings.push_back(table[i + 2]);
    }
    return item;
  }

  std::optional<double> smooth_;
  int folds_;
};

EstimatorPtr Configure(const ParameterValue& parameters) {
  ParameterReader reader(parameters);
  std::optional<double> smooth;
  if (const ParameterValue* value = reader.Optional("smooth")) {
    const auto* text = std::get_if<std::string>(&value->value);
    if (text == nullptr || *text != "auto") {
      smooth = AsDouble(*value);
      if (*smooth < 0.0) {
        throw ConfigError({.where = value->where,
                           .expected = "'auto' or a number >= 0",
                           .got = Describe(*value)});
      }
    }
  }
  const std::int64_t folds = reader.Integer("cv", 5);
  if (folds < 2 || folds > 100) {
    throw ConfigError({.where = reader.where() + ", cv",
                       .expected = "2 to 100 folds",
                       .got = std::to_string(folds)});
  }
  reader.Finish();
  return std::make_unique<TargetEncoderEstimator>(smooth,
                                                  static_cast<int>(folds));
}

}  // namespace

extern const StepFactory kTargetEncoder{"TargetEncoder", Configure,
                                        TargetEncoder::Load};

}  // namespace tidemill
