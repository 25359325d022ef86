#include "tidemill/features/keep_columns.h"

#include <utility>

namespace tidemill {
namespace {

class KeptColumns final : public Step {
 public:
  KeptColumns(std::string_view name, std::vector<std::string> columns)
      : name_(name), columns_(std::move(columns)) {}

  std::string_view name() const override { return name_; }

  std::vector<ExpressionPtr> Bind(
      std::span<const ExpressionPtr> inputs) const override {
    return SelectByName(name_, inputs, columns_);
  }

  void Save(ArtifactWriter& out) const override {
    out.Texts("columns", columns_);
  }

 private:
  std::string_view name_;
  std::vector<std::string> columns_;
};

}  // namespace

StepPtr KeepColumns(std::string_view name, std::vector<std::string> columns) {
  return std::make_unique<KeptColumns>(name, std::move(columns));
}

StepPtr LoadKeptColumns(std::string_view name, ArtifactReader& in) {
  return KeepColumns(name, in.Texts("columns"));
}

}  // namespace tidemill
