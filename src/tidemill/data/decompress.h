#pragma once

#include <string>

#include "tidemill/data/byte_source.h"

namespace tidemill {

/// The content of gzip (RFC 1952, several members one after the other) and
/// zstd (RFC 8878, several frames) by their first bytes; other bytes as they
/// are. `name` stands in errors.
///
/// Memory: a buffer of 64 KiB and the format's window: 32 KiB for gzip, at
///         most 128 MiB for zstd, which its own program needs --long=27 for. A
///         file that grows without end while it is read takes no more.
/// Errors: Read() throws DataError on a damaged or cut file.
ByteSourcePtr Decompressed(ByteSourcePtr source, const std::string& name);

}  // namespace tidemill
