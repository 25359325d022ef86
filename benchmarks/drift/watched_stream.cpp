#include "benchmarks/drift/watched_stream.h"

#include <numeric>

namespace tidemill {

WatchedStream::WatchedStream(const Training& training,
                             const DriftOptions& options)
    : monitor_("study", options),
      counter_(monitor_.ForVersion("study", 1, "", training.schema, {},
                                   training.baselines)),
      batch_(training.schema) {
  Slide();
}

void WatchedStream::Send(const PoolReader& reader,
                         std::span<const double> scores, std::size_t events,
                         Random& random) {
  const std::size_t first = random.Below(reader.rows() - events + 1);
  reader.Read(first, events, batch_);
  rows_.resize(events);
  std::iota(rows_.begin(), rows_.end(), 0U);
  counter_.Count(batch_, no_features_,
                 scores.empty() ? scores : scores.subspan(first, events),
                 rows_);
  counter_.Publish();
  now_ += kGap * events;
}

}  // namespace tidemill
