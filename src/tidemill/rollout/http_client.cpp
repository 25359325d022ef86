#include "tidemill/rollout/http_client.h"

#include <algorithm>
#include <memory>
#include <new>
#include <optional>
#include <stdexcept>
#include <string_view>

#include <curl/curl.h>

namespace tidemill {
namespace {

constexpr std::size_t kMaxUrlBytes = 8192;
/// Below one byte per second for as long, an answer is given up.
constexpr long kStallSeconds = 10;

struct EasyDeleter {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
using EasyPtr = std::unique_ptr<CURL, EasyDeleter>;

struct ListDeleter {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using ListPtr = std::unique_ptr<curl_slist, ListDeleter>;

struct UrlDeleter {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
using UrlPtr = std::unique_ptr<CURLU, UrlDeleter>;

struct TextDeleter {
  void operator()(char* text) const { curl_free(text); }
};
using TextPtr = std::unique_ptr<char, TextDeleter>;

/// libcurl wants this before its first handle; a static's initialisation is
/// done once whatever threads come.
void StartLibcurl() {
  static const CURLcode kStarted = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (kStarted != CURLE_OK) {
    throw std::runtime_error(std::string("libcurl does not start: ") +
                             curl_easy_strerror(kStarted));
  }
}

char Lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string Lower(std::string text) {
  for (char& c : text) c = Lower(c);
  return text;
}

bool IsPlain(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte > 0x20 && byte < 0x7F && c != '\\';
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c = Lower(c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

std::string PercentDecoded(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high =
        text[i] == '%' && i + 2 < text.size() ? HexDigit(text[i + 1]) : -1;
    const int low = high < 0 ? -1 : HexDigit(text[i + 2]);
    if (low < 0) {
      decoded += text[i];
    } else {
      decoded += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  return decoded;
}

/// Whether some server may take a segment for a dot or two. One that decodes
/// twice is not unheard of, so decode until nothing changes.
bool Climbs(std::string path) {
  for (std::string next = PercentDecoded(path); next != path;
       next = PercentDecoded(path)) {
    path = std::move(next);
  }
  std::string_view rest = path;
  for (;;) {
    const std::size_t end = rest.find_first_of("/\\");
    const std::string_view segment = rest.substr(0, end);
    if (segment == "." || segment == "..") return true;
    if (segment.find('\0') != std::string_view::npos) return true;
    if (end == std::string_view::npos) return false;
    rest.remove_prefix(end + 1);
  }
}

std::optional<std::string> Part(CURLU* url, CURLUPart part,
                                unsigned int flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, flags) != CURLUE_OK) return std::nullopt;
  return std::string(TextPtr(text).get());
}

/// As libcurl understands it: what HttpGet() would ask whom for.
struct HttpUrl {
  UrlPtr handle;
  std::string scheme;
  std::string host;
  std::string port;
  std::string path;
};

/// Empty unless it is http(s) without user and password. Dots stay in the path.
std::optional<HttpUrl> ParseHttpUrl(const std::string& text) {
  if (text.size() > kMaxUrlBytes ||
      !std::all_of(text.begin(), text.end(), IsPlain)) {
    return std::nullopt;
  }
  StartLibcurl();
  HttpUrl url{.handle = UrlPtr(curl_url()),
              .scheme = {},
              .host = {},
              .port = {},
              .path = {}};
  CURLU* handle = url.handle.get();
  if (handle == nullptr) throw std::bad_alloc();
  if (curl_url_set(handle, CURLUPART_URL, text.c_str(),
                   CURLU_PATH_AS_IS | CURLU_DISALLOW_USER) != CURLUE_OK) {
    return std::nullopt;
  }
  const auto scheme = Part(handle, CURLUPART_SCHEME);
  const auto host = Part(handle, CURLUPART_HOST);
  const auto port = Part(handle, CURLUPART_PORT, CURLU_DEFAULT_PORT);
  const auto path = Part(handle, CURLUPART_PATH);
  if (!scheme || !host || !port || !path) return std::nullopt;
  url.scheme = Lower(*scheme);
  url.host = Lower(*host);
  url.port = *port;
  url.path = *path;
  if (url.scheme != "http" && url.scheme != "https") return std::nullopt;
  if (url.host.empty() || url.host.find('@') != std::string::npos) {
    return std::nullopt;
  }
  return url;
}

/// For messages: without what may be a secret.
std::string WithoutSecrets(const std::string& text) {
  StartLibcurl();
  const UrlPtr url(curl_url());
  if (text.find('\0') == std::string::npos && url &&
      curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) == CURLUE_OK) {
    for (const CURLUPart part : {CURLUPART_USER, CURLUPART_PASSWORD,
                                 CURLUPART_QUERY, CURLUPART_FRAGMENT}) {
      curl_url_set(url.get(), part, nullptr, 0);
    }
    if (const auto plain = Part(url.get(), CURLUPART_URL)) return *plain;
  }
  return "the URL";
}

struct Body {
  std::string bytes;
  std::size_t max_bytes = 0;
  bool too_large = false;
};

std::size_t Receive(const char* data, std::size_t, std::size_t size,
                    void* body_pointer) {
  auto& body = *static_cast<Body*>(body_pointer);
  if (size > body.max_bytes - body.bytes.size()) {
    body.too_large = true;
    return 0;
  }
  try {
    body.bytes.append(data, size);
  } catch (const std::bad_alloc&) {
    return 0;  // no exception may pass through libcurl
  }
  return size;
}

/// libcurl asks now and then, at least once a second.
int IsCancelled(void* cancel, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<const std::atomic<bool>*>(cancel)->load() ? 1 : 0;
}

template <typename Value>
void SetOption(CURL* handle, CURLoption option, Value value) {
  const CURLcode code = curl_easy_setopt(handle, option, value);
  if (code == CURLE_OUT_OF_MEMORY) throw std::bad_alloc();
  if (code != CURLE_OK) {
    throw std::runtime_error(std::string("libcurl refuses an option: ") +
                             curl_easy_strerror(code));
  }
}

ListPtr HeaderList(const std::vector<std::string>& headers) {
  ListPtr list;
  for (const std::string& header : headers) {
    curl_slist* longer = curl_slist_append(list.get(), header.c_str());
    if (longer == nullptr) throw std::bad_alloc();
    list.release();  // NOLINT(bugprone-unused-return-value): within `longer`
    list.reset(longer);
  }
  return list;
}

void SetOptions(CURL* handle, const FetchRequest& request,
                curl_slist* headers) {
  SetOption(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  SetOption(handle, CURLOPT_URL, request.url.c_str());
  SetOption(handle, CURLOPT_HTTPHEADER, headers);
  SetOption(handle, CURLOPT_USERAGENT, "tidemill");
  if (!request.through_proxy) SetOption(handle, CURLOPT_PROXY, "");
  if (request.cancel != nullptr) {
    SetOption(handle, CURLOPT_NOPROGRESS, 0L);
    SetOption(handle, CURLOPT_XFERINFOFUNCTION, &IsCancelled);
    SetOption(handle, CURLOPT_XFERINFODATA,
              static_cast<const void*>(request.cancel));
  }
#if LIBCURL_VERSION_NUM >= 0x075700
  // A resolver that hangs is not waited for.
  SetOption(handle, CURLOPT_QUICK_EXIT, 1L);
#endif
  SetOption(handle, CURLOPT_FOLLOWLOCATION, 0L);
  SetOption(handle, CURLOPT_NOSIGNAL, 1L);
  SetOption(handle, CURLOPT_CONNECTTIMEOUT_MS,
            static_cast<long>(request.connect_timeout.count()));
  SetOption(handle, CURLOPT_TIMEOUT_MS,
            static_cast<long>(request.timeout.count()));
  SetOption(handle, CURLOPT_LOW_SPEED_LIMIT, 1L);
  SetOption(handle, CURLOPT_LOW_SPEED_TIME, kStallSeconds);
}

}  // namespace

HttpAnswer HttpGet(const FetchRequest& request) {
  StartLibcurl();
  const std::string where = WithoutSecrets(request.url);
  if (request.url.find('\0') != std::string::npos) {
    throw UnavailableError(
        {.where = where, .expected = "an http(s) URL", .got = "a NUL byte"});
  }
  const EasyPtr handle(curl_easy_init());
  if (!handle) throw std::bad_alloc();
  const ListPtr headers = HeaderList(request.headers);
  SetOptions(handle.get(), request, headers.get());
  Body body{.bytes = {}, .max_bytes = request.max_bytes};
  SetOption(handle.get(), CURLOPT_WRITEFUNCTION, &Receive);
  SetOption(handle.get(), CURLOPT_WRITEDATA, &body);
  char detail[CURL_ERROR_SIZE] = "";
  SetOption(handle.get(), CURLOPT_ERRORBUFFER, &detail[0]);
  const CURLcode code = curl_easy_perform(handle.get());
  if (body.too_large) {
    throw AnswerTooLarge(
        {.where = where,
         .expected = "at most " + std::to_string(request.max_bytes) + " bytes",
         .got = "more"});
  }
  if (code != CURLE_OK) {
    throw UnavailableError(
        {.where = where,
         .expected = "an answer",
         .got = detail[0] != '\0' ? detail : curl_easy_strerror(code)});
  }
  HttpAnswer answer{.body = std::move(body.bytes)};
  curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &answer.status);
  return answer;
}

bool UrlIsWithin(const std::string& url, const std::string& prefix) {
  const auto inner = ParseHttpUrl(url);
  const auto outer = ParseHttpUrl(prefix);
  if (!inner || !outer || prefix.find_first_of("?#") != std::string::npos) {
    return false;
  }
  if (inner->scheme != outer->scheme || inner->host != outer->host ||
      inner->port != outer->port || Climbs(inner->path)) {
    return false;
  }
  const std::string& start = outer->path;
  if (!inner->path.starts_with(start)) return false;
  return start.ends_with('/') || inner->path.size() == start.size() ||
         inner->path[start.size()] == '/';
}

std::string JoinUrl(const std::string& base, const std::string& name) {
  const auto url = ParseHttpUrl(base);
  if (!url) {
    throw ConfigError({.where = "the URL of a store",
                       .expected = "http(s)://HOST/, without user or password",
                       .got = WithoutSecrets(base)});
  }
  const TextPtr escaped(
      curl_easy_escape(nullptr, name.data(), static_cast<int>(name.size())));
  if (!escaped) throw std::bad_alloc();
  std::string path = url->path;
  if (!path.ends_with('/')) path += '/';
  path += escaped.get();
  CURLU* handle = url->handle.get();
  std::optional<std::string> joined;
  if (curl_url_set(handle, CURLUPART_PATH, path.c_str(), 0) == CURLUE_OK &&
      curl_url_set(handle, CURLUPART_FRAGMENT, nullptr, 0) == CURLUE_OK) {
    joined = Part(handle, CURLUPART_URL);
  }
  if (!joined) throw std::bad_alloc();
  return *joined;
}

}  // namespace tidemill
