#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "benchmarks/drift/studies.h"
#include "benchmarks/drift/trainings.h"
#include "benchmarks/drift/watched_stream.h"
#include "tidemill/simulation/dice.h"

namespace tidemill {
namespace {

/// Events between two looks, and in a stretch.
constexpr std::size_t kStep = 500;
/// So many windows' worth of drifted events are waited for.
constexpr std::size_t kPatience = 2;
constexpr std::size_t kDriftedRows = 100'000;

struct Shift {
  std::string field;
  std::string change;  ///< as ParseDrift reads it
  std::string words;
};

Shift Moved(const EventPool& pool, const std::string& field, int decimals,
            double deviations) {
  const double amount = deviations * pool.StandardDeviation(field);
  return {field, fmt::format("{:+.{}f}", amount, decimals),
          fmt::format("{:+} standard deviations", deviations)};
}

Shift Replaced(const std::string& field, double share) {
  return {field, fmt::format("value:Something new:{}", share),
          fmt::format("a new category in {:.0f} %", 100 * share)};
}

Shift Lost(const std::string& field, double share) {
  return {field, fmt::format("missing:{}", share),
          fmt::format("{:.0f} % missing", 100 * share)};
}

struct WatchedFields {
  struct Number {
    std::string name;
    int decimals;
  };
  std::vector<Number> numbers;
  std::vector<std::string> categories;
};

/// Churn: a number with two humps, one with a long tail, one near a flat line;
/// taxi: one like a normal distribution, one with a long tail.
WatchedFields FieldsOf(const std::string& service) {
  if (service == "churn") {
    return {{{"MonthlyCharges", 2}, {"TotalCharges", 2}, {"tenure", 0}},
            {"Contract"}};
  }
  return {{{"pickup_latitude", 4}, {"distance", 2}}, {"color", "pickup_zone"}};
}

std::vector<Shift> ShiftsOf(const EventPool& pool, const std::string& service) {
  const WatchedFields fields = FieldsOf(service);
  std::vector<Shift> shifts;
  for (const auto& [name, decimals] : fields.numbers) {
    for (const double deviations : {0.25, -0.25, 0.5, 1.0}) {
      shifts.push_back(Moved(pool, name, decimals, deviations));
    }
    for (const double share : {0.1, 0.3}) shifts.push_back(Lost(name, share));
  }
  for (const std::string& name : fields.categories) {
    for (const double share : {0.05, 0.2}) {
      shifts.push_back(Replaced(name, share));
    }
    for (const double share : {0.1, 0.3}) shifts.push_back(Lost(name, share));
  }
  return shifts;
}

std::vector<std::string> Over(const DriftReport& report,
                              const std::string& column) {
  if (column == "score") return report.score->over;
  const auto place =
      std::ranges::find(report.features, column, &DriftColumnReport::feature);
  return place == report.features.end() ? std::vector<std::string>()
                                        : place->over;
}

/// The first look at which a column was over.
struct Notice {
  std::size_t events = 0;
  std::vector<std::string> over;
};

/// What many streams under one shift said.
class Detections {
 public:
  void Add(const std::optional<Notice>& notice) {
    if (!notice) {
      ++missed_;
      return;
    }
    events_.push_back(notice->events);
    for (const std::string& name : notice->over) ++first_[name];
  }

  /// Median, 95 %, missed, what said it; dashes when nobody watched.
  void AppendTo(std::vector<nlohmann::json>& row) {
    if (events_.empty() && missed_ == 0) {
      row.insert(row.end(), 4, "-");
      return;
    }
    std::ranges::sort(events_);
    row.push_back(Quantile(0.5));
    row.push_back(Quantile(0.95));
    row.emplace_back(missed_);
    std::string names;
    for (const auto& [name, streams] : first_) {
      names += fmt::format("{}{} {}", names.empty() ? "" : ", ", name, streams);
    }
    row.emplace_back(names);
  }

 private:
  /// Of all streams, those that missed it last.
  nlohmann::json Quantile(double share) const {
    const auto all = static_cast<double>(events_.size() + missed_);
    const auto rank = static_cast<std::size_t>(std::ceil(share * all));
    if (rank > events_.size()) return "never";
    return events_[rank - 1];
  }

  std::vector<std::size_t> events_;
  std::size_t missed_ = 0;
  std::map<std::string, std::size_t> first_;
};

class ShiftStudy {
 public:
  /// `model`, which may be null, gives the scores.
  ShiftStudy(const TrainingConfig& config, const EventPool& pool,
             const LoadedModel* model, std::size_t rows,
             const StudyOptions& options)
      : config_(config),
        clean_{&pool, ScoresBy(model, pool)},
        model_(model),
        rows_(rows),
        options_(options) {}

