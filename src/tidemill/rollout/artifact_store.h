#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tidemill/core/errors.h"
#include "tidemill/core/registry_state.h"
#include "tidemill/model/artifact.h"

namespace tidemill {

/// Puts an artifact into a content-addressed folder, made when absent: beneath
/// the name <sha256>.bin, written atomically; one that is there already with
/// these bytes is left alone, a damaged one replaced. Answers its "file:" URI.
/// Throws IoError, also when something other than a file has that name;
/// UsageError when `store` is a URL, which is read only.
std::string StoreArtifact(const std::string& store, std::string_view bytes);

/// Bytes that are not those the message names, in size or digest.
struct ArtifactMismatch : ArtifactError {
  using ArtifactError::ArtifactError;
};

/// Where artifacts may come from.
struct ArtifactSources {
  std::string store;                 ///< a folder, or an http(s) URL
  std::vector<std::string> allowed;  ///< URL prefixes beside it
  std::size_t max_bytes = kMaxArtifactBytes;
  /// A download is given up once it is true.
  const std::atomic<bool>* cancel = nullptr;
};

/// The bytes that a registry message names, of the size and SHA-256 it names.
///
/// "file:NAME" is looked up beneath the store: in a folder there is no way out
/// of it, no symbolic link is followed, only regular files count, and nothing
/// blocks, not even a FIFO; of a store that is a URL it is one segment more.
/// "file:///PATH" is looked up in the same way beneath an allowed prefix
/// "file:///FOLDER/", both taken as written, without percent-decoding. An
/// http(s) URL must lie within the store's or an allowed prefix, is not
/// redirected, and has 5 s to connect and 30 s in all.
///
/// Errors:  ArtifactError naming the message's key, what was expected and what
///          was found; IoError or UnavailableError when it cannot be had now
///          but may be later: nothing of that name (yet), a store that is not
///          mounted, no answer, HTTP 404, 408, 429 or 5xx.
/// Threads: any.
std::string FetchArtifact(const ArtifactSources& sources,
                          const ArtifactReference& reference);

}  // namespace tidemill
