#pragma once

namespace tidemill {

/// The example training configs as they stood when this was built, so that the
/// demo runs from any working folder.
extern const char* const kChurnTrainingConfig;
extern const char* const kTaxiTrainingConfig;

}  // namespace tidemill
