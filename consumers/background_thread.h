#pragma once

namespace tidemill {

/// Lets the workers go first: what this thread does from now on, and threads
/// that it starts, get a processor when no worker wants it, and about a tenth
/// of one that is never free. Loading a model takes milliseconds, which on a
/// busy machine would else stand in the tail of the latencies.
void YieldToWorkers();

}  // namespace tidemill
