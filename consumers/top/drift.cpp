#include "consumers/top/drift.h"

#include <algorithm>
#include <array>
#include <span>
#include <tuple>
#include <utility>

#include "consumers/top/bins.h"

namespace tidemill {
namespace {

using Columns = DriftIncrease::Columns;

constexpr std::array<NamedDriftFigure, 1> kScoreFigures = {
    {{"score_psi", &DriftFigures::psi}}};

Columns CountsOf(const DriftReading& reading) {
  Columns columns;
  for (const auto& [name, column] : reading.columns) {
    columns[name] = column.counts;
  }
  return columns;
}

/// What is missing counts as 0.
double ValueOf(const Columns& columns, const DriftColumnName& name,
               const std::string& bin) {
  const auto column = columns.find(name);
  if (column == columns.end()) return 0.0;
  const auto found = column->second.find(bin);
  return found == column->second.end() ? 0.0 : found->second;
}

/// Counters of a version begin anew together.
bool HasFallen(const Columns& before, const Columns& now) {
  for (const auto& [name, bins] : before) {
    for (const auto& [bin, count] : bins) {
      if (ValueOf(now, name, bin) < count) return true;
    }
  }
  return false;
}

/// `earlier` + `now` - `before`, over the bins of `now`.
Columns Accumulated(const Columns& earlier, const Columns& now,
                    const Columns& before) {
  Columns sum = now;
  for (auto& [name, bins] : sum) {
    for (auto& [bin, count] : bins) {
      count += ValueOf(earlier, name, bin) - ValueOf(before, name, bin);
    }
  }
  return sum;
}

/// One version of one file, and where it was read.
struct Group {
  std::vector<const DriftInput*> inputs;
  std::vector<const DriftReading*> readings;
};

using GroupKey = std::tuple<std::string, std::string, std::string, std::string>;

std::map<GroupKey, Group> GroupsOf(const std::vector<DriftInput>& instances) {
  std::map<GroupKey, Group> groups;
  for (const DriftInput& input : instances) {
    for (const auto& [version, drift] : input.reading->drift) {
      Group& group = groups[{input.reading->service, version.first,
                             version.second, input.reading->DigestOf(version)}];
      group.inputs.push_back(&input);
      group.readings.push_back(&drift);
    }
  }
  return groups;
}

/// The counts of one column, added up, and the baseline that they are beside.
struct ColumnSum {
  BinValues counts;
  BinValues baseline;
  std::optional<double> rows;
  std::string problem;
};

/// Computes the figures of one group.
class GroupFigures {
 public:
  GroupFigures(const GroupKey& key, const Group& group)
      : group_(&group), version_(std::get<1>(key), std::get<2>(key)) {
    figures_.service = std::get<0>(key);
    std::tie(figures_.model, figures_.version) = version_;
    figures_.digest = std::get<3>(key);
    for (std::size_t i = 0; i < group.inputs.size(); ++i) {
      const InstanceReading& reading = *group.inputs[i]->reading;
      figures_.instances.push_back(group.inputs[i]->instance);
      figures_.window_events.push_back(group.readings[i]->window_events);
      figures_.min_events =
          std::max(figures_.min_events, reading.min_events.value_or(0.0));
      if (reading.sample_ratio) figures_.sample_ratio = reading.sample_ratio;
      AddThresholds(reading.thresholds);
    }
  }

  DriftVersionFigures Compute() {
    std::map<DriftColumnName, bool> names;
    for (const DriftReading* reading : group_->readings) {
      for (const auto& [name, column] : reading->columns) names[name] = true;
    }
    figures_.since_start = HasEnoughSinceStart();
    for (const auto& [name, unused] : names) {
      figures_.columns.push_back(ColumnFigures(name));
    }
    Sort();
    return std::move(figures_);
  }

 private:
  /// The strictest of the instances.
  void AddThresholds(const std::map<std::string, double>& thresholds) {
    for (const auto& [statistic, threshold] : thresholds) {
      if (threshold <= 0.0) continue;
      const auto added = thresholds_.emplace(statistic, threshold).first;
      added->second = std::min(added->second, threshold);
    }
  }

  /// As many events in every column, the score's too: each is counted once.
  bool HasEnoughSinceStart() const {
    double events = 0.0;
    for (const DriftInput* input : group_->inputs) {
      const Columns* columns = input->since_start->Of(version_);
      if (columns == nullptr || columns->empty()) continue;
      double least = SumOf(columns->begin()->second);
      for (const auto& [name, bins] : *columns) {
        least = std::min(least, SumOf(bins));
      }
      events += least;
    }
    return events > 0.0 && events >= figures_.min_events;
  }

  const BinValues* CountsOf(std::size_t instance,
                            const DriftColumnName& name) const {
    if (!figures_.since_start) {
      return &group_->readings[instance]->columns.at(name).counts;
    }
    const Columns* columns =
        group_->inputs[instance]->since_start->Of(version_);
    if (columns == nullptr || !columns->contains(name)) return nullptr;
    return &columns->at(name);
  }

  ColumnSum SumColumn(const DriftColumnName& name) const {
    ColumnSum sum;
    bool first = true;
    for (std::size_t i = 0; i < group_->readings.size(); ++i) {
      const DriftReading& reading = *group_->readings[i];
      const auto column = reading.columns.find(name);
      if (column == reading.columns.end()) continue;
      if (first) {
        sum.baseline = column->second.baseline;
        if (!name.is_score) sum.rows = reading.baseline_rows;
      } else if (sum.baseline != column->second.baseline) {
        sum.problem = "the instances' baselines differ";
        break;
      }
      first = false;
      const BinValues* counts = CountsOf(i, name);
      if (counts == nullptr) continue;
      for (const auto& [bin, count] : *counts) sum.counts[bin] += count;
    }
    return sum;
  }

