#include "tidemill/training/verification_rows.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>
#include <string>

#include "tidemill/core/all_finite.h"
#include "tidemill/core/random.h"
#include "tidemill/training/probe_texts.h"
#include "tidemill/wire/event_encoder.h"

namespace tidemill {
namespace {

constexpr std::size_t kDrawnPerSide = 12;

/// `count` of the rows, at random, each once.
std::vector<std::size_t> Draw(std::vector<std::size_t> rows, std::size_t count,
                              Random& random) {
  random.Shuffle(rows);
  rows.resize(std::min(rows.size(), count));
  return rows;
}

/// Builds events as columns; scoring them never goes through their JSON.
class EventBuilder {
 public:
  /// `texts` are those of each field of text, by row.
  EventBuilder(const Schema& schema, const Frame& real,
               std::vector<std::vector<std::string>> texts)
      : schema_(schema),
        real_(real),
        texts_(std::move(texts)),
        events_(schema) {}

  void AddReal(std::size_t row) {
    const std::size_t made = events_.AppendRow();
    for (std::size_t i = 0; i < schema_.size(); ++i) {
      const FrameColumn& column = real_.columns[i];
      if (!column.numbers.empty()) {
        events_.numbers(i)[made] = column.numbers[row];
      } else if (!column.codes.empty()) {
        events_.codes(i)[made] = column.codes[row];
      } else if (!column.timestamps.empty()) {
        events_.timestamps(i)[made] = column.timestamps[row];
      } else if (!texts_[i].empty()) {
        events_.texts(i)[made] = texts_[i][row];
      }
    }
    SetId(made);
  }

  /// The first real row with its fields of `kinds` missing, as far as they may.
  void AddMissing(std::initializer_list<ColumnKind> kinds) {
    const std::size_t made = AddFirst();
    for (std::size_t i = 0; i < schema_.size(); ++i) {
      if (schema_.field(i).required || schema_.id_field() == i ||
          std::find(kinds.begin(), kinds.end(), KindOf(i)) == kinds.end()) {
        continue;
      }
      switch (KindOf(i)) {
        case ColumnKind::kNumber:
          events_.numbers(i)[made] = std::nan("");
          break;
        case ColumnKind::kCategory:
          events_.codes(i)[made] = kMissingCode;
          break;
        case ColumnKind::kTimestamp:
          events_.timestamps(i)[made] = {};
          break;
        case ColumnKind::kText:
          events_.texts(i)[made] = {};
          break;
      }
    }
  }

  void AddUnseen() {
    const std::size_t made = AddFirst();
    for (std::size_t i = 0; i < schema_.size(); ++i) {
      if (KindOf(i) == ColumnKind::kCategory) {
        events_.codes(i)[made] = kUnseenCode;
      }
    }
  }

  /// Every number and time the least (or greatest) of the real rows.
  void AddExtreme(bool greatest) {
    const std::size_t made = AddFirst();
    for (std::size_t i = 0; i < schema_.size(); ++i) {
      if (schema_.id_field() == i) continue;
      const FrameColumn& column = real_.columns[i];
      for (const double x : column.numbers) {
        double& kept = events_.numbers(i)[made];
        if (std::isnan(kept) || (greatest ? x > kept : x < kept)) kept = x;
      }
      for (const Timestamp& time : column.timestamps) {
        Timestamp& kept = events_.timestamps(i)[made];
        if (time.missing()) continue;
        if (kept.missing() || (greatest ? time.utc_us > kept.utc_us
                                        : time.utc_us < kept.utc_us)) {
          kept = time;
        }
      }
    }
  }

  /// Numbers all 0.
  void AddZero() {
    const std::size_t made = AddFirst();
    for (std::size_t i = 0; i < schema_.size(); ++i) {
      if (KindOf(i) == ColumnKind::kNumber && schema_.id_field() != i) {
        events_.numbers(i)[made] = 0.0;
      }
    }
  }

  const EventBatch& events() const { return events_; }

