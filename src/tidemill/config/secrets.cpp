#include "tidemill/config/secrets.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>

#include "tidemill/core/errors.h"

namespace tidemill {
namespace {

[[noreturn]] void Refuse(const std::filesystem::path& path,
                         const std::string& where, const std::string& got) {
  throw ConfigError({.where = where,
                     .expected = "a secret in the file " + path.string(),
                     .got = got});
}

/// Masks the URL that begins at `begin`; where it ends in `text` then.
std::size_t MaskUrl(std::size_t begin, std::string& text) {
  const std::size_t host = text.find("//", begin) + 2;
  std::size_t end = text.find_first_of(" ,;\"'", host);
  if (end == std::string::npos) end = text.size();
  const std::size_t query = text.find('?', host);
  if (query < end) {
    text.replace(query + 1, end - query - 1, kMask);
    end = query + 1 + kMask.size();
  }
  const std::size_t path = std::min(text.find_first_of("/?#", host), end);
  const std::size_t at = text.rfind('@', path);
  if (at != std::string::npos && at >= host && at < path) {
    text.replace(host, at - host, kMask);
    end = end - (at - host) + kMask.size();
  }
  return end;
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
  std::string masked(text);
  for (std::size_t at = masked.find("://"); at != std::string::npos;
       at = masked.find("://", at)) {
    at = MaskUrl(at, masked);
  }
  return masked;
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
