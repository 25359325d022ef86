#include "consumers/top/view.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "tidemill/cli/one_line.h"
#include "tidemill/cli/text_table.h"

namespace tidemill {
namespace {

using Kind = ViewLine::Kind;
using Lines = std::vector<ViewLine>;

constexpr std::size_t kMaxRows = 1000;
constexpr std::size_t kMaxReasons = 6;
constexpr std::size_t kWideTerminal = 110;

bool ContinuesCharacter(char c) {
  return (static_cast<unsigned char>(c) & 0xc0U) == 0x80U;
}

std::string Number(std::optional<double> value) {
  if (!value) return {};
  return std::abs(*value) < 100.0 ? fmt::format("{:.1f}", *value)
                                  : fmt::format("{:.0f}", *value);
}

std::string Figure(std::optional<double> value) {
  if (!value) return {};
  return std::abs(*value) < 100.0 ? fmt::format("{:.3f}", *value)
                                  : fmt::format("{:.3g}", *value);
}

std::string Milliseconds(std::optional<double> seconds) {
  if (!seconds) return {};
  return Number(*seconds * 1e3);
}

std::string Count(std::optional<double> value) {
  return value ? fmt::format("{:.0f}", *value) : std::string();
}

std::string Percent(std::optional<double> share) {
  return share ? fmt::format("{:.1f}%", *share * 100.0) : std::string();
}

std::optional<double> SumOf(std::optional<double> a, std::optional<double> b) {
  return a && b ? std::optional(*a + *b) : std::nullopt;
}

/// Keeps the end too: a port, or what tells two names apart.
std::string Shortened(const std::string& name, std::size_t width) {
  const std::string line = OneLine(name);
  constexpr std::size_t kEnd = 6;
  if (CutTo(line, width).size() == line.size()) return line;
  std::size_t end = line.size();
  for (std::size_t i = 0; i < kEnd && end > 0; ++i) {
    --end;
    while (end > 0 && ContinuesCharacter(line[end])) --end;
  }
  return CutTo(line, width - kEnd - 2) + ".." + line.substr(end);
}

/// A table's lines with their kinds.
class Section {
 public:
  explicit Section(std::vector<std::string> headings)
      : table_(std::move(headings)) {}

  void Add(std::vector<std::string> cells, bool bad = false) {
    table_.Add(std::move(cells));
    kinds_.push_back(bad ? Kind::kBad : Kind::kPlain);
  }

  void AppendTo(Lines& lines) const {
    const std::string text = table_.Text();
    std::string_view rest = text;
    for (std::size_t i = 0; !rest.empty(); ++i) {
      const std::size_t end = rest.find('\n');
      lines.push_back({.text = std::string(rest.substr(0, end)),
                       .kind = i == 0 ? Kind::kHeading : kinds_[i - 1]});
      rest.remove_prefix(end + 1);
    }
  }

 private:
  TextTable table_;
  std::vector<Kind> kinds_;
};

class View {
 public:
  View(const TopFigures& figures, const ViewOptions& options)
      : figures_(&figures),
        options_(&options),
        name_width_(options.width == 0              ? 60
                    : options.width < kWideTerminal ? 22
                                                    : 40) {
    for (const InstanceFigures& instance : figures.instances) {
      if (!instance.service.empty()) services_.insert(instance.service);
    }
  }

  Lines Make() {
    AddInstances();
    AddComplaints();
    AddVersions();
    AddDeadLetters();
    AddSwaps();
    AddDrift();
    for (ViewLine& line : lines_) {
      line.text = OneLine(line.text);
      if (options_->width > 0) line.text = CutTo(line.text, options_->width);
    }
    return std::move(lines_);
  }

 private:
  void Add(std::string text, Kind kind = Kind::kPlain) {
    lines_.push_back({.text = std::move(text), .kind = kind});
  }

  std::string Name(const std::string& name) const {
    return Shortened(name, name_width_);
  }

  std::string VersionText(const std::string& service, const std::string& model,
                          const std::string& version) const {
    const std::string text = model + "@" + version;
    return services_.size() > 1 ? service + ":" + text : text;
  }

  static std::vector<std::string> TrafficCells(const TrafficFigures& traffic) {
    return {Number(traffic.events_per_second),
            Milliseconds(traffic.latency_p50),
            Milliseconds(traffic.latency_p99)};
  }

  static std::vector<std::string> TroubleCells(
      std::optional<double> time_lag, std::optional<double> lag_records,
      const TrafficFigures& traffic) {
    return {Number(time_lag), Count(lag_records),
            Number(SumOf(traffic.failed_per_second,
                         traffic.client_errors_per_second)),
            Number(traffic.dead_letters_per_second)};
  }

