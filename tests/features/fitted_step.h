#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/thrown_message.h"
#include "features/hostile_step.h"
#include "features/step_testing.h"
#include "tidemill/core/errors.h"

namespace tidemill {

/// The message of the ConfigError that the parameters of a step lead to.
inline std::string ConfigureError(std::string_view name,
                                  const ParameterValue& parameters) {
  return ThrownMessage<ConfigError>([&] { Configured(name, parameters); });
}

/// The message of the DataError that fitting one number column "a" leads to.
inline std::string FitError(std::string_view name,
                            const ParameterValue& parameters,
                            const std::vector<double>& numbers) {
  return ThrownMessage<DataError>(
      [&] { Fitted(name, parameters, FrameOf({NumberColumn("a", numbers)})); });
}

/// What a step fitted on one number column makes of the numbers of another.
inline std::vector<double> FittedOn(const std::vector<double>& train,
                                    std::string_view name,
                                    const ParameterValue& parameters,
                                    const std::vector<double>& test,
                                    const FitContext& context = {}) {
  const StepPtr step =
      Fitted(name, parameters, FrameOf({NumberColumn("a", train)}), context);
  return Transformed(*step, FrameOf({NumberColumn("a", test)}))
      .columns[0]
      .numbers;
}

}  // namespace tidemill
