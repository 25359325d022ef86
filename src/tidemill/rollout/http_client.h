#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "tidemill/core/errors.h"

namespace tidemill {

/// Not called HttpRequest: that is what a server of ours receives (http/).
struct FetchRequest {
  std::string url;                   ///< http or https
  std::vector<std::string> headers;  ///< "Name: value"
  std::chrono::milliseconds connect_timeout{5000};
  std::chrono::milliseconds timeout{30'000};
  std::size_t max_bytes = 1U << 20U;  ///< of the answer's body
  bool through_proxy = true;          ///< where the environment names one
  /// Given up within a second or so of its becoming true.
  const std::atomic<bool>* cancel = nullptr;
};

struct HttpAnswer {
  long status = 0;
  std::string body;
};

/// An answer of more than max_bytes.
struct AnswerTooLarge : UnavailableError {
  using UnavailableError::UnavailableError;
};

/// GET without redirects, through a proxy unless the request says otherwise
/// (http_proxy, https_proxy, no_proxy). Throws UnavailableError naming the URL
/// without user, password and query, when there is no answer in time or less
/// than a byte per second for 10 s; AnswerTooLarge for one over max_bytes,
/// which is not received any further. Any status is an answer.
/// Threads: any.
HttpAnswer HttpGet(const FetchRequest& request);

/// True when `url` lies within `prefix`: the same scheme, host and port, and a
/// path that begins with the prefix's at a segment's end and has no dots that
/// climb, escaped or not. Both must be http(s) without user or password, the
/// prefix without query and fragment.
bool UrlIsWithin(const std::string& url, const std::string& prefix);

/// `base` with a relative `name` added as one path segment, its special
/// characters escaped; a query stays behind it. Throws ConfigError unless
/// `base` is an http(s) URL.
std::string JoinUrl(const std::string& base, const std::string& name);

}  // namespace tidemill