  std::vector<nlohmann::json> Run(const EventPool& pool, const Shift& shift) {
    const Source drifted{&pool, ScoresBy(model_, pool)};
    const std::size_t full = options_.drift.window.events;
    Detections after_full;
    Detections from_start;
    Detections of_score;
    Random random(options_.seed + 77);
    for (std::size_t i = 0; i < options_.repeats; ++i) {
      const Training training =
          DrawTraining(config_, *clean_.pool, clean_.scores, rows_, random);
      std::vector<std::string> columns = {shift.field};
      Notices notices = Watch(training, drifted, columns, 0, random);
      from_start.Add(notices[shift.field]);
      if (model_ != nullptr) columns.emplace_back("score");
      notices = Watch(training, drifted, columns, full, random);
      after_full.Add(notices[shift.field]);
      if (model_ != nullptr) of_score.Add(notices["score"]);
    }
    std::vector<nlohmann::json> row = {config_.name, rows_, shift.field,
                                       shift.words};
    after_full.AppendTo(row);
    from_start.AppendTo(row);
    of_score.AppendTo(row);
    std::fprintf(stderr, "%s: %s %s\n", config_.name.c_str(),
                 shift.field.c_str(), shift.words.c_str());
    return row;
  }

 private:
  using Notices = std::map<std::string, std::optional<Notice>>;
  struct Source {
    const EventPool* pool;
    std::vector<double> scores;  ///< by its rows, or none
  };

  static std::vector<double> ScoresBy(const LoadedModel* model,
                                      const EventPool& pool) {
    return model == nullptr ? std::vector<double>() : ScoresOf(*model, pool);
  }

  /// When each of the columns is first over, after so many clean events.
  Notices Watch(const Training& training, const Source& drifted,
                const std::vector<std::string>& columns, std::size_t clean,
                Random& random) const {
    WatchedStream stream(training, options_.drift);
    const PoolReader before(*clean_.pool, training.schema);
    for (std::size_t sent = 0; sent < clean; sent += kStep) {
      stream.Send(before, clean_.scores, kStep, random);
      stream.Slide();
    }
    const PoolReader after(*drifted.pool, training.schema);
    const std::size_t patience =
        kPatience * options_.drift.window.events + options_.drift.min_events;
    Notices notices;
    for (std::size_t sent = kStep;
         sent <= patience && notices.size() < columns.size(); sent += kStep) {
      stream.Send(after, drifted.scores, kStep, random);
      stream.Slide();
      const DriftReport report = stream.Report();
      for (const std::string& column : columns) {
        const std::vector<std::string> over = Over(report, column);
        if (!over.empty()) notices.try_emplace(column, Notice{sent, over});
      }
    }
    return notices;
  }

  const TrainingConfig& config_;
  Source clean_;
  const LoadedModel* model_;
  std::size_t rows_;
  const StudyOptions& options_;
};

ResultTable EmptyTable() {
  ResultTable table{"detection", {"service", "rows", "field", "shift"}, {}};
  for (const char* when : {"full window", "from a start", "score"}) {
    for (const char* what : {"median", "95 %", "never", "said by"}) {
      table.columns.push_back(fmt::format("{}: {}", when, what));
    }
  }
  return table;
}

/// Independent draws of one field, moved by so many standard deviations.
EventPool NormalPool(const Schema& schema, std::uint64_t seed, std::size_t rows,
                     double shift) {
  Dataset data;
  data.schema = schema;
  data.events = EventBatch(schema);
  data.target.assign(rows, 0.0);
  for (std::size_t i = 0; i < rows; ++i) data.events.AppendRow();
  for (std::size_t i = 0; i < rows; ++i) {
    data.events.numbers(0)[i] = shift + Dice(seed, 1, i).Normal();
  }
  return EventPool(std::move(data));
}

}  // namespace

ResultTable StudyDetection(const TrainingConfig& config, const EventPool& pool,
                           const StudyOptions& options) {
  ResultTable table = EmptyTable();
  const std::size_t rows = options.rows.front();
  const LoadedModelPtr model = LearnModel(config, options.seed + 1000, rows);
  ShiftStudy study(config, pool, model.get(), rows, options);
  for (const Shift& shift : ShiftsOf(pool, config.name)) {
    const EventPool drifted(config, options.seed + 500, kDriftedRows,
                            {shift.field + "=" + shift.change});
    table.rows.push_back(study.Run(drifted, shift));
  }
  return table;
}

ResultTable StudyNormalDetection(const StudyOptions& options) {
  constexpr std::size_t kCleanRows = 500'000;
  ResultTable table = EmptyTable();
  TrainingConfig config;
  config.name = "normal";
  Field field;
  field.name = "x";
  config.schema = Schema({field}, "", "");
  const EventPool pool =
      NormalPool(config.schema, options.seed, kCleanRows, 0.0);
  ShiftStudy study(config, pool, nullptr, options.rows.front(), options);
  for (const double deviations : {0.25, 0.5, 1.0}) {
    const EventPool drifted =
        NormalPool(config.schema, options.seed + 500, kDriftedRows, deviations);
    table.rows.push_back(study.Run(
        drifted,
        {"x", "", fmt::format("{:+} standard deviations", deviations)}));
  }
  return table;
}

}  // namespace tidemill