  static std::vector<std::string> Joined(std::vector<std::string> cells,
                                         const std::vector<std::string>& more,
                                         const std::vector<std::string>& last) {
    cells.insert(cells.end(), more.begin(), more.end());
    cells.insert(cells.end(), last.begin(), last.end());
    return cells;
  }

  void AddInstances() {
    Section section({"INSTANCE", "MODEL", "READY", "EV/S", "P50MS", "P99MS",
                     "LAG S", "LAG", "ERR/S", "DEAD/S"});
    for (const InstanceFigures& instance : figures_->instances) {
      if (!instance.error.empty()) continue;
      const std::string ready = !instance.ready   ? ""
                                : *instance.ready ? "yes"
                                                  : "no";
      section.Add(Joined({Name(instance.name), instance.champion, ready},
                         TrafficCells(instance.traffic),
                         TroubleCells(instance.time_lag, instance.lag_records,
                                      instance.traffic)),
                  ready == "no");
    }
    const SumFigures& sum = figures_->sum;
    section.Add(
        Joined({"sum", "",
                fmt::format("{}/{}", sum.ready, figures_->instances.size())},
               TrafficCells(sum.traffic),
               TroubleCells(sum.time_lag, sum.lag_records, sum.traffic)));
    section.AppendTo(lines_);
  }

  void AddComplaints() {
    for (const InstanceFigures& instance : figures_->instances) {
      const std::string name = Name(instance.name);
      if (!instance.error.empty()) {
        Add(fmt::format("{} does not answer: {}", name, instance.error),
            Kind::kBad);
      }
      if (instance.bad_lines > 0) {
        Add(fmt::format("{} sent {} bad lines; {}", name, instance.bad_lines,
                        fmt::join(instance.complaints, "; ")),
            Kind::kBad);
      }
      if (instance.left_out + instance.unusable > 0) {
        Add(fmt::format("{} sent {} series too many and {} without a usable "
                        "value",
                        name, instance.left_out, instance.unusable),
            Kind::kBad);
      }
    }
  }

  void AddVersions() {
    if (figures_->versions.empty()) return;
    Add("");
    Section section({"VERSION", "DIGEST", "VARIANT", "ON", "SHARE", "EV/S",
                     "P50MS", "P99MS", "SCORED", "PSI TO CHAMPION"});
    for (const VersionFigures& version : figures_->versions) {
      section.Add({VersionText(version.service, version.model, version.version),
                   version.digest.substr(0, 8), version.variant,
                   fmt::format("{}/{}", version.instances.size(),
                               figures_->instances.size()),
                   Percent(version.share), Number(version.events_per_second),
                   Milliseconds(version.latency_p50),
                   Milliseconds(version.latency_p99), Count(version.scored),
                   Figure(version.score_psi)});
    }
    section.AppendTo(lines_);
  }

  void AddDeadLetters() {
    Add("");
    if (figures_->dead_letters.empty()) return Add("no dead letters");
    Section section({"DEAD LETTERS/S", "STAGE", "REASON", "SINCE START"});
    std::size_t rows = 0;
    for (const DeadLetterFigures& letters : figures_->dead_letters) {
      if (++rows > kMaxReasons) break;
      section.Add({Number(letters.per_second), letters.stage, letters.reason,
                   Count(letters.total)});
    }
    section.AppendTo(lines_);
    if (figures_->dead_letters.size() > kMaxReasons) {
      Add(fmt::format("and {} more reasons",
                      figures_->dead_letters.size() - kMaxReasons));
    }
  }

  void AddSwaps() {
    if (figures_->sum.swaps.empty()) return;
    std::string text = "swaps since start:";
    for (const auto& [result, count] : figures_->sum.swaps) {
      text += fmt::format(" {} {:.0f}", OneLine(result), count);
    }
    Add(text);
  }

  void AddDrift() {
    Add("");
    if (figures_->drift.empty()) {
      Add("no drift figures: no version with a baseline");
      return;
    }
    for (const DriftVersionFigures& version : figures_->drift) {
      Add(DriftTitle(version));
    }
    AddDriftRows();
  }

  std::string DriftTitle(const DriftVersionFigures& version) const {
    std::string text = fmt::format(
        "drift of {}, {} counted since {}; verdict from {:.0f} events",
        VersionText(version.service, version.model, version.version),
        version.digest.empty() ? "all" : version.digest.substr(0, 8),
        version.since_start ? "top started" : "it was loaded",
        version.min_events);
    if (version.sample_ratio.value_or(1.0) < 1.0) {
      text += fmt::format(", a sample of {}", Percent(version.sample_ratio));
    }
    return text;
  }

  struct Row {
    const DriftVersionFigures* version;
    const DriftColumnFigures* column;
    std::string version_text;
    std::string feature;
  };

