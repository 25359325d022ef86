#include "tidemill/model/member.h"

#include <algorithm>
#include <array>
#include <utility>

#include "tidemill/core/errors.h"
#include "tidemill/features/step.h"
#include "tidemill/model/scratch.h"

namespace tidemill {
namespace {

bool SideBySide(const std::vector<std::uint64_t>& columns) {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i] != columns[0] + i) return false;
  }
  return true;
}

}  // namespace

Member::Member(std::vector<std::uint64_t> columns, PredictorPtr predictor)
    : columns_(std::move(columns)), predictor_(std::move(predictor)) {
  const std::string where = "member, " + std::string(predictor_->family());
  if (columns_.empty() || columns_.size() != predictor_->num_features()) {
    throw ArtifactError(
        {.where = where,
         .expected = std::to_string(predictor_->num_features()) +
                     " columns, and at least one",
         .got = std::to_string(columns_.size())});
  }
  const std::uint64_t last =
      *std::max_element(columns_.begin(), columns_.end());
  if (last >= kMaxColumns) {
    throw ArtifactError(
        {.where = where,
         .expected = "columns below " + std::to_string(kMaxColumns),
         .got = std::to_string(last)});
  }
  least_features_ = static_cast<std::size_t>(last) + 1;
  side_by_side_ = SideBySide(columns_);
}

void Member::Predict(const Eigen::Ref<const RowMatrix>& features,
                     std::span<double> outputs) const {
  const auto rows =
      static_cast<Eigen::Index>(outputs.size() / predictor_->num_outputs());
  const auto width = static_cast<Eigen::Index>(columns_.size());
  if (side_by_side_) {
    const auto first = static_cast<Eigen::Index>(columns_[0]);
    predictor_->Predict(features.block(0, first, rows, width), outputs);
    return;
  }
  const Scratch scratch(static_cast<std::size_t>(rows * width));
  Eigen::Map<RowMatrix> ours(scratch.numbers().data(), rows, width);
  for (Eigen::Index j = 0; j < width; ++j) {
    ours.col(j) = features
                      .col(static_cast<Eigen::Index>(
                          columns_[static_cast<std::size_t>(j)]))
                      .head(rows);
  }
  predictor_->Predict(ours, outputs);
}

void Member::Save(ArtifactWriter& out) const {
  out.U64s("columns", columns_);
  SaveNested("predictor", *predictor_, out);
}

Member Member::Load(ArtifactReader& in, int levels) {
  std::vector<std::uint64_t> columns = in.U64s("columns");
  return {std::move(columns), LoadNested("predictor", in, levels)};
}

void CheckEqualOutputs(std::span<const Member> members,
                       const std::string& where) {
  if (members.empty() || members.size() > Member::kMaxMembers) {
    throw ArtifactError(
        {.where = where,
         .expected = "1 to " + std::to_string(Member::kMaxMembers) + " members",
         .got = std::to_string(members.size())});
  }
  const std::size_t outputs = members[0].predictor().num_outputs();
  for (const Member& member : members) {
    if (member.predictor().num_outputs() == outputs) continue;
    throw ArtifactError(
        {.where = where,
         .expected = "equally many outputs of every member",
         .got = std::to_string(outputs) + " and " +
                std::to_string(member.predictor().num_outputs())});
  }
}

std::size_t NumFeatures(std::span<const Member> members) {
  std::size_t features = 0;
  for (const Member& member : members) {
    features = std::max(features, member.least_features());
  }
  return features;
}

bool AllSinglePrecision(std::span<const Member> members) {
  return std::all_of(members.begin(), members.end(), [](const Member& member) {
    return member.predictor().single_precision();
  });
}

bool AnyFloat32Features(std::span<const Member> members) {
  return std::any_of(members.begin(), members.end(), [](const Member& member) {
    return member.predictor().float32_features();
  });
}

void SaveMembers(std::span<const Member> members, ArtifactWriter& out) {
  out.Each("members", members, [&](const Member& member) { member.Save(out); });
}

std::vector<Member> LoadMembers(ArtifactReader& in, int levels) {
  return in.Each<Member>(
      "members", Member::kMaxMembers, 24,
      [&](Member& member) { member = Member::Load(in, levels); });
}

void SaveNested(std::string_view name, const Predictor& predictor,
                ArtifactWriter& out) {
  out.Each(name, std::array{&predictor},
           [&](const Predictor* one) { SavePredictor(*one, out); });
}

PredictorPtr LoadNested(std::string_view name, ArtifactReader& in, int levels) {
  if (levels <= 1) {
    in.Refuse("at most " + std::to_string(kMaxPredictorLevels) +
                  " predictors one within the other",
              "more");
  }
  std::vector<PredictorPtr> predictors =
      in.Each<PredictorPtr>(name, 1, 8, [&](PredictorPtr& predictor) {
        predictor = LoadPredictor(in, levels - 1);
      });
  if (predictors.empty()) in.Refuse("one " + std::string(name), "none");
  return std::move(predictors[0]);
}

}  // namespace tidemill
