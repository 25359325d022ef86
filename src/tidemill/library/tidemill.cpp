#include "tidemill/library/tidemill.h"

#include <algorithm>
#include <cstring>
#include <exception>
#include <limits>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tidemill/scoring/batch_scorer.h"
#include "tidemill/scoring/loaded_model.h"
#include "tidemill/scoring/offline_prediction.h"
#include "tidemill/wire/prediction_encoder.h"

struct tidemill_model {
  tidemill::LoadedModelPtr model;
};

struct tidemill_scorer {
  explicit tidemill_scorer(tidemill::LoadedModelPtr shared)
      : model(std::move(shared)) {}

  tidemill::LoadedModelPtr model;
  tidemill::BatchScorer scorer;
  std::vector<std::string_view> events;
  std::span<const tidemill::ScoredEvent> scored;
  std::vector<tidemill_result> results;
  std::string prediction;
};

namespace tidemill {
namespace {

tidemill_text ToC(std::string_view text) { return {text.data(), text.size()}; }

std::string_view FromC(tidemill_text text) {
  return text.data == nullptr ? std::string_view()
                              : std::string_view(text.data, text.size);
}

void Tell(std::string_view what, tidemill_error* error) {
  if (error == nullptr) return;
  const std::size_t size = std::min(what.size(), sizeof(error->text) - 1);
  std::memcpy(error->text, what.data(), size);
  error->text[size] = '\0';
}

/// What `make` returns, or NULL and the reason: no exception leaves the
/// library.
template <typename Make>
auto OrNull(tidemill_error* error, const Make& make) noexcept
    -> decltype(make()) {
  try {
    return make();
  } catch (const std::bad_alloc&) {
    Tell("out of memory", error);
  } catch (const std::exception& caught) {
    Tell(caught.what(), error);
  } catch (...) {
    Tell("an error that is no exception of the standard library", error);
  }
  return nullptr;
}

tidemill_result ResultOf(const ScoredEvent& event) {
  tidemill_result result{};
  if (event.error != nullptr) {
    // ToText's names are literals, so they end in a zero.
    result.error_stage = ToText(event.error->stage).data();
    result.error_reason = ToText(event.error->reason).data();
    result.error_detail = event.error->detail.c_str();
    result.score = std::numeric_limits<double>::quiet_NaN();
    return result;
  }
  result.score = event.score;
  if (event.label) result.label = ToC(*event.label);
  result.event_id = ToC(event.event_id);
  if (event.event_time_us) {
    result.has_event_time = 1;
    result.event_time_us = *event.event_time_us;
  }
  result.probability_count =
      static_cast<std::int32_t>(event.probabilities.size());
  result.probabilities =
      event.probabilities.empty() ? nullptr : event.probabilities.data();
  return result;
}

const tidemill_result* Score(tidemill_scorer& scorer,
                             std::span<const tidemill_text> events) {
  scorer.events.clear();
  for (const tidemill_text& event : events) {
    scorer.events.push_back(FromC(event));
  }
  scorer.scored = scorer.scorer.Score(*scorer.model, scorer.events);
  scorer.results.clear();
  for (const ScoredEvent& event : scorer.scored) {
    scorer.results.push_back(ResultOf(event));
  }
  return scorer.results.data();
}

}  // namespace
}  // namespace tidemill

int32_t tidemill_abi(void) { return TIDEMILL_ABI; }

const char* tidemill_version(void) { return TIDEMILL_VERSION; }

tidemill_model* tidemill_model_load(const char* path, tidemill_error* error) {
  return tidemill::OrNull(error, [&] {
    return new tidemill_model{
        tidemill::LoadArtifactFile(path == nullptr ? "" : path, 0)};
  });
}

tidemill_model* tidemill_model_read(const void* bytes, size_t size,
                                    tidemill_error* error) {
  return tidemill::OrNull(error, [&] {
    const std::string_view text =
        tidemill::FromC({static_cast<const char*>(bytes), size});
    return new tidemill_model{tidemill::LoadArtifact(text, "the model", 0)};
  });
}

void tidemill_model_free(tidemill_model* model) { delete model; }

tidemill_text tidemill_model_name(const tidemill_model* model) {
  if (model == nullptr) return {nullptr, 0};
  return tidemill::ToC(model->model->manifest().name);
}

tidemill_text tidemill_model_sha256(const tidemill_model* model) {
  if (model == nullptr) return {nullptr, 0};
  return tidemill::ToC(model->model->sha256());
}

tidemill_task tidemill_model_task(const tidemill_model* model) {
  if (model == nullptr) return TIDEMILL_REGRESSION;
  switch (model->model->manifest().task) {
    case tidemill::Task::kRegression:
      return TIDEMILL_REGRESSION;
    case tidemill::Task::kBinary:
      return TIDEMILL_BINARY;
    case tidemill::Task::kMulticlass:
      break;
  }
  return TIDEMILL_MULTICLASS;
}

size_t tidemill_model_class_count(const tidemill_model* model) {
  if (model == nullptr) return 0;
  return model->model->manifest().classes.size();
}

tidemill_text tidemill_model_class(const tidemill_model* model, size_t index) {
  if (model == nullptr) return {nullptr, 0};
  const std::vector<std::string>& classes = model->model->manifest().classes;
  if (index >= classes.size()) return {nullptr, 0};
  return tidemill::ToC(classes[index]);
}

tidemill_scorer* tidemill_scorer_new(const tidemill_model* model) {
  if (model == nullptr) return nullptr;
  return tidemill::OrNull(nullptr,
                          [&] { return new tidemill_scorer(model->model); });
}

void tidemill_scorer_free(tidemill_scorer* scorer) { delete scorer; }

const tidemill_result* tidemill_score(tidemill_scorer* scorer,
                                      const tidemill_text* events,
                                      size_t count) {
  if (scorer == nullptr) return nullptr;
  scorer->scored = {};
  if (count == 0 || events == nullptr) return nullptr;
  return tidemill::OrNull(nullptr, [&] {
    return tidemill::Score(*scorer, {events, count});
  });
}

tidemill_text tidemill_prediction(tidemill_scorer* scorer, size_t index,
                                  tidemill_text id) {
  if (scorer == nullptr || index >= scorer->scored.size() ||
      scorer->scored[index].error != nullptr) {
    return {nullptr, 0};
  }
  const std::string* text = tidemill::OrNull(nullptr, [&] {
    scorer->prediction.clear();
    tidemill::AppendPrediction(
        tidemill::OfflinePrediction(*scorer->model, scorer->scored[index],
                                    tidemill::FromC(id)),
        scorer->prediction);
    return &scorer->prediction;
  });
  return text == nullptr ? tidemill_text{nullptr, 0} : tidemill::ToC(*text);
}
