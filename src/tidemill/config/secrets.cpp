#include "tidemill/config/secrets.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>
#include <variant>

#include "tidemill/core/errors.h"

namespace tidemill {
namespace {

[[noreturn]] void Refuse(const std::filesystem::path& path,
                         const std::string& where, const std::string& got) {
  throw ConfigError({.where = where,
                     .expected = "a secret in the file " + path.string(),
                     .got = got});
}

/// Masks the URL whose host or user begins at `begin` of `text`; where to look
/// for the next one.
std::size_t MaskUrl(std::size_t begin, std::string& text) {
  const std::size_t end =
      std::min(text.find_first_of(" \t\r\n", begin), text.size());
  const std::size_t path = std::min(text.find_first_of("/?#", begin), end);
  const std::size_t query = std::min(text.find('?', begin), end);
  // Behind a colon stands a port, or a password, which ends the path too soon
  // when it holds what it should have escaped.
  const bool has_colon = text.find(':', begin) < path;
  const std::size_t at = text.rfind('@', (has_colon ? end : path) - 1);
  const bool has_user = at != std::string::npos && at >= begin;
  if (has_user && at > query) {
    text.replace(begin, end - begin, kMask);
    return begin + kMask.size();
  }
  if (query < end) text.replace(query + 1, end - query - 1, kMask);
  if (has_user) text.replace(begin, at - begin, kMask);
  return begin;
}

}  // namespace

bool IsSecretProperty(std::string_view name) {
  std::string lower(name);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  // "pas" and "pwd": who misspells a password's name has still written one.
  for (const std::string_view part :
       {"pas", "pwd", "secret", ".pem", "oauthbearer.config", "jaas"}) {
    if (lower.find(part) != std::string::npos) return true;
  }
  return false;
}

std::string MaskUrls(std::string_view text) {
  constexpr std::string_view kScheme = "://";
  std::string masked(text);
  for (std::size_t at = masked.find(kScheme); at != std::string::npos;
       at = masked.find(kScheme, at)) {
    at = MaskUrl(at + kScheme.size(), masked);
  }
  return masked;
}

std::string ShownKey(std::string_view key) {
  std::size_t end = key.find_first_of(":=");
  const std::size_t name =
      std::min(key.find_first_not_of(kNameCharacters), key.size());
  if (IsSecretProperty(key.substr(0, name))) end = std::min(end, name);
  if (end >= key.size()) return std::string(key);
  return std::string(key.substr(0, end)) + "~";
}

std::string DescribeKind(const ParameterValue& value) {
  if (std::holds_alternative<std::string>(value.value)) return "text";
  if (std::holds_alternative<ParameterValue::Number>(value.value)) {
    return "a number";
  }
  return Describe(value);
}

std::string ReadSecretFile(const std::filesystem::path& path,
                           const std::string& where) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (status.type() == std::filesystem::file_type::not_found) {
    Refuse(path, where, "no such file");
  }
  if (error) Refuse(path, where, error.message());
  // Opening a pipe would wait for who writes into it.
  if (!std::filesystem::is_regular_file(status)) {
    Refuse(path, where, "what is no regular file");
  }
  std::ifstream file(path, std::ios::binary);
  std::string text(kMaxSecretBytes + 2, '\0');
  if (file) file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!file.is_open() || file.bad() || (file.fail() && !file.eof())) {
    Refuse(path, where, std::strerror(errno));
  }
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
  if (text.empty()) Refuse(path, where, "an empty file");
  if (text.size() > kMaxSecretBytes) {
    Refuse(path, where,
           "more than " + std::to_string(kMaxSecretBytes) + " bytes");
  }
  if (text.find('\0') != std::string::npos) Refuse(path, where, "a NUL in it");
  return text;
}

}  // namespace tidemill
