#include "tidemill/config/drift_fields.h"

namespace tidemill {
namespace {

using C = ServiceConfig;
using T = ConfigTarget;

ConfigField Threshold(std::string_view name, std::string_view fallback,
                      std::string_view maximum, std::string_view help,
                      T (*target)(C&)) {
  return {.name = name,
          .type = ConfigType::kNumber,
          .fallback = fallback,
          .minimum = "0",
          .maximum = maximum,
          .help = help,
          .target = target};
}

}  // namespace

std::vector<ConfigField> DriftFields() {
  return {
      {.name = "drift.window",
       .type = ConfigType::kDuration,
       .fallback = "10m",
       .minimum = "1s",
       .maximum = "168h",
       .help = "How far back drift looks, at the least; the window also holds "
               "window_events.",
       .target = [](C& c) -> T { return &c.drift.window; }},
      {.name = "drift.window_events",
       .type = ConfigType::kInteger,
       .fallback = "50000",
       .minimum = "1",
       .maximum = "1000000000",
       .help = "How many events drift looks at, at the least; a slow stream's "
               "window is longer than drift.window.",
       .target = [](C& c) -> T { return &c.drift.window_events; }},
      {.name = "drift.min_events",
       .type = ConfigType::kInteger,
       .fallback = "5000",
       .minimum = "1",
       .maximum = "1000000000",
       .help = "While the window has less events, no figure is called drift. "
               "At most window_events.",
       .target = [](C& c) -> T { return &c.drift.min_events; }},
      {.name = "drift.sample",
       .type = ConfigType::kNumber,
       .fallback = "1.0",
       .minimum = "0",
       .maximum = "1",
       .above_minimum = true,
       .help = "Share of the events that is counted, drawn by partition and "
               "offset. Less costs less; counts and windows are of the events "
               "drawn.",
       .target = [](C& c) -> T { return &c.drift.sample; }},
      {.name = "drift.features",
       .type = ConfigType::kBoolean,
       .fallback = "false",
       .help = "Watch the pipeline's features too, as pipeline/NAME, beside "
               "the raw fields.",
       .target = [](C& c) -> T { return &c.drift.features; }},
      Threshold("drift.thresholds.psi", "0.1", "100",
                "Drift of a feature: its population stability index is above "
                "this. 0 is off, here and below.",
                [](C& c) -> T { return &c.drift.thresholds.psi; }),
      Threshold("drift.thresholds.js_distance", "0", "1",
                "The same for the Jensen-Shannon distance.",
                [](C& c) -> T { return &c.drift.thresholds.js_distance; }),
      Threshold("drift.thresholds.ks", "0.06", "1",
                "The same for the Kolmogorov-Smirnov distance.",
                [](C& c) -> T { return &c.drift.thresholds.ks; }),
      Threshold("drift.thresholds.missing_ratio", "0.05", "1",
                "The share of events without a value is more than this above "
                "the one in training.",
                [](C& c) -> T { return &c.drift.thresholds.missing_ratio; }),
      Threshold("drift.thresholds.unseen_ratio", "0.02", "1",
                "The share of events with a category that training has not "
                "seen is above this.",
                [](C& c) -> T { return &c.drift.thresholds.unseen_ratio; }),
      Threshold(
          "drift.thresholds.out_of_range_ratio", "0.02", "1",
          "The share of events with a number below or above all of training is "
          "above this.",
          [](C& c) -> T { return &c.drift.thresholds.out_of_range_ratio; }),
      Threshold("drift.thresholds.score_psi", "0.2", "100",
                "Drift of the scores: their population stability index is "
                "above this.",
                [](C& c) -> T { return &c.drift.thresholds.score_psi; }),
  };
}

}  // namespace tidemill
