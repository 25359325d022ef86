#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "tidemill/core/parameters.h"

namespace tidemill {

/// What stands in place of a secret.
inline constexpr std::string_view kMask = "********";

/// What names of Kafka's and ours are made of.
inline constexpr std::string_view kNameCharacters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

inline constexpr std::size_t kMaxSecretBytes = std::size_t{64} << 10U;

/// Whether librdkafka's property of that name holds a secret: its name has
/// password, secret, .pem, jaas or oauthbearer.config in it.
bool IsSecretProperty(std::string_view name);

/// The text with user, password and query of a URL in it masked; of several
/// URLs each. A URL ends at white space only: a password may hold whatever
/// else, well escaped or not, and rather too much is masked than too little.
std::string MaskUrls(std::string_view text);

/// A key, or several joined by dots, as an error may name it: cut, with a "~",
/// where a value may begin that was written into it ("sasl.password:hush").
std::string ShownKey(std::string_view key);

/// What kind of value it is, without what it says; as Describe() otherwise.
std::string DescribeKind(const ParameterValue& value);

/// The file's bytes without one line end at their end. Throws ConfigError
/// naming `where` and the path, never the bytes, unless it is a regular file
/// of 1 to kMaxSecretBytes bytes without NUL.
std::string ReadSecretFile(const std::filesystem::path& path,
                           const std::string& where);

}  // namespace tidemill
