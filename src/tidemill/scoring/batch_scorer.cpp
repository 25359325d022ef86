#include "tidemill/scoring/batch_scorer.h"

#include <algorithm>
#include <cmath>
#include <exception>
#include <new>
#include <string>
#include <utility>

namespace tidemill {
namespace {

using SteadyClock = std::chrono::steady_clock;

/// True when the feature cannot be fed to the model: an infinity, also one
/// that appears by rounding to the model's float32. NaN is missing.
bool Overflows(double feature, bool float32) {
  return std::isinf(float32 ? static_cast<double>(static_cast<float>(feature))
                            : feature);
}

std::uint64_t CountMissing(const EventBatch& batch, FieldType type,
                           std::size_t field) {
  const auto count = [](auto column, auto is_missing) {
    return static_cast<std::uint64_t>(
        std::count_if(column.begin(), column.end(), is_missing));
  };
  switch (type) {
    case FieldType::kNumber:
    case FieldType::kInteger:
    case FieldType::kBoolean:
      return count(batch.numbers(field), [](double x) { return x != x; });
    case FieldType::kCategory:
      return count(batch.codes(field),
                   [](std::int32_t code) { return code == kMissingCode; });
    case FieldType::kText:
      return count(batch.texts(field), [](std::string_view text) {
        return text.data() == nullptr;
      });
    case FieldType::kTimestamp:
      return count(batch.timestamps(field),
                   [](const Timestamp& time) { return time.missing(); });
  }
  return 0;
}

InputCells CountCells(const Schema& schema, const EventBatch& batch) {
  InputCells cells;
  for (std::size_t field = 0; field < schema.size(); ++field) {
    if (field == schema.id_field() || field == schema.event_time_field()) {
      continue;
    }
    cells.total += batch.num_rows();
    cells.missing += CountMissing(batch, schema.field(field).type, field);
  }
  return cells;
}

EventError ModelFailed(const std::exception& error) {
  // Of a library's exception nobody knows how long its text is.
  constexpr std::size_t kMaxText = 200;
  return {.stage = Stage::kModel,
          .reason = Reason::kModelFailed,
          .detail = "expected a score, got an exception: " +
                    std::string(error.what()).substr(0, kMaxText)};
}

}  // namespace

BatchScorer::BatchScorer(DecodeLimits limits)
    : limits_(limits), decoder_(limits) {}

std::span<const ScoredEvent> BatchScorer::Score(
    const LoadedModel& model, std::span<const std::string_view> events) {
  const auto start = SteadyClock::now();
  Decode(model, events);
  cells_ = CountCells(model.schema(), batch_);
  const auto decoded = SteadyClock::now();
  auto transformed = decoded;
  width_ = model.predictor().num_outputs();
  outputs_.resize(batch_.num_rows() * width_);
  scores_.resize(batch_.num_rows());
  try {
    MakeFeatures(model);
    CheckFeatures(model, features_, event_of_row_);
    transformed = SteadyClock::now();
    model.predictor().Predict(features_, outputs_);
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception&) {
    PredictOneByOne(model, events);
  }
  const auto predicted = SteadyClock::now();
  Collect(model);
  times_ = {.decode = decoded - start,
            .features = transformed - decoded,
            .predict = predicted - transformed,
            .whole = SteadyClock::now() - start};
  return results_;
}

void BatchScorer::MakeFeatures(const LoadedModel& model) {
  const auto rows = static_cast<Eigen::Index>(batch_.num_rows());
  const auto width = static_cast<Eigen::Index>(model.plan().num_features());
  if (features_.rows() < rows || features_.cols() != width) {
    features_.resize(std::max(rows, features_.rows()), width);
  }
  model.plan().Run(batch_, scratch_, features_);
}

void BatchScorer::PredictOneByOne(const LoadedModel& model,
                                  std::span<const std::string_view> events) {
  // Not decoder_: its count of ignored fields has these events already.
  EventDecoder decoder(limits_);
  EventBatch alone;
  RowMatrix features(1, features_.cols());
  for (std::size_t row = 0; row < batch_.num_rows(); ++row) {
    const std::size_t event = event_of_row_[row];
    alone.Reset(model.schema());
    decoder.Decode(model.schema(), events[event], alone);
    try {
      model.plan().Run(alone, scratch_, features);
      CheckFeatures(model, features, {&event_of_row_[row], 1});
      model.predictor().Predict(features, OutputsOf(row));
      features_.row(static_cast<Eigen::Index>(row)) = features;
    } catch (const std::bad_alloc&) {
      throw;
    } catch (const std::exception& error) {
      Fail(event, ModelFailed(error));
    }
  }
}

void BatchScorer::Decode(const LoadedModel& model,
                         std::span<const std::string_view> events) {
  batch_.Reset(model.schema());
  event_of_row_.clear();
  errors_.clear();
  error_of_event_.assign(events.size(), 0);
  for (std::size_t i = 0; i < events.size(); ++i) {
    std::optional<EventError> error =
        decoder_.Decode(model.schema(), events[i], batch_);
    if (error) {
      Fail(i, *std::move(error));
    } else {
      event_of_row_.push_back(i);
    }
  }
}

void BatchScorer::Fail(std::size_t event, EventError error) {
  if (error_of_event_[event] != 0) return;
  errors_.push_back(std::move(error));
  error_of_event_[event] = errors_.size();
}

void BatchScorer::CheckFeatures(const LoadedModel& model,
                                const RowMatrix& features,
                                std::span<const std::size_t> event_of_row) {
  const bool float32 = model.predictor().float32_features();
  for (std::size_t row = 0; row < event_of_row.size(); ++row) {
    const auto values = features.row(static_cast<Eigen::Index>(row));
    for (Eigen::Index j = 0; j < values.size(); ++j) {
      if (!Overflows(values[j], float32)) continue;
      Fail(event_of_row[row],
           {.stage = Stage::kFeatures,
            .reason = Reason::kNonFiniteFeature,
            .detail = "feature '" +
                      model.plan().names()[static_cast<std::size_t>(j)] +
                      "': expected a finite number, got an overflow"});
      break;
    }
  }
}

std::span<double> BatchScorer::OutputsOf(std::size_t row) {
  return std::span(outputs_).subspan(row * width_, width_);
}

void BatchScorer::Answer(const Manifest& manifest, std::size_t row,
                         ScoredEvent& result) {
  const std::span<const double> outputs = OutputsOf(row);
  result.score = outputs[0];
  if (manifest.task == Task::kBinary) {
    result.label = manifest.classes[result.score >= manifest.threshold ? 1 : 0];
  } else if (manifest.task == Task::kMulticlass) {
    const auto likeliest = std::max_element(outputs.begin(), outputs.end());
    result.score = *likeliest;
    result.label =
        manifest.classes[static_cast<std::size_t>(likeliest - outputs.begin())];
    result.probabilities = outputs;
  }
  scores_[row] = result.score;
}

void BatchScorer::Collect(const LoadedModel& model) {
  const auto event_time = model.schema().event_time_field();
  results_.assign(error_of_event_.size(), {});
  for (std::size_t row = 0; row < batch_.num_rows(); ++row) {
    const std::size_t event = event_of_row_[row];
    const std::span<const double> outputs = OutputsOf(row);
    const auto bad =
        std::find_if(outputs.begin(), outputs.end(),
                     [](double output) { return !std::isfinite(output); });
    if (bad != outputs.end()) {
      Fail(event,
           {.stage = Stage::kModel,
            .reason = Reason::kNonFiniteScore,
            .detail = "expected a finite score, got " + std::to_string(*bad)});
      continue;
    }
    ScoredEvent& result = results_[event];
    result.row = static_cast<std::uint32_t>(row);
    Answer(model.manifest(), row, result);
    result.event_id = batch_.event_ids()[row];
    if (event_time) {
      const Timestamp& time = batch_.timestamps(*event_time)[row];
      if (!time.missing()) result.event_time_us = time.utc_us;
    }
  }
  for (std::size_t i = 0; i < results_.size(); ++i) {
    if (error_of_event_[i] != 0)
      results_[i].error = &errors_[error_of_event_[i] - 1];
  }
}

}  // namespace tidemill
