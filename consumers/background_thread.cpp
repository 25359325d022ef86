#include "consumers/background_thread.h"

#include <sys/resource.h>
#include <unistd.h>

namespace tidemill {
namespace {

/// Linux gives a thread of niceness 10 a tenth of the share of one of 0.
constexpr int kNiceness = 10;

}  // namespace

void YieldToWorkers() {
  // Linux keeps niceness by thread, whatever POSIX says. A refusal costs
  // nothing but the favour.
  (void)setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kNiceness);
}

}  // namespace tidemill