  DriftColumnFigures ColumnFigures(const DriftColumnName& name) const {
    const ColumnSum sum = SumColumn(name);
    DriftColumnFigures column;
    column.name = name;
    column.problem = sum.problem;
    DriftFigures figures;
    if (column.problem.empty()) {
      column.events = SumOf(sum.counts);
      figures = FiguresOfBins(sum.counts, sum.baseline,
                              sum.rows ? &*sum.rows : nullptr, column.problem);
    }
    column.enough = column.events > 0.0 && column.events >= figures_.min_events;
    const auto missing = sum.baseline.find("missing");
    const double base = missing == sum.baseline.end() ? 0.0 : missing->second;
    for (const auto& [statistic, value] :
         name.is_score ? std::span<const NamedDriftFigure>(kScoreFigures)
                       : std::span<const NamedDriftFigure>(kDriftFigures)) {
      column.statistics.push_back(
          Judge(name, statistic, figures.*value,
                statistic == "missing_ratio" ? base : 0.0, column.enough));
    }
    SetWorst(column);
    return column;
  }

  DriftStatistic Judge(const DriftColumnName& name, std::string_view statistic,
                       std::optional<double> value, double base,
                       bool enough) const {
    DriftStatistic judged;
    judged.name = statistic;
    judged.value = value;
    const auto threshold = thresholds_.find(std::string(statistic));
    if (threshold != thresholds_.end()) judged.threshold = threshold->second;
    if (value && judged.threshold) {
      judged.excess = (*value - base) / *judged.threshold;
      judged.over = enough && *judged.excess > 1.0;
      if (enough) judged.rank = *judged.excess;
    }
    for (std::size_t i = 0; i < group_->readings.size(); ++i) {
      JudgeInstance(*group_->readings[i], name, base, judged);
    }
    return judged;
  }

  void JudgeInstance(const DriftReading& reading, const DriftColumnName& name,
                     double base, DriftStatistic& judged) const {
    judged.by_instance.emplace_back();
    const auto column = reading.columns.find(name);
    if (column == reading.columns.end()) return;
    const auto gauge = column->second.gauges.find(std::string(judged.name));
    if (gauge == column->second.gauges.end()) return;
    judged.by_instance.back() = gauge->second;
    const double events = reading.window_events.value_or(0.0);
    if (!judged.threshold || events <= 0.0 || events < figures_.min_events) {
      return;
    }
    const double excess = (gauge->second - base) / *judged.threshold;
    judged.rank = std::max(judged.rank, excess);
    if (excess > 1.0) ++judged.instances_over;
  }

  static void SetWorst(DriftColumnFigures& column) {
    const auto weight = [](const DriftStatistic& statistic) {
      return std::tuple(statistic.over || statistic.instances_over > 0,
                        statistic.rank, statistic.excess.value_or(0.0));
    };
    for (std::size_t i = 1; i < column.statistics.size(); ++i) {
      if (weight(column.statistics[i]) >
          weight(column.statistics[column.worst])) {
        column.worst = i;
      }
    }
  }

  void Sort() {
    const auto weight = [](const DriftColumnFigures& column) {
      return std::tuple(column.IsDrift(), column.lead().rank,
                        column.lead().excess.value_or(0.0));
    };
    std::stable_sort(
        figures_.columns.begin(), figures_.columns.end(),
        [&](const auto& a, const auto& b) { return weight(a) > weight(b); });
  }

  const Group* group_;
  VersionName version_;
  std::map<std::string, double> thresholds_;
  DriftVersionFigures figures_;
};

}  // namespace

void DriftIncrease::Add(const InstanceReading* before,
                        const InstanceReading& now, bool restarted) {
  std::map<VersionName, Columns> versions;
  for (const auto& [version, drift] : now.drift) {
    const Columns counts = CountsOf(drift);
    if (before == nullptr) {
      versions[version] = Accumulated({}, counts, counts);
      continue;
    }
    const auto old = before->drift.find(version);
    const Columns old_counts = old == before->drift.end() || restarted
                                   ? Columns{}
                                   : CountsOf(old->second);
    const bool other_file = before->DigestOf(version) != now.DigestOf(version);
    const bool anew = other_file || HasFallen(old_counts, counts);
    versions[version] = Accumulated(other_file ? Columns{} : versions_[version],
                                    counts, anew ? Columns{} : old_counts);
  }
  versions_ = std::move(versions);
}

const Columns* DriftIncrease::Of(const VersionName& version) const {
  const auto found = versions_.find(version);
  return found == versions_.end() ? nullptr : &found->second;
}

bool DriftColumnFigures::IsDrift() const {
  return std::any_of(statistics.begin(), statistics.end(),
                     [](const DriftStatistic& statistic) {
                       return statistic.over || statistic.instances_over > 0;
                     });
}

std::vector<DriftVersionFigures> SumDrift(
    const std::vector<DriftInput>& instances) {
  std::vector<DriftVersionFigures> figures;
  for (const auto& [key, group] : GroupsOf(instances)) {
    figures.push_back(GroupFigures(key, group).Compute());
  }
  return figures;
}

}  // namespace tidemill
