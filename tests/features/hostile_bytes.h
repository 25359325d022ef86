#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "features/raw_bytes.h"
#include "features/step_testing.h"
#include "tidemill/features/artifact_io.h"

namespace tidemill {

/// A step out of bytes that no fitted step may have written.
inline StepPtr LoadedFrom(std::string_view step,
                          const std::function<void(RawBytes&)>& write) {
  RawBytes out;
  write(out);
  const std::string bytes = out.Finish();
  BinaryReader in(bytes, "test");
  StepPtr loaded = FindStep(step, "test").load(in, kMaxStepDepth);
  in.Finish();
  return loaded;
}

}  // namespace tidemill
