#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tidemill/core/parameters.h"
#include "tidemill/core/task.h"
#include "tidemill/features/artifact_io.h"
#include "tidemill/features/expression.h"
#include "tidemill/features/frame.h"

namespace tidemill {

struct FitContext;

/// Learns a model for a step that chooses columns by it; training knows the
/// models, this library does not.
class ImportanceFitter {
 public:
  virtual ~ImportanceFitter() = default;
  /// What each column, a number, is worth to the model of that name: one figure
  /// of at least 0 per column. Throws ConfigError, DataError.
  virtual std::vector<double> Fit(const std::string& model,
                                  const ParameterValue& parameters,
                                  const Frame& inputs,
                                  const FitContext& context) const = 0;
};

/// What fitting may look at beside the columns.
struct FitContext {
  /// Per row: the value, or the number of its class (0 or 1 when binary).
  std::span<const double> target;
  Task task = Task::kRegression;
  /// Of a classification: its classes by number.
  std::span<const std::string> class_labels = {};
  std::uint64_t seed = 0;
  /// None: no step may ask for a model.
  const ImportanceFitter* importances = nullptr;
  /// Receives remarks for the user, e.g. a constant column.
  std::vector<std::string>* warnings = nullptr;

  void Warn(std::string text) const {
    if (warnings != nullptr) warnings->push_back(std::move(text));
  }
};

/// A pipeline step with its learned parameters.
/// Threads: immutable.
class Step {
 public:
  virtual ~Step() = default;
  /// The registered name, e.g. "StandardScaler".
  virtual std::string_view name() const = 0;
  /// The step's output columns as functions of its input columns. Throws
  /// ArtifactError when the inputs are not those it was fitted on.
  virtual std::vector<ExpressionPtr> Bind(
      std::span<const ExpressionPtr> inputs) const = 0;
  /// Writes the learned parameters; the registered loader reads them.
  virtual void Save(ArtifactWriter& out) const = 0;
};

using StepPtr = std::unique_ptr<const Step>;

/// A step before it has learned anything: its parameters.
class Estimator {
 public:
  virtual ~Estimator() = default;
  /// Learns from the frame. Throws DataError naming the column when its values
  /// do not admit it, ConfigError when its kind does not.
  virtual StepPtr Fit(const Frame& inputs, const FitContext& context) const = 0;
  /// What the next step is fitted on. The default is the fitted step's own
  /// output; a step that learns from the target gives one without leakage.
  virtual Frame FitTransform(const Frame& inputs, const FitContext& context,
                             StepPtr& fitted) const;
};

using EstimatorPtr = std::unique_ptr<const Estimator>;

/// How a step comes to be, by name. Adding one: its file defines
/// `extern const StepFactory k<Name>`, step_registry.cpp lists it.
struct StepFactory {
  std::string_view name;
  /// Reads the parameters; throws ConfigError.
  EstimatorPtr (*configure)(const ParameterValue& parameters);
  /// Reads what Save() wrote; throws ArtifactError. `depth` is how many
  /// further levels of nested steps are admitted.
  StepPtr (*load)(ArtifactReader& in, int depth);
};

/// Throws ConfigError naming `where` and the nearest name.
const StepFactory& FindStep(std::string_view name, const std::string& where);
/// nullptr when there is none.
const StepFactory* FindStep(std::string_view name);
std::vector<std::string> StepNames();

/// `Name` or `{Name: parameters}`; throws ConfigError that asks for `a_thing`,
/// e.g. "a step".
std::pair<std::string, const ParameterValue*> NameAndParameters(
    const ParameterValue& item, const std::string& a_thing);

/// A list of steps as configured: `Name` or `{Name: parameters}` each. Throws
/// ConfigErrors with what is wrong in each of them.
std::vector<EstimatorPtr> ConfigureSteps(const ParameterValue& list);

/// Fits the steps one after the other; `output`, when given, receives what a
/// following step or model is fitted on.
std::vector<StepPtr> FitSteps(std::span<const EstimatorPtr> estimators,
                              Frame inputs, const FitContext& context,
                              Frame* output);

std::vector<ExpressionPtr> BindSteps(std::span<const StepPtr> steps,
                                     std::vector<ExpressionPtr> columns);

void SaveSteps(std::span<const StepPtr> steps, ArtifactWriter& out);
std::vector<StepPtr> LoadSteps(ArtifactReader& in, int depth);

/// Steps may nest so deep (a ColumnTransformer within another).
inline constexpr int kMaxStepDepth = 8;

/// Throws ArtifactError unless the inputs have these names in this order.
void CheckInputs(std::string_view step, std::span<const ExpressionPtr> inputs,
                 std::span<const std::string> expected);

/// Throws ArtifactError unless a column that a fitted step gets is of a kind.
void CheckKind(std::string_view step, const Expression& input, ColumnKind kind);

/// Throws ConfigError unless a column that a step is to learn from is of a
/// kind: the config wired it wrongly.
void RequireKind(std::string_view step, const Column& column, ColumnKind kind);

/// A step's inputs by name; of several with one name the first.
class ColumnIndex {
 public:
  /// `inputs` must outlive it.
  explicit ColumnIndex(std::span<const ExpressionPtr> inputs);
  /// The inputs of these names, in that order; throws ArtifactError.
  std::vector<ExpressionPtr> Select(std::string_view step,
                                    std::span<const std::string> names) const;

 private:
  std::span<const ExpressionPtr> inputs_;
  std::vector<std::pair<std::string_view, std::size_t>> places_;  ///< sorted
};

std::vector<ExpressionPtr> SelectByName(std::string_view step,
                                        std::span<const ExpressionPtr> inputs,
                                        std::span<const std::string> names);

/// Throws ConfigError when two columns that a step made have one name: what
/// follows tells columns by their names.
void RequireDistinctNames(std::string_view step, const Frame& made);

/// Bounds on what a pipeline may grow to.
inline constexpr std::size_t kMaxColumns = 65'536;
inline constexpr std::size_t kMaxTableEntries = 16U << 20U;  // 128 MiB
inline constexpr std::size_t kMaxExpressionDepth = 1000;

/// The columns that a step makes, bounded while it makes them: a few bytes of
/// an artifact can ask for a table over a long dictionary.
class StepOutputs {
 public:
  /// Throws ArtifactError when the columns or their tables pass the bounds.
  void Add(ExpressionPtr column);
  void Add(std::span<const ExpressionPtr> columns);
  std::vector<ExpressionPtr> Take() { return std::move(columns_); }

 private:
  std::vector<ExpressionPtr> columns_;
  std::size_t words_ = 0;
};

/// The names of columns that a step is to learn from; throws ConfigError unless
/// all are of a kind.
std::vector<std::string> ColumnsOfKind(std::string_view step,
                                       const Frame& inputs, ColumnKind kind);

/// One map over every column, under the column's own name. Throws ArtifactError
/// unless the inputs are number columns of these names.
std::vector<ExpressionPtr> BindOneMap(std::string_view step,
                                      std::span<const ExpressionPtr> inputs,
                                      std::span<const std::string> columns,
                                      std::shared_ptr<const NumberMap> map);

/// Throws ConfigError naming the nearest column unless the frame has them all.
void RequireColumns(std::string_view step, const Frame& inputs,
                    std::span<const std::string> names);

}  // namespace tidemill
