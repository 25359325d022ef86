#pragma once

#include <string>

#include "tidemill/model/descriptor.h"

namespace tidemill {

/// Opens, to read, what lies at the relative path `name` beneath the folder
/// `folder`: no way leads out of it and no symbolic link is followed, at the
/// path's end either. Never blocks, whatever stands there. None, with errno
/// set, when it cannot be opened: ELOOP for a symbolic link (or ENOTDIR, amid
/// the path), EXDEV for a way out, EINVAL for a name with an empty segment, "."
/// or a NUL byte.
Descriptor OpenBeneath(const Descriptor& folder, const std::string& name);

/// The same without openat2(), segment by segment: for kernels before 5.6 and
/// sandboxes that do not know it. OpenBeneath() falls back on it.
Descriptor OpenBeneathByWalking(const Descriptor& folder,
                                const std::string& name);

}  // namespace tidemill
