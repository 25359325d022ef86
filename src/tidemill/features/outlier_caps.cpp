#include "tidemill/features/outlier_caps.h"

#include <cmath>
#include <memory>

namespace tidemill {
namespace {

/// The upper bound first, as the origin does: of bounds that are the wrong way
/// round the lower one counts. NaN fits no bound and stays.
double Capped(double value, const Caps& caps) {
  if (value > caps.upper) value = caps.upper;
  if (value < caps.lower) value = caps.lower;
  return value;
}

class CapMap final : public NumberMap {
 public:
  explicit CapMap(const Caps& caps) : caps_(caps) {}
  void Apply(std::span<double> values) const override {
    for (double& value : values) value = Capped(value, caps_);
  }
  bool nondecreasing() const override { return true; }

 private:
  Caps caps_;
};

enum class Side { kLeft, kRight };

/// 1 where a cap lifts the value (left) or lowers it (right), else 0.
class CappedMap final : public NumberMap {
 public:
  CappedMap(const Caps& caps, Side side) : caps_(caps), side_(side) {}
  void Apply(std::span<double> values) const override {
    for (double& value : values) {
      const double capped = Capped(value, caps_);
      const bool hit = side_ == Side::kLeft ? capped > value : capped < value;
      value = hit ? 1.0 : 0.0;
    }
  }
  bool nondecreasing() const override { return false; }

 private:
  Caps caps_;
  Side side_;
};

}  // namespace

std::vector<ExpressionPtr> CappedColumns::Bind(
    std::string_view step, std::span<const ExpressionPtr> inputs) const {
  columns.Check(step, inputs);
  std::vector<ExpressionPtr> made(inputs.begin(), inputs.end());
  StepOutputs indicators;
  for (std::size_t i = 0; i < caps.size(); ++i) {
    const std::size_t place = columns.chosen[i];
    const std::string& name = columns.columns[place];
    made[place] =
        MakeMap(name, inputs[place], std::make_shared<CapMap>(caps[i]));
    const auto indicate = [&](Side side, const char* suffix) {
      indicators.Add(MakeMap(name + suffix, inputs[place],
                             std::make_shared<CappedMap>(caps[i], side)));
    };
    if (left_indicators) indicate(Side::kLeft, "_left");
    if (right_indicators) indicate(Side::kRight, "_right");
  }
  StepOutputs outputs;
  outputs.Add(made);
  outputs.Add(indicators.Take());
  return outputs.Take();
}

void CappedColumns::Save(ArtifactWriter& out) const {
  columns.Save(out);
  std::vector<double> lower;
  std::vector<double> upper;
  for (const Caps& item : caps) {
    lower.push_back(item.lower);
    upper.push_back(item.upper);
  }
  out.Doubles("lower", lower);
  out.Doubles("upper", upper);
  out.Bool("left_indicators", left_indicators);
  out.Bool("right_indicators", right_indicators);
}

CappedColumns CappedColumns::Load(ArtifactReader& in) {
  CappedColumns made;
  made.columns = ChosenColumns::Load(in);
  const std::vector<double> lower = in.Doubles("lower");
  const std::vector<double> upper = in.Doubles("upper");
  const std::size_t count = made.columns.chosen.size();
  if (lower.size() != count || upper.size() != count) {
    in.Refuse(
        "two bounds for each of " + std::to_string(count) + " columns",
        std::to_string(lower.size()) + " and " + std::to_string(upper.size()));
  }
  for (std::size_t i = 0; i < count; ++i) {
    if (std::isnan(lower[i]) || std::isnan(upper[i])) {
      in.Refuse("bounds that are numbers", "NaN");
    }
    made.caps.push_back({lower[i], upper[i]});
  }
  made.left_indicators = in.Bool("left_indicators");
  made.right_indicators = in.Bool("right_indicators");
  return made;
}

}  // namespace tidemill
