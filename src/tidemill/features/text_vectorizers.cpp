#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "tidemill/core/errors.h"
#include "tidemill/features/step.h"
#include "tidemill/features/text_vocabulary.h"

namespace tidemill {
namespace {

constexpr std::string_view kCount = "CountVectorizer";
constexpr std::string_view kTfidf = "TfidfVectorizer";

enum class Norm : std::uint8_t { kL1, kL2, kNone };
constexpr std::array<std::string_view, 3> kNormNames = {"l1", "l2", "none"};

/// What TfidfVectorizer makes of counts.
struct Weighting {
  Norm norm = Norm::kL2;
  bool sublinear_tf = false;
  std::vector<double> idf;  ///< per term; empty: not used
};

/// Counts a text's terms; outside the vocabulary they are nothing.
class TermCounts final : public TermSink {
 public:
  /// Room for so many terms.
  void Reserve(std::size_t terms) {
    if (counts_.size() < terms) counts_.resize(terms, 0);
  }
  void Begin(const Dictionary& terms) {
    terms_ = &terms;
    present_.clear();
  }
  void Add(std::string_view term) override {
    const std::int32_t code = terms_->Find(term);
    if (code < 0) return;
    const auto column = static_cast<std::size_t>(code);
    if (counts_[column]++ == 0) present_.push_back(column);
  }
  /// The columns of the terms that came up, rising.
  const std::vector<std::size_t>& Sorted() {
    std::sort(present_.begin(), present_.end());
    return present_;
  }
  /// How often; forgets it.
  double Take(std::size_t column) {
    return static_cast<double>(std::exchange(counts_[column], 0U));
  }

 private:
  const Dictionary* terms_ = nullptr;
  std::vector<std::uint32_t> counts_;  ///< all 0 between texts
  std::vector<std::size_t> present_;
};

/// A column of numbers per term of one text column.
class TermColumns final : public BlockKernel {
 public:
  TermColumns(TextOptions options, std::vector<std::string> terms, bool binary,
              std::optional<Weighting> weighting)
      : analyzer_(std::move(options)),
        terms_(std::move(terms)),
        binary_(binary),
        weighting_(std::move(weighting)) {}

  std::size_t num_outputs() const override { return terms_.size(); }

  void Apply(std::span<const ColumnValues> inputs, std::size_t rows,
             std::span<double* const> outs) const override {
    thread_local TermCounts counts;
    thread_local std::vector<double> values;
    counts.Reserve(terms_.size());
    for (double* out : outs) std::fill_n(out, rows, 0.0);
    for (std::size_t row = 0; row < rows; ++row) {
      counts.Begin(terms_);
      analyzer_.Analyze(inputs[0].texts[row], counts);
      const std::vector<std::size_t>& columns = counts.Sorted();
      values.clear();
      for (const std::size_t column : columns) {
        const double count = counts.Take(column);
        values.push_back(binary_ ? 1.0 : count);
      }
      if (weighting_) Weigh(columns, values);
      for (std::size_t i = 0; i < columns.size(); ++i) {
        outs[columns[i]][row] = values[i];
      }
    }
  }

  /// What it keeps, in 8 bytes, about.
  std::size_t words() const {
    std::size_t words = 0;
    for (const std::string& term : terms_.values()) {
      words += 8 + term.size() / 8;
    }
    return words;
  }

  const TextOptions& options() const { return analyzer_.options(); }
  const std::vector<std::string>& terms() const { return terms_.values(); }
  bool binary() const { return binary_; }
  const std::optional<Weighting>& weighting() const { return weighting_; }

 private:
  void Weigh(const std::vector<std::size_t>& columns,
             std::vector<double>& values) const {
    double sum = 0.0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (weighting_->sublinear_tf) values[i] = std::log(values[i]) + 1.0;
      if (!weighting_->idf.empty()) values[i] *= weighting_->idf[columns[i]];
      sum += weighting_->norm == Norm::kL2 ? values[i] * values[i]
                                           : std::abs(values[i]);
    }
    if (weighting_->norm == Norm::kNone || sum == 0.0) return;
    const double norm = weighting_->norm == Norm::kL2 ? std::sqrt(sum) : sum;
    for (double& value : values) value /= norm;
  }

  TextAnalyzer analyzer_;
  Dictionary terms_;
  bool binary_;
  std::optional<Weighting> weighting_;
};

/// The terms of one text column as numbers: their counts, or the counts weighed
/// by how rare the terms are.
///
/// Shapes:  one column per term of the vocabulary, named like it.
/// Missing: as an empty text, 0 in every column.
/// Source:  scikit-learn CountVectorizer and TfidfVectorizer.
class TextVectorizer final : public Step {
 public:
  TextVectorizer(std::string_view name, std::string column,
                 std::shared_ptr<const TermColumns> terms)
      : name_(name), column_(std::move(column)), terms_(std::move(terms)) {}

  std::string_view name() const override { return name_; }

  std::vector<ExpressionPtr> Bind(
      std::span<const ExpressionPtr> inputs) const override {
    CheckInputs(name_, inputs, {&column_, 1});
    CheckKind(name_, *inputs[0], ColumnKind::kText);
    StepOutputs outputs;
    outputs.Add(
        MakeBlock(terms_->terms(), {inputs[0]}, terms_, terms_->words()));
    return outputs.Take();
  }

  void Save(ArtifactWriter& out) const override {
    out.Text("column", column_);
    SaveTextOptions(terms_->options(), out);
    out.Texts("terms", terms_->terms());
    out.Bool("binary", terms_->binary());
    if (!terms_->weighting()) return;
    out.Choice("norm", terms_->weighting()->norm, kNormNames);
    out.Bool("sublinear_tf", terms_->weighting()->sublinear_tf);
    out.Doubles("idf", terms_->weighting()->idf);
  }

