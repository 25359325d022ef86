// Tidemill's library for C++17 and later: load a model.bin, score an event or a
// batch. A thin cover of tidemill/tidemill.h; nothing of the standard library
// crosses the border of the shared object, so compilers may differ.
//
//   const tidemill::Model model("model.bin");
//   tidemill::Scorer scorer(model);
//   const tidemill::Result result = scorer.Score(R"({"tenure": 3})");
//   if (result.ok()) std::cout << result.score << '\n';
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <memory>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "tidemill.h"

namespace tidemill {

/// A model that may score. Throws std::runtime_error with the reason when a
/// file cannot be read, is damaged or does not give its verification rows'
/// scores.
///
/// Threads: immutable; copies share one model.
class Model {
 public:
  explicit Model(const std::string& path) {
    CheckAbi();
    tidemill_error error{};
    Own(tidemill_model_load(path.c_str(), &error), error);
  }
  /// Of the bytes of a model.bin.
  static Model FromBytes(std::string_view bytes) {
    CheckAbi();
    Model model;
    tidemill_error error{};
    model.Own(tidemill_model_read(bytes.data(), bytes.size(), &error), error);
    return model;
  }

  std::string_view name() const { return Text(tidemill_model_name(get())); }
  std::string_view sha256() const { return Text(tidemill_model_sha256(get())); }
  tidemill_task task() const { return tidemill_model_task(get()); }
  /// Of a classification, in the order of Result::probabilities.
  std::vector<std::string> classes() const {
    std::vector<std::string> labels;
    for (std::size_t i = 0; i < tidemill_model_class_count(get()); ++i) {
      labels.emplace_back(Text(tidemill_model_class(get(), i)));
    }
    return labels;
  }
  const tidemill_model* get() const { return model_.get(); }

 private:
  Model() = default;
  static void CheckAbi() {
    if (tidemill_abi() == TIDEMILL_ABI) return;
    throw std::runtime_error(
        "libtidemill is not of the version that this program was made for");
  }
  void Own(tidemill_model* model, const tidemill_error& error) {
    if (model == nullptr) throw std::runtime_error(error.text);
    model_.reset(model, tidemill_model_free);
  }
  static std::string_view Text(tidemill_text text) {
    return {text.data, text.size};
  }

  std::shared_ptr<tidemill_model> model_;
};

/// What became of an event; owns its texts.
struct Result {
  std::string error_stage;  ///< empty when the event was scored
  std::string error_reason;
  std::string error_detail;

  /// The label's probability, or a regression's value; NaN beside an error.
  double score = std::numeric_limits<double>::quiet_NaN();
  std::optional<std::string> label;
  std::vector<double> probabilities;  ///< of more than two classes
  std::string event_id;
  std::optional<std::int64_t> event_time_us;  ///< since 1970, UTC

  bool ok() const { return error_stage.empty(); }
};

/// Raw events in, scores out. Throws std::bad_alloc.
/// Threads: one at a time; make one per thread.
class Scorer {
 public:
  explicit Scorer(const Model& model)
      : scorer_(tidemill_scorer_new(model.get()), tidemill_scorer_free) {
    if (!scorer_) throw std::bad_alloc();
  }

  /// One event, a JSON object.
  Result Score(std::string_view event) {
    return ScoreAll(&event, 1).front();
  }

  /// One result per event, in order. The bits are those of events scored one
  /// by one.
  std::vector<Result> Score(const std::vector<std::string_view>& events) {
    return ScoreAll(events.data(), events.size());
  }
  std::vector<Result> Score(std::initializer_list<std::string_view> events) {
    return ScoreAll(events.begin(), events.size());
  }

  /// One of the last events as `tidemill score` writes it; empty when it was
  /// not scored. `id` names the event ("events.jsonl/0/17").
  std::string Prediction(std::size_t index, std::string_view id) {
    const tidemill_text text =
        tidemill_prediction(scorer_.get(), index, {id.data(), id.size()});
    return text.data == nullptr ? std::string()
                                : std::string(text.data, text.size);
  }

 private:
  std::vector<Result> ScoreAll(const std::string_view* events,
                               std::size_t count) {
    std::vector<tidemill_text> texts;
    texts.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
      texts.push_back({events[i].data(), events[i].size()});
    }
    const tidemill_result* found =
        tidemill_score(scorer_.get(), texts.data(), texts.size());
    if (found == nullptr && !texts.empty()) throw std::bad_alloc();
    std::vector<Result> results;
    results.reserve(texts.size());
    for (std::size_t i = 0; i < texts.size(); ++i) {
      results.push_back(Copy(found[i]));
    }
    return results;
  }

  static Result Copy(const tidemill_result& found) {
    Result result;
    if (found.error_stage != nullptr) {
      result.error_stage = found.error_stage;
      result.error_reason = found.error_reason;
      result.error_detail = found.error_detail;
      return result;
    }
    result.score = found.score;
    if (found.label.data != nullptr) {
      result.label.emplace(found.label.data, found.label.size);
    }
    if (found.event_id.data != nullptr) {
      result.event_id.assign(found.event_id.data, found.event_id.size);
    }
    if (found.has_event_time != 0) result.event_time_us = found.event_time_us;
    result.probabilities.assign(
        found.probabilities, found.probabilities + found.probability_count);
    return result;
  }

  std::unique_ptr<tidemill_scorer, void (*)(tidemill_scorer*)> scorer_;
};

}  // namespace tidemill
