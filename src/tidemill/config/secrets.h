#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

namespace tidemill {

/// What stands in place of a secret.
inline constexpr std::string_view kMask = "********";

inline constexpr std::size_t kMaxSecretBytes = std::size_t{64} << 10U;

/// Whether librdkafka's property of that name holds a secret: its name has
/// password, secret, .pem, jaas or oauthbearer.config in it.
bool IsSecretProperty(std::string_view name);

/// The text with user, password and query of a URL in it masked; of several
/// URLs each.
std::string MaskUrls(std::string_view text);

/// The file's bytes without one line end at their end. Throws ConfigError
/// naming `where` and the path, never the bytes, unless it is a regular file
/// of 1 to kMaxSecretBytes bytes without NUL.
std::string ReadSecretFile(const std::filesystem::path& path,
                           const std::string& where);

}  // namespace tidemill