  static StepPtr Load(std::string_view name, ArtifactReader& in) {
    std::string column = in.Text("column");
    TextOptions options = LoadTextOptions(in);
    std::vector<std::string> terms = in.Texts("terms");
    if (terms.empty() || terms.size() > kMaxColumns) {
      in.Refuse("1 to " + std::to_string(kMaxColumns) + " terms",
                std::to_string(terms.size()));
    }
    const bool binary = in.Bool("binary");
    std::optional<Weighting> weighting;
    if (name == kTfidf) weighting = LoadWeighting(in, terms.size());
    return std::make_unique<TextVectorizer>(
        name, std::move(column),
        std::make_shared<TermColumns>(std::move(options), std::move(terms),
                                      binary, std::move(weighting)));
  }

 private:
  static Weighting LoadWeighting(ArtifactReader& in, std::size_t terms) {
    Weighting weighting;
    weighting.norm = in.Choice<Norm>("norm", kNormNames);
    weighting.sublinear_tf = in.Bool("sublinear_tf");
    weighting.idf = in.FiniteDoubles("idf");
    if (!weighting.idf.empty() && weighting.idf.size() != terms) {
      in.Refuse("a weight per term", std::to_string(weighting.idf.size()));
    }
    return weighting;
  }

  std::string_view name_;
  std::string column_;
  std::shared_ptr<const TermColumns> terms_;
};

/// How TfidfVectorizer is configured.
struct WeightingOptions {
  Norm norm = Norm::kL2;
  bool use_idf = true;
  bool smooth_idf = true;
  bool sublinear_tf = false;
};

class TextVectorizerEstimator final : public Estimator {
 public:
  TextVectorizerEstimator(std::string_view name,
                          const ParameterValue& parameters)
      : name_(name) {
    ParameterReader reader(parameters);
    text_ = ReadTextOptions(reader);
    vocabulary_ = ReadVocabularyOptions(reader);
    if (name == kTfidf) ReadWeighting(parameters, reader);
    reader.Finish();
  }

  StepPtr Fit(const Frame& inputs,
              const FitContext& /*context*/) const override {
    if (inputs.columns.size() != 1) {
      throw ConfigError(
          {.where = "pipeline, " + std::string(name_),
           .expected = "one text column (give it one in a ColumnTransformer)",
           .got = std::to_string(inputs.columns.size()) + " columns"});
    }
    const FrameColumn& column = inputs.columns.front();
    RequireKind(name_, column.column, ColumnKind::kText);
    const std::string where =
        std::string(name_) + ", column '" + column.column.name + "'";
    Vocabulary vocabulary =
        LearnVocabulary(TextAnalyzer(text_), vocabulary_, column.texts, where);
    std::optional<Weighting> weighting;
    if (name_ == kTfidf) weighting = Learn(vocabulary, inputs.rows, where);
    return std::make_unique<TextVectorizer>(
        name_, column.column.name,
        std::make_shared<TermColumns>(text_, std::move(vocabulary.terms),
                                      vocabulary_.binary,
                                      std::move(weighting)));
  }

 private:
  void ReadWeighting(const ParameterValue& parameters,
                     ParameterReader& reader) {
    const std::string norm = reader.Choice("norm", "l2", {"l1", "l2", "none"});
    weighting_.norm = norm == "l1"   ? Norm::kL1
                      : norm == "l2" ? Norm::kL2
                                     : Norm::kNone;
    // Python's None is a choice here, not the default.
    const ParameterValue* given = parameters.Find("norm");
    if (given != nullptr && given->is_null()) weighting_.norm = Norm::kNone;
    weighting_.use_idf = reader.Bool("use_idf", true);
    weighting_.smooth_idf = reader.Bool("smooth_idf", true);
    weighting_.sublinear_tf = reader.Bool("sublinear_tf", false);
  }

  /// idf = ln(rows / rows with the term) + 1; smooth: as if one more row had
  /// every term.
  Weighting Learn(const Vocabulary& vocabulary, std::size_t rows,
                  const std::string& where) const {
    Weighting weighting{.norm = weighting_.norm,
                        .sublinear_tf = weighting_.sublinear_tf,
                        .idf = {}};
    if (!weighting_.use_idf) return weighting;
    const double more = weighting_.smooth_idf ? 1.0 : 0.0;
    for (std::size_t i = 0; i < vocabulary.terms.size(); ++i) {
      const double with = vocabulary.rows_with[i] + more;
      if (with == 0.0) {
        throw DataError({.where = where,
                         .expected = "every term of the vocabulary in some row "
                                     "(or smooth_idf: true)",
                         .got = "none with '" + vocabulary.terms[i] + "'"});
      }
      weighting.idf.push_back(
          std::log((static_cast<double>(rows) + more) / with) + 1.0);
    }
    return weighting;
  }

  std::string_view name_;
  TextOptions text_;
  VocabularyOptions vocabulary_;
  WeightingOptions weighting_;
};

}  // namespace

extern const StepFactory kCountVectorizer{
    kCount,
    [](const ParameterValue& parameters) -> EstimatorPtr {
      return std::make_unique<TextVectorizerEstimator>(kCount, parameters);
    },
    [](ArtifactReader& in, int /*depth*/) {
      return TextVectorizer::Load(kCount, in);
    }};

extern const StepFactory kTfidfVectorizer{
    kTfidf,
    [](const ParameterValue& parameters) -> EstimatorPtr {
      return std::make_unique<TextVectorizerEstimator>(kTfidf, parameters);
    },
    [](ArtifactReader& in, int /*depth*/) {
      return TextVectorizer::Load(kTfidf, in);
    }};

}  // namespace tidemill