 private:
  ColumnKind KindOf(std::size_t field) const {
    return real_.columns[field].column.kind;
  }

  std::size_t AddFirst() {
    AddReal(0);
    return events_.num_rows() - 1;
  }

  void SetId(std::size_t row) {
    if (!schema_.id_field()) return;
    const std::size_t id = *schema_.id_field();
    if (schema_.field(id).type == FieldType::kText) {
      events_.texts(id)[row] = events_.Keep("verify-" + std::to_string(row));
    } else if (schema_.field(id).type == FieldType::kInteger) {
      events_.numbers(id)[row] = static_cast<double>(row);
    } else if (schema_.field(id).type == FieldType::kCategory) {
      events_.codes(id)[row] = kUnseenCode;
    }
  }

  const Schema& schema_;
  const Frame& real_;
  std::vector<std::vector<std::string>> texts_;
  EventBatch events_;
};

/// Probes for the fields of text but the id, as many as there are rows.
std::vector<std::vector<std::string>> TextsFor(const FittedModel& fitted,
                                               const Dataset& data,
                                               const Split& split,
                                               std::size_t rows,
                                               Random& random) {
  std::vector<std::vector<std::string>> texts(fitted.schema.size());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (fitted.schema.field(i).type != FieldType::kText ||
        fitted.schema.id_field() == i) {
      continue;
    }
    std::vector<std::string_view> real;
    for (const std::size_t row : split.train) {
      real.push_back(data.events.texts(i)[row]);
    }
    texts[i] = ProbeTexts(real, rows, random);
  }
  return texts;
}

}  // namespace

std::vector<VerificationRow> MakeVerificationRows(const FittedModel& fitted,
                                                  const Dataset& data,
                                                  const Split& split,
                                                  std::uint64_t seed) {
  Random random(seed);
  std::vector<std::size_t> drawn = Draw(split.train, kDrawnPerSide, random);
  const std::vector<std::size_t> held_out =
      Draw(split.test, kDrawnPerSide, random);
  drawn.insert(drawn.end(), held_out.begin(), held_out.end());
  const Frame real = FrameOf(data, fitted.schema, drawn);

  EventBuilder builder(fitted.schema, real,
                       TextsFor(fitted, data, split, drawn.size(), random));
  for (std::size_t i = 0; i < drawn.size(); ++i) builder.AddReal(i);
  builder.AddMissing({ColumnKind::kNumber});
  builder.AddMissing({ColumnKind::kCategory});
  builder.AddMissing({ColumnKind::kTimestamp});
  builder.AddMissing({ColumnKind::kNumber, ColumnKind::kCategory,
                      ColumnKind::kTimestamp, ColumnKind::kText});
  builder.AddUnseen();
  builder.AddExtreme(false);
  builder.AddExtreme(true);
  builder.AddZero();

  const EventBatch& events = builder.events();
  std::vector<std::size_t> rows(events.num_rows());
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  RowMatrix features = fitted.Features(MakeFrame(fitted.schema, events, rows));
  std::vector<bool> admitted(rows.size(), true);
  for (Eigen::Index i = 0; i < features.rows(); ++i) {
    const bool overflows = features.row(i).cast<float>().array().isInf().any();
    if (!overflows) continue;
    admitted[static_cast<std::size_t>(i)] = false;
    features.row(i).setZero();
  }
  const std::vector<double> scores = fitted.model.library_scores(features);
  const std::size_t width = fitted.model.predictor->num_outputs();
  std::vector<VerificationRow> verification;
  for (const std::size_t row : rows) {
    const std::span<const double> outputs =
        std::span(scores).subspan(row * width, width);
    if (!admitted[row] || !AllFinite(outputs)) continue;
    VerificationRow& made = verification.emplace_back();
    made.outputs.assign(outputs.begin(), outputs.end());
    AppendEvent(fitted.schema, events, row, made.event);
  }
  return verification;
}

}  // namespace tidemill
