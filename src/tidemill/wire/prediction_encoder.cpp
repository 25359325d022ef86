#include "tidemill/wire/prediction_encoder.h"

#include <array>
#include <cassert>
#include <string_view>

#include "tidemill/core/timestamp.h"
#include "tidemill/wire/json_text.h"

namespace tidemill {
namespace {

// 0000-01-01 and 9999-12-31, in microseconds.
constexpr std::int64_t kFirstUs = -62'167'219'200'000'000;
constexpr std::int64_t kLastUs = 253'402'300'799'999'999;

void AppendTime(std::string_view name, std::optional<std::int64_t> time_us,
                std::string& out) {
  if (!time_us || *time_us < kFirstUs || *time_us > kLastUs) return;
  std::array<char, kUtcTextSize> text{};
  char* end = WriteUtc(*time_us, text.data());
  out += name;
  out.append(text.data(), end);
  out += '"';
}

void AppendProbabilities(const Prediction& prediction, std::string& out) {
  if (prediction.probabilities.empty()) return;
  assert(prediction.classes.size() == prediction.probabilities.size());
  out += ",\"probabilities\":";
  for (std::size_t i = 0; i < prediction.probabilities.size(); ++i) {
    out += i == 0 ? '{' : ',';
    AppendJsonText(prediction.classes[i], out);
    out += ':';
    AppendJsonNumber(prediction.probabilities[i], out);
  }
  out += '}';
}

}  // namespace

void AppendPrediction(const Prediction& prediction, std::string& out) {
  out += "{\"id\":";
  AppendJsonText(prediction.id, out);
  out += ",\"event_id\":";
  AppendJsonText(prediction.event_id, out);
  out += ",\"service\":";
  AppendJsonText(prediction.service, out);
  out += ",\"model\":";
  AppendJsonText(prediction.model, out);
  out += ",\"version\":";
  AppendJsonNumber(std::int64_t{prediction.version}, out);
  out += ",\"variant\":\"";
  out += ToText(prediction.variant);
  out += "\",\"score\":";
  AppendJsonNumber(prediction.score, out);
  if (prediction.label) {
    out += ",\"label\":";
    AppendJsonText(*prediction.label, out);
  }
  AppendProbabilities(prediction, out);
  AppendTime(",\"event_time\":\"", prediction.event_time_us, out);
  AppendTime(",\"scored_time\":\"", prediction.scored_time_us, out);
  out += '}';
}

}  // namespace tidemill
