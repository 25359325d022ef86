#include "tidemill/serving/batch_groups.h"

namespace tidemill {
namespace {

std::string_view ValueOf(const Record& record) {
  return record.value.value_or(std::string_view());
}

void Add(const StageTimes& part, StageTimes& sum) {
  sum.decode += part.decode;
  sum.features += part.features;
  sum.predict += part.predict;
  sum.whole += part.whole;
}

}  // namespace

void BatchGroups::Score(std::span<const Record> records, const ModelSet& models,
                        VersionRecorders& recorders, std::uint64_t end_token) {
  const std::span<Group> groups = Open(models);
  Distribute(records, models);
  times_ = {};
  ignored_fields_ = 0;
  for (Group& group : groups) {
    if (group.values.empty()) continue;
    group.recorder = &recorders.Of(group.model->metrics, end_token);
    group.scored = group.scorer.Score(*group.model, group.values);
    Add(group.scorer.times(), times_);
    ignored_fields_ += group.scorer.ignored_fields();
  }
}

void BatchGroups::TakeInputs(std::size_t i, const Record& record) {
  const Place place = PlaceOf(i);
  Group& group = groups_[place.group];
  const ScoredEvent& scored = group.scored[place.event];
  if (scored.error == nullptr &&
      group.recorder->Samples(record.partition, record.offset)) {
    group.rows.push_back(scored.row);
  }
}

void BatchGroups::CountInputs() {
  for (Group& group : groups_) {
    if (group.rows.empty()) continue;
    const ScoredInputs inputs = group.scorer.inputs();
    group.recorder->CountInputs(inputs.batch, inputs.features, inputs.scores,
                                group.rows);
    group.rows.clear();
  }
}

std::span<BatchGroups::Group> BatchGroups::Open(const ModelSet& models) {
  const std::size_t wanted = 1 + models.canaries.size();
  while (groups_.size() < wanted) groups_.emplace_back(limits_);
  for (std::size_t i = 0; i < wanted; ++i) {
    groups_[i].model =
        i == 0 ? &models.champion : &models.canaries[i - 1].served;
    groups_[i].values.clear();
    groups_[i].rows.clear();
  }
  return std::span(groups_).first(wanted);
}

void BatchGroups::Distribute(std::span<const Record> records,
                             const ModelSet& models) {
  places_.clear();
  if (models.canaries.empty()) {
    for (const Record& record : records) {
      groups_.front().values.push_back(ValueOf(record));
    }
    return;
  }
  for (const Record& record : records) {
    const std::size_t group = router_.Choose(record, models);
    std::vector<std::string_view>& values = groups_[group].values;
    places_.push_back({.group = group, .event = values.size()});
    values.push_back(ValueOf(record));
  }
}

}  // namespace tidemill
