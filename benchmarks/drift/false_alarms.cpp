#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <map>
#include <optional>
#include <string_view>

#include "benchmarks/drift/studies.h"
#include "benchmarks/drift/trainings.h"
#include "benchmarks/drift/watched_stream.h"

namespace tidemill {
namespace {

/// Events between two looks, and in a stretch.
constexpr std::size_t kStep = 500;
/// Every two seconds of an even stream that fills the default window.
constexpr std::size_t kEventsPerLook = 167;
constexpr std::size_t kLooksPerDay = 43'200;
constexpr std::array kQuantiles = {0.5, 0.99, 0.999, 1.0};

std::vector<DriftColumnReport> Columns(const DriftReport& report) {
  std::vector<DriftColumnReport> columns = report.features;
  if (report.score) columns.push_back(*report.score);
  return columns;
}

/// The figures that have thresholds, by the thresholds' names.
std::map<std::string, double> Figures(const DriftColumnReport& column) {
  std::map<std::string, double> figures;
  const auto add = [&figures](const char* name, std::optional<double> figure) {
    if (figure) figures[name] = *figure;
  };
  const DriftFigures& own = column.figures;
  if (column.feature == "score") {
    add("score_psi", own.psi);
    return figures;
  }
  add("psi", own.psi);
  add("js_distance", own.js_distance);
  add("ks", own.ks);
  if (own.missing_ratio) {
    add("missing_ratio", *own.missing_ratio - column.baseline.back());
  }
  add("unseen_ratio", own.unseen_ratio);
  add("out_of_range_ratio", own.out_of_range_ratio);
  return figures;
}

/// What many windows said.
class Judgements {
 public:
  explicit Judgements(std::string when) : when_(std::move(when)) {}

  void Add(const DriftReport& report) {
    ++windows_;
    bool breached = false;
    std::map<std::string, double> greatest;
    for (const DriftColumnReport& column : Columns(report)) {
      for (const auto& [name, figure] : Figures(column)) {
        const auto [place, added] = greatest.emplace(name, figure);
        place->second = std::max(place->second, figure);
      }
      for (const std::string& name : column.over) {
        ++causes_[column.feature + ": " + name];
        breached = true;
      }
    }
    if (breached) ++breached_;
    for (const auto& [name, figure] : greatest) {
      greatest_[name].push_back(figure);
    }
  }

  void WriteTo(const std::string& service, std::size_t rows,
               FalseAlarms& result) {
    const auto count = static_cast<double>(windows_);
    result.rates.rows.push_back(
        {service, rows, when_, windows_, breached_,
         1000.0 * static_cast<double>(breached_) / count});
    for (const auto& [cause, windows] : causes_) {
      result.causes.rows.push_back({service, rows, when_, cause, windows});
    }
    for (auto& [name, figures] : greatest_) {
      std::ranges::sort(figures);
      std::vector<nlohmann::json> row = {service, rows, when_, name};
      for (const double share : kQuantiles) {
        const auto rank = static_cast<std::size_t>(std::ceil(share * count));
        row.emplace_back(figures[std::min(rank, figures.size()) - 1]);
      }
      result.figures.rows.push_back(std::move(row));
    }
  }

 private:
  std::string when_;
  std::size_t windows_ = 0;
  std::size_t breached_ = 0;
  std::map<std::string, std::size_t> causes_;
  std::map<std::string, std::vector<double>> greatest_;  ///< per window
};

using Scores = std::vector<std::vector<double>>;  ///< per model

Scores TrainModels(const TrainingConfig& config, const EventPool& pool,
                   std::size_t rows, const StudyOptions& options) {
  Scores scores;
  for (std::size_t i = 0; i < options.models; ++i) {
    scores.push_back(
        ScoresOf(*LearnModel(config, options.seed + 1000 + i, rows), pool));
  }
  std::fprintf(stderr, "%s, %zu rows: %zu models trained\n",
               config.name.c_str(), rows, scores.size());
  return scores;
}

/// Sends until the window has so many events.
void SendUntil(WatchedStream& stream, const PoolReader& reader,
               const std::vector<double>& scores, std::size_t& sent,
               std::size_t events, Random& random) {
  while (sent < events) {
    const std::size_t step = std::min(kStep, events - sent);
    stream.Send(reader, scores, step, random);
    sent += step;
  }
  stream.Slide();
}

}  // namespace

FalseAlarms StudyFalseAlarms(const TrainingConfig& config,
                             const EventPool& pool,
                             const StudyOptions& options) {
  FalseAlarms result{
      .rates = {"false_alarms",
                {"service", "rows", "judged at", "windows", "with a breach",
                 "per 1,000"},
                {}},
      .causes = {"false_alarm_causes",
                 {"service", "rows", "judged at", "breach", "windows"},
                 {}},
      .figures = {"greatest_clean_figures",
                  {"service", "rows", "judged at", "figure", "median", "99 %",
                   "99.9 %", "greatest"},
                  {}}};
  const std::size_t full = options.drift.window.events;
  const std::size_t first = options.drift.min_events;
  for (const std::size_t rows : options.rows) {
    const Scores scores = TrainModels(config, pool, rows, options);
    Judgements at_first(std::to_string(first) + " events");
    Judgements at_full(std::to_string(full) + " events");
    Random random(options.seed + rows);
    for (std::size_t i = 0; i < options.windows; ++i) {
      const std::vector<double>& own = scores[i % scores.size()];
      const Training training = DrawTraining(config, pool, own, rows, random);
      const PoolReader reader(pool, training.schema);
      WatchedStream stream(training, options.drift);
      std::size_t sent = 0;
      SendUntil(stream, reader, own, sent, first, random);
      at_first.Add(stream.Report());
      SendUntil(stream, reader, own, sent, full, random);
      at_full.Add(stream.Report());
    }
    at_first.WriteTo(config.name, rows, result);
    at_full.WriteTo(config.name, rows, result);
  }
  return result;
}

ResultTable StudyDays(const TrainingConfig& config, const EventPool& pool,
                      const StudyOptions& options) {
  ResultTable table{"days",
                    {"service", "rows", "days", "judgements", "with a breach",
                     "days with a breach"},
                    {}};
  for (const std::size_t rows : options.rows) {
    const Scores scores = TrainModels(config, pool, rows, options);
    Random random(options.seed + 10 * rows);
    std::size_t judgements = 0;
    std::size_t breaches = 0;
    std::size_t bad_days = 0;
    for (std::size_t day = 0; day < options.days; ++day) {
      const std::vector<double>& own = scores[day % scores.size()];
      const Training training = DrawTraining(config, pool, own, rows, random);
      const PoolReader reader(pool, training.schema);
      WatchedStream stream(training, options.drift);
      std::size_t breaches_today = 0;
      for (std::size_t look = 0; look < kLooksPerDay; ++look) {
        stream.Send(reader, own, kEventsPerLook, random);
        stream.Slide();
        const DriftReport report = stream.Report();
        if (report.window_events < report.min_events) continue;
        ++judgements;
        const auto columns = Columns(report);
        if (std::ranges::any_of(columns, [](const auto& column) {
              return !column.over.empty();
            })) {
          ++breaches_today;
        }
      }
      breaches += breaches_today;
      if (breaches_today > 0) ++bad_days;
    }
    table.rows.push_back(
        {config.name, rows, options.days, judgements, breaches, bad_days});
    std::fprintf(stderr, "%s, %zu rows: %zu days\n", config.name.c_str(), rows,
                 options.days);
  }
  return table;
}

}  // namespace tidemill
