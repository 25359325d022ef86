#include <array>
#include <utility>

#include "tidemill/core/config_problems.h"
#include "tidemill/core/errors.h"
#include "tidemill/features/step.h"

namespace tidemill {

// One line per step; each is defined in its own file.
#define TIDEMILL_STEPS(STEP)   \
  STEP(ArbitraryOutlierCapper) \
  STEP(Bearing)                \
  STEP(Binarizer)              \
  STEP(ColumnTransformer)      \
  STEP(CountFrequencyEncoder)  \
  STEP(CountVectorizer)        \
  STEP(CyclicalFeatures)       \
  STEP(DatetimeFeatures)       \
  STEP(DatetimeOrdinal)        \
  STEP(DatetimeSubtraction)    \
  STEP(DropColumns)            \
  STEP(DropDuplicateFeatures)  \
  STEP(FeatureHasher)          \
  STEP(FeatureUnion)           \
  STEP(FunctionTransformer)    \
  STEP(HaversineDistance)      \
  STEP(KBinsDiscretizer)       \
  STEP(LogTransformer)         \
  STEP(MathFeatures)           \
  STEP(MaxAbsScaler)           \
  STEP(MinMaxScaler)           \
  STEP(MissingIndicator)       \
  STEP(MissingValues)          \
  STEP(Normalizer)             \
  STEP(NumbersAsCategories)    \
  STEP(OneHotEncoder)          \
  STEP(OrdinalEncoder)         \
  STEP(PCA)                    \
  STEP(PiecewiseConstant)      \
  STEP(Pipeline)               \
  STEP(PolynomialFeatures)     \
  STEP(Power)                  \
  STEP(PowerTransformer)       \
  STEP(QuantileTransformer)    \
  STEP(RareLabelEncoder)       \
  STEP(RelativeFeatures)       \
  STEP(RequireNumbers)         \
  STEP(RobustScaler)           \
  STEP(SelectColumns)          \
  STEP(SelectFromModel)        \
  STEP(SelectKBest)            \
  STEP(SelectPercentile)       \
  STEP(SimpleImputer)          \
  STEP(SplineTransformer)      \
  STEP(StandardScaler)         \
  STEP(TargetEncoder)          \
  STEP(TfidfVectorizer)        \
  STEP(TruncatedSVD)           \
  STEP(VarianceThreshold)      \
  STEP(Winsorizer)

#define TIDEMILL_DECLARE(name) extern const StepFactory k##name;
TIDEMILL_STEPS(TIDEMILL_DECLARE)
#undef TIDEMILL_DECLARE

namespace {

#define TIDEMILL_ADDRESS(name) &k##name,
constexpr std::array kSteps = {TIDEMILL_STEPS(TIDEMILL_ADDRESS)};
#undef TIDEMILL_ADDRESS

}  // namespace

std::pair<std::string, const ParameterValue*> NameAndParameters(
    const ParameterValue& item, const std::string& a_thing) {
  static const ParameterValue kNone;
  if (const auto* name = std::get_if<std::string>(&item.value)) {
    return {*name, &kNone};
  }
  const ParameterValue::Map* map = item.map();
  if (map == nullptr || map->size() != 1) {
    throw ConfigError({.where = item.where,
                       .expected = a_thing + ": Name or {Name: parameters}",
                       .got = Describe(item)});
  }
  return {map->front().first, &map->front().second};
}

const StepFactory* FindStep(std::string_view name) {
  for (const StepFactory* factory : kSteps) {
    if (factory->name == name) return factory;
  }
  return nullptr;
}

const StepFactory& FindStep(std::string_view name, const std::string& where) {
  const StepFactory* factory = FindStep(name);
  if (factory == nullptr) {
    const std::string nearest = NearestName(name, StepNames());
    throw ConfigError(
        {.where = where,
         .expected = nearest.empty()
                         ? "a known step"
                         : "a known step (did you mean '" + nearest + "'?)",
         .got = "'" + std::string(name) + "'"});
  }
  return *factory;
}

std::vector<std::string> StepNames() {
  std::vector<std::string> names;
  for (const StepFactory* factory : kSteps) names.emplace_back(factory->name);
  return names;
}

std::vector<EstimatorPtr> ConfigureSteps(const ParameterValue& list) {
  std::vector<EstimatorPtr> estimators;
  if (list.is_null()) return estimators;
  if (list.list() == nullptr) {
    throw ConfigError({.where = list.where,
                       .expected = "a list of steps",
                       .got = Describe(list)});
  }
  ConfigProblems problems;
  for (const ParameterValue& item : *list.list()) {
    problems.Try([&] {
      const auto [name, parameters] = NameAndParameters(item, "a step");
      estimators.push_back(FindStep(name, item.where).configure(*parameters));
    });
  }
  problems.Throw();
  return estimators;
}

Frame Estimator::FitTransform(const Frame& inputs, const FitContext& context,
                              StepPtr& fitted) const {
  fitted = Fit(inputs, context);
  return Evaluate(fitted->Bind(SourcesOf(inputs)), inputs);
}

std::vector<StepPtr> FitSteps(std::span<const EstimatorPtr> estimators,
                              Frame inputs, const FitContext& context,
                              Frame* output) {
  std::vector<StepPtr> steps;
  for (const EstimatorPtr& estimator : estimators) {
    StepPtr fitted;
    inputs = estimator->FitTransform(inputs, context, fitted);
    RequireDistinctNames(fitted->name(), inputs);
    steps.push_back(std::move(fitted));
  }
  if (output != nullptr) *output = std::move(inputs);
  return steps;
}

std::vector<ExpressionPtr> BindSteps(std::span<const StepPtr> steps,
                                     std::vector<ExpressionPtr> columns) {
  for (const StepPtr& step : steps) {
    columns = step->Bind(columns);
  }
  return columns;
}

void SaveSteps(std::span<const StepPtr> steps, ArtifactWriter& out) {
  out.Each("steps", steps, [&](const StepPtr& step) {
    out.Text("step", step->name());
    step->Save(out);
  });
}

std::vector<StepPtr> LoadSteps(ArtifactReader& in, int depth) {
  if (depth < 0) in.Refuse("steps nested less deep", "more levels");
  return in.Each<StepPtr>("steps", 1000, 8, [&](StepPtr& step) {
    const std::string name = in.Text("step", 256);
    const StepFactory* factory = FindStep(name);
    if (factory == nullptr) {
      in.Refuse("a step this version knows", "'" + name + "'");
    }
    step = factory->load(in, depth);
  });
}

}  // namespace tidemill
