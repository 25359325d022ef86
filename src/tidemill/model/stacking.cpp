#include "tidemill/model/stacking.h"

#include <algorithm>
#include <string>
#include <utility>

#include "tidemill/core/errors.h"
#include "tidemill/features/step.h"
#include "tidemill/model/scratch.h"

namespace tidemill {
namespace {

[[noreturn]] void Refuse(std::string expected, std::string got) {
  throw ArtifactError({.where = "stacking",
                       .expected = std::move(expected),
                       .got = std::move(got)});
}

}  // namespace

Stacking::Stacking(std::vector<Member> members,
                   std::vector<std::uint64_t> passthrough,
                   PredictorPtr final_predictor)
    : members_(std::move(members)),
      passthrough_(std::move(passthrough)),
      final_predictor_(std::move(final_predictor)),
      num_features_(NumFeatures(members_)) {
  if (members_.empty()) Refuse("at least one member", "none");
  std::size_t made = passthrough_.size();
  for (const Member& member : members_) {
    const std::size_t outputs = member.predictor().num_outputs();
    made += outputs;
    most_outputs_ = std::max(most_outputs_, outputs);
  }
  if (made != final_predictor_->num_features()) {
    Refuse(std::to_string(final_predictor_->num_features()) +
               " features for the final predictor",
           std::to_string(made));
  }
  for (const std::uint64_t column : passthrough_) {
    if (column >= kMaxColumns) {
      Refuse("columns below " + std::to_string(kMaxColumns),
             std::to_string(column));
    }
    num_features_ =
        std::max(num_features_, static_cast<std::size_t>(column) + 1);
  }
}

void Stacking::MakeFinalFeatures(const Eigen::Ref<const RowMatrix>& features,
                                 Eigen::Ref<RowMatrix> made) const {
  const Eigen::Index rows = made.rows();
  const Scratch scratch(static_cast<std::size_t>(rows) * most_outputs_);
  Eigen::Index at = 0;
  for (const Member& member : members_) {
    const std::size_t width = member.predictor().num_outputs();
    const auto columns = static_cast<Eigen::Index>(width);
    const std::span<double> outputs =
        scratch.numbers().first(static_cast<std::size_t>(rows) * width);
    member.Predict(features, outputs);
    made.middleCols(at, columns) =
        Eigen::Map<const RowMatrix>(outputs.data(), rows, columns);
    at += columns;
  }
  for (const std::uint64_t column : passthrough_) {
    made.col(at++) = features.col(static_cast<Eigen::Index>(column)).head(rows);
  }
}

void Stacking::Predict(const Eigen::Ref<const RowMatrix>& features,
                       std::span<double> outputs) const {
  const std::size_t rows = outputs.size() / num_outputs();
  const std::size_t width = final_predictor_->num_features();
  const Scratch scratch(rows * width);
  Eigen::Map<RowMatrix> made(scratch.numbers().data(),
                             static_cast<Eigen::Index>(rows),
                             static_cast<Eigen::Index>(width));
  MakeFinalFeatures(features, made);
  final_predictor_->Predict(made, outputs);
}

void Stacking::Save(ArtifactWriter& out) const {
  SaveMembers(members_, out);
  out.U64s("passthrough", passthrough_);
  SaveNested("final", *final_predictor_, out);
}

PredictorPtr Stacking::Load(ArtifactReader& in, int levels) {
  std::vector<Member> members = LoadMembers(in, levels);
  std::vector<std::uint64_t> passthrough = in.U64s("passthrough");
  return std::make_unique<Stacking>(std::move(members), std::move(passthrough),
                                    LoadNested("final", in, levels));
}

}  // namespace tidemill