  std::vector<Row> DriftRows() const {
    std::vector<Row> rows;
    for (const DriftVersionFigures& version : figures_->drift) {
      for (const DriftColumnFigures& column : version.columns) {
        Row row{
            .version = &version,
            .column = &column,
            .version_text =
                VersionText(version.service, version.model, version.version),
            .feature = column.name.is_score ? "(score)" : column.name.feature};
        if (Matches(row)) rows.push_back(std::move(row));
      }
    }
    std::stable_sort(
        rows.begin(), rows.end(),
        [this](const Row& a, const Row& b) { return IsBefore(a, b); });
    return rows;
  }

  bool Matches(const Row& row) const {
    const auto lower = [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    };
    const std::string text = OneLine(row.version_text + " " + row.feature);
    return std::search(text.begin(), text.end(), options_->filter.begin(),
                       options_->filter.end(),
                       [&](char a, char b) { return lower(a) == lower(b); }) !=
               text.end() ||
           options_->filter.empty();
  }

  bool IsBefore(const Row& a, const Row& b) const {
    switch (options_->order) {
      case DriftOrder::kFeature:
        return a.feature < b.feature;
      case DriftOrder::kVersion:
        return a.version_text < b.version_text;
      case DriftOrder::kEvents:
        return a.column->events > b.column->events;
      case DriftOrder::kExcess:
        break;
    }
    const auto weight = [](const DriftColumnFigures& column) {
      return std::tuple(column.IsDrift(), column.lead().rank,
                        column.lead().excess.value_or(0.0));
    };
    return weight(*a.column) > weight(*b.column);
  }

  void AddDriftRows() {
    const std::vector<Row> rows = DriftRows();
    if (rows.empty()) {
      return Add(options_->filter.empty()
                     ? "drift is not watched: no field has a baseline that fits"
                     : "no feature matches the filter");
    }
    Section section(Joined(
        {"FEATURE"},
        figures_->drift.size() > 1 ? std::vector<std::string>{"VERSION"}
                                   : std::vector<std::string>{},
        {"STATISTIC", "VALUE", "LIMIT", "EVENTS", "STATE", "BY INSTANCE"}));
    for (const Row& row : rows) {
      if (&row - rows.data() == kMaxRows) break;
      AddDriftRow(row, section);
    }
    section.AppendTo(lines_);
    if (rows.size() > kMaxRows) {
      Add(fmt::format("and {} more", rows.size() - kMaxRows));
    }
  }

  void AddDriftRow(const Row& row, Section& section) const {
    const DriftStatistic& lead = row.column->lead();
    std::string statistic(lead.name);
    if (statistic.ends_with("_ratio")) statistic.resize(statistic.size() - 6);
    std::vector<std::string> gauges;
    for (const auto& value : lead.by_instance) {
      gauges.push_back(value ? Figure(value) : "-");
    }
    section.Add(Joined({Name(row.feature)},
                       figures_->drift.size() > 1
                           ? std::vector<std::string>{row.version_text}
                           : std::vector<std::string>{},
                       {statistic, Figure(lead.value), Figure(lead.threshold),
                        Count(row.column->events), StateOf(row),
                        fmt::format("{}", fmt::join(gauges, " "))}),
                row.column->IsDrift());
  }

  static std::string StateOf(const Row& row) {
    const DriftStatistic& lead = row.column->lead();
    if (lead.over) return fmt::format("DRIFT {:.1f}x", *lead.excess);
    if (lead.instances_over > 0) {
      return fmt::format("DRIFT on {} of {}", lead.instances_over,
                         lead.by_instance.size());
    }
    if (!row.column->problem.empty()) return row.column->problem;
    if (!row.column->enough) return "not enough events";
    return lead.threshold ? "ok" : "no limit";
  }

  const TopFigures* figures_;
  const ViewOptions* options_;
  std::size_t name_width_;
  std::set<std::string> services_;
  Lines lines_;
};

}  // namespace

std::string_view ToText(DriftOrder order) {
  switch (order) {
    case DriftOrder::kExcess:
      return "times the limit";
    case DriftOrder::kFeature:
      return "feature";
    case DriftOrder::kVersion:
      return "version";
    case DriftOrder::kEvents:
      return "events";
  }
  return "";
}

std::vector<ViewLine> ViewLines(const TopFigures& figures,
                                const ViewOptions& options) {
  return View(figures, options).Make();
}

std::string Summary(const TopFigures& figures) {
  return fmt::format("{} of {} instances answer, {} ready",
                     figures.sum.answering, figures.instances.size(),
                     figures.sum.ready);
}

std::string CutTo(std::string_view text, std::size_t width) {
  std::size_t characters = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!ContinuesCharacter(text[i]) && ++characters > width) {
      return std::string(text.substr(0, i));
    }
  }
  return std::string(text);
}

}  // namespace tidemill
