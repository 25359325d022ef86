#pragma once

#include <string>

#include "tidemill/data/byte_source.h"

namespace tidemill {

/// True for an encoding that iconv knows, and for no name at all.
bool IsEncoding(const std::string& encoding);

/// Text of any encoding as UTF-8, without its byte order mark. Without an
/// encoding it is UTF-8, or UTF-16 when it begins with that mark.
///
/// Names:  those of iconv, in any case: utf-16, latin-1, windows-1252,
///         iso-8859-15, shift_jis, ...
/// Requires IsEncoding(encoding).
/// Errors: Read() throws DataError naming NAME:LINE on bytes that are none of
///         the encoding, and on a NUL.
ByteSourcePtr AsUtf8(ByteSourcePtr source, const std::string& name,
                     const std::string& encoding);

}  // namespace tidemill
