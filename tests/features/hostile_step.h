#pragma once

#include <string>
#include <string_view>

#include "core/thrown_message.h"
#include "features/raw_bytes.h"
#include "tidemill/core/errors.h"
#include "tidemill/features/artifact_io.h"
#include "tidemill/features/step.h"

namespace tidemill {

/// What loading a step out of the bytes that `write` writes is refused with,
/// and binding it to `inputs` when the bytes alone can be read.
template <typename Write>
std::string LoadError(std::string_view step, Write write,
                      std::span<const ExpressionPtr> inputs = {}) {
  RawBytes out;
  write(out);
  const std::string bytes = out.Finish();
  return ThrownMessage<ArtifactError>([&] {
    BinaryReader in(bytes, "test");
    const StepPtr loaded = FindStep(step, "test").load(in, 1);
    in.Finish();
    loaded->Bind(inputs);
  });
}

}  // namespace tidemill
