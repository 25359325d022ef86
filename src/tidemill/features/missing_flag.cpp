#include "tidemill/features/missing_flag.h"

#include <cmath>

namespace tidemill {
namespace {

class IsMissingNumber final : public NumberMap {
 public:
  void Apply(std::span<double> values) const override {
    for (double& value : values) value = std::isnan(value) ? 1.0 : 0.0;
  }
  bool nondecreasing() const override { return true; }
};

class IsMissingTime final : public Kernel {
 public:
  void Apply(std::span<const ColumnValues> inputs,
             std::span<double> out) const override {
    for (std::size_t i = 0; i < out.size(); ++i) {
      out[i] = inputs[0].timestamps[i].missing() ? 1.0 : 0.0;
    }
  }
};

class IsMissingText final : public Kernel {
 public:
  void Apply(std::span<const ColumnValues> inputs,
             std::span<double> out) const override {
    for (std::size_t i = 0; i < out.size(); ++i) {
      out[i] = inputs[0].texts[i].data() == nullptr ? 1.0 : 0.0;
    }
  }
};

}  // namespace

ExpressionPtr MakeMissingFlag(const ExpressionPtr& input) {
  std::string name = "missingindicator_" + input->column.name;
  switch (input->column.kind) {
    case ColumnKind::kNumber:
      return MakeMap(std::move(name), input,
                     std::make_shared<IsMissingNumber>());
    case ColumnKind::kTimestamp:
      return MakeKernel(std::move(name), {input},
                        std::make_shared<IsMissingTime>());
    case ColumnKind::kText:
      return MakeKernel(std::move(name), {input},
                        std::make_shared<IsMissingText>());
    case ColumnKind::kCategory:
      break;
  }
  std::vector<double> table(input->column.categories.size() + kTableShift, 0.0);
  table[1] = 1.0;
  return MakeTable(std::move(name), input, std::move(table));
}

}  // namespace tidemill
