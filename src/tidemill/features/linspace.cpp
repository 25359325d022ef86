#include "tidemill/features/linspace.h"

namespace tidemill {

bool StepIsZero(double start, double stop, std::size_t count) {
  return count > 1 && (stop - start) / static_cast<double>(count - 1) == 0.0;
}

std::vector<double> Linspace(double start, double stop, std::size_t count,
                             bool tiny_step) {
  std::vector<double> made(count);
  const double delta = stop - start;
  const double parts = count > 1 ? static_cast<double>(count - 1) : 1.0;
  const bool by_share = tiny_step || StepIsZero(start, stop, count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto place = static_cast<double>(i);
    // Of denormal ranges the step is 0 though the range is not.
    made[i] =
        (by_share ? place / parts * delta : place * (delta / parts)) + start;
  }
  if (count > 1) made.back() = stop;
  return made;
}

}  // namespace tidemill
