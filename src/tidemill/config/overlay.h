#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tidemill/core/parameters.h"

namespace tidemill {

/// Environment variables by name.
using Environment = std::map<std::string, std::string>;

/// The variables of this process whose names start with TIDEMILL_.
Environment ProcessEnvironment();

/// A key that an overlay can name.
struct OverlayKey {
  std::string path;  ///< dotted, e.g. "kafka.properties"
  /// A map whose own keys hold dots: all that follows the path is one key.
  bool open = false;
};

/// "kafka.group" -> "TIDEMILL_KAFKA__GROUP".
std::string EnvironmentName(std::string_view path);

/// Applies `--set PATH=VALUE` texts in order. A path is dotted; a number in it
/// picks a list's item; what is missing on the way is made. A step written as
/// a bare name (`model: Ridge`) takes parameters (`model.Ridge.alpha=1`). The
/// value is read by ParseOverlayValue. Only the open ones of `keys` matter.
/// Errors: UsageError when it is not PATH=VALUE; ConfigError when the path
/// does not fit the tree. Whether a key is known is checked by who reads it.
void ApplySets(ParameterValue& root, const std::vector<std::string>& sets,
               const std::vector<OverlayKey>& keys = {});

/// Applies the variables TIDEMILL_A__B, where `__` stands for a dot and, behind
/// an open key, `_` too (TIDEMILL_KAFKA__PROPERTIES__LINGER_MS is linger.ms).
/// Names that belong to something else are skipped: TIDEMILL_HOME,
/// TIDEMILL_DATA_DIR, TIDEMILL_BIN, TIDEMILL_USER, TIDEMILL_TEST_*, and those
/// that Kubernetes and Docker set for a service called tidemill. Errors:
/// ConfigErrors on all other names that are no keys; names the nearest. No
/// value is ever printed.
void ApplyEnvironment(ParameterValue& root, const Environment& environment,
                      const std::vector<OverlayKey>& keys);

}  // namespace tidemill
