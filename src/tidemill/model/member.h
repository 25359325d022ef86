#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tidemill/model/predictor.h"

namespace tidemill {

/// A predictor within another one, and which of that one's features it takes.
class Member {
 public:
  static constexpr std::size_t kMaxMembers = 10'000;

  Member() = default;  ///< to be filled
  /// `columns` in the order in which the predictor takes them. Throws
  /// ArtifactError unless there are as many as it has features.
  Member(std::vector<std::uint64_t> columns, PredictorPtr predictor);

  const Predictor& predictor() const { return *predictor_; }
  /// How many features the predictor around it must have at least.
  std::size_t least_features() const { return least_features_; }

  /// As Predictor::Predict, of its columns of `features`.
  void Predict(const Eigen::Ref<const RowMatrix>& features,
               std::span<double> outputs) const;

  void Save(ArtifactWriter& out) const;
  /// `levels` of predictors within predictors are left.
  static Member Load(ArtifactReader& in, int levels);

 private:
  std::vector<std::uint64_t> columns_;
  PredictorPtr predictor_;
  std::size_t least_features_ = 0;
  bool side_by_side_ = false;
};

/// Throws ArtifactError unless there are 1 to kMaxMembers with equally many
/// outputs; `where` names the predictor around them.
void CheckEqualOutputs(std::span<const Member> members,
                       const std::string& where);

/// How many features a predictor of these members takes: up to the last that
/// one of them does.
std::size_t NumFeatures(std::span<const Member> members);

/// True when every member computes in float32.
bool AllSinglePrecision(std::span<const Member> members);
/// True when a member rounds its features to float32.
bool AnyFloat32Features(std::span<const Member> members);

void SaveMembers(std::span<const Member> members, ArtifactWriter& out);
std::vector<Member> LoadMembers(ArtifactReader& in, int levels);

/// A predictor as the one item of a list, which is how it stands in another.
void SaveNested(std::string_view name, const Predictor& predictor,
                ArtifactWriter& out);
/// `levels` is how many predictors may lie one within the other from the one
/// that asks on. Throws ArtifactError when there are more.
PredictorPtr LoadNested(std::string_view name, ArtifactReader& in, int levels);

}  // namespace tidemill
