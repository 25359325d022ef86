#include "tidemill/rollout/artifact_store.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>

#include "tidemill/core/errors.h"
#include "tidemill/model/descriptor.h"
#include "tidemill/model/digest.h"
#include "tidemill/rollout/http_client.h"
#include "tidemill/rollout/open_beneath.h"

namespace tidemill {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kFileScheme = "file:";
constexpr std::string_view kFileUrl = "file:///";
constexpr std::size_t kMaxUriBytes = 8192;
constexpr std::size_t kMaxShownBytes = 200;
/// Room for the page that comes with an error.
constexpr std::size_t kMinAnswerBytes = 64U << 10U;

bool IsHttp(std::string_view text) {
  const auto starts = [text](std::string_view scheme) {
    return text.size() >= scheme.size() &&
           std::equal(scheme.begin(), scheme.end(), text.begin(),
                      [](char a, char b) { return a == (b | 0x20); });
  };
  return starts("http:") || starts("https:");
}

/// The beginning of a hostile text between quotes, fit for a log.
std::string Shown(std::string_view text) {
  std::string shown = "'";
  for (const char c : text.substr(0, kMaxShownBytes)) {
    shown += c >= 0x20 && c < 0x7F ? c : '?';
  }
  return shown + (text.size() > kMaxShownBytes ? "'..." : "'");
}

/// What is fetched, and how it is told that it cannot be.
class Fetch {
 public:
  Fetch(const ArtifactSources& sources, const ArtifactReference& reference)
      : sources_(sources), reference_(reference) {}

  std::string Run() const {
    if (reference_.size > sources_.max_bytes) {
      Refuse("size", "at most " + std::to_string(sources_.max_bytes) + " bytes",
             std::to_string(reference_.size));
    }
    std::string bytes = Read();
    CheckSize(bytes.size());
    if (const std::string found = ToHex(Sha256(bytes));
        found != reference_.sha256) {
      Mismatch("sha256", Shown(reference_.sha256),
               found + " of " + Shown(reference_.uri));
    }
    return bytes;
  }

 private:
  [[noreturn]] void Refuse(const std::string& key, std::string expected,
                           std::string got) const {
    throw ArtifactError({.where = ToText(reference_.model) + ", " + key,
                         .expected = std::move(expected),
                         .got = std::move(got)});
  }
  [[noreturn]] void Mismatch(const std::string& key, std::string expected,
                             std::string got) const {
    throw ArtifactMismatch({.where = ToText(reference_.model) + ", " + key,
                            .expected = std::move(expected),
                            .got = std::move(got)});
  }
  [[noreturn]] void RefuseUri(std::string expected) const {
    Refuse("uri", std::move(expected), Shown(reference_.uri));
  }

  std::string Read() const {
    const std::string& uri = reference_.uri;
    if (uri.size() > kMaxUriBytes) {
      Refuse("uri", "at most " + std::to_string(kMaxUriBytes) + " bytes",
             std::to_string(uri.size()));
    }
    if (uri.starts_with(kFileUrl)) return ReadAllowedFile();
    if (uri.starts_with(kFileScheme)) return ReadFromStore();
    if (!IsHttp(uri)) RefuseUri("file:NAME or an http(s) URL");
    const auto within = [&uri](const std::string& prefix) {
      return UrlIsWithin(uri, prefix);
    };
    if (!within(sources_.store) &&
        std::none_of(sources_.allowed.begin(), sources_.allowed.end(),
                     within)) {
      RefuseUri("a URL within registry.store or registry.allowed");
    }
    return Download(uri);
  }

  std::string ReadFromStore() const {
    const std::string name = reference_.uri.substr(kFileScheme.size());
    if (!IsHttp(sources_.store)) return ReadBeneath(sources_.store, name);
    // What it decodes to on the way would be a server's choice.
    const bool plain =
        !name.empty() && name != "." && name != ".." &&
        std::all_of(name.begin(), name.end(), [](char c) {
          return c > 0x20 && c < 0x7F && c != '/' && c != '\\' && c != '%';
        });
    if (!plain) RefuseUri("file:NAME with a plain file name");
    return Download(JoinUrl(sources_.store, name));
  }

  std::string ReadAllowedFile() const {
    const std::string_view uri = reference_.uri;
    for (std::string prefix : sources_.allowed) {
      if (!prefix.starts_with(kFileUrl)) continue;
      if (!prefix.ends_with('/')) prefix += '/';
      if (!uri.starts_with(prefix)) continue;
      return ReadBeneath(prefix.substr(kFileUrl.size() - 1),
                         std::string(uri.substr(prefix.size())));
    }
    RefuseUri("file:NAME, or a file:/// URL within registry.allowed");
  }

  std::string ReadBeneath(const std::string& folder,
                          const std::string& name) const {
    const Descriptor opened(
        ::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (opened.get() < 0) {
      throw IoError({.where = folder,
                     .expected = "the store's folder",
                     .got = std::strerror(errno)});
    }
    const Descriptor file = OpenBeneath(opened, name);
    struct stat status {};
    if (file.get() < 0) NotOpened(folder);
    if (::fstat(file.get(), &status) != 0) NotOpened(folder);
    if (!S_ISREG(status.st_mode)) NotAFile();
    CheckSize(static_cast<std::uint64_t>(status.st_size));
    return ReadFile(file, folder + " " + Shown(name),
                    static_cast<std::size_t>(reference_.size));
  }

  [[noreturn]] void NotAFile() const {
    Refuse("uri", "a regular file", "something else: " + Shown(reference_.uri));
  }

  /// Tells, by errno, what a message names wrongly from what may pass.
  [[noreturn]] void NotOpened(const std::string& folder) const {
    switch (errno) {
      case EXDEV:
      case EINVAL:
        RefuseUri("file:NAME with a name beneath the store");
      case ELOOP:
      case ENOTDIR:
        RefuseUri("file:NAME by way of folders, none a symbolic link");
      case ENAMETOOLONG:
        RefuseUri("file:NAME that can be a file's name");
      case ENXIO:  // a socket, or a device without a driver
        NotAFile();
      default:
        throw IoError({.where = folder,
                       .expected = Shown(reference_.uri) + " to be readable",
                       .got = std::strerror(errno)});
    }
  }

  /// Also an artifact that is not there: a store's copy may lag behind.
  static bool MayPass(long status) {
    return status == 404 || status == 408 || status == 429 || status >= 500;
  }

  std::string Download(const std::string& url) const {
    FetchRequest request;
    request.url = url;
    request.cancel = sources_.cancel;
    request.max_bytes = std::max<std::size_t>(reference_.size, kMinAnswerBytes);
    HttpAnswer answer;
    try {
      answer = HttpGet(request);
    } catch (const AnswerTooLarge&) {
      Refuse("size", std::to_string(reference_.size) + " bytes",
             "more from " + Shown(reference_.uri));
    }
    if (answer.status == 200) return std::move(answer.body);
    const std::string status = "HTTP " + std::to_string(answer.status);
    if (MayPass(answer.status)) {
      throw UnavailableError({.where = Shown(reference_.uri),
                              .expected = "the artifact",
                              .got = status});
    }
    Refuse("uri", "an artifact at " + Shown(reference_.uri), status);
  }

  void CheckSize(std::uint64_t found) const {
    if (found == reference_.size) return;
    Mismatch("size", std::to_string(reference_.size) + " bytes",
             std::to_string(found) + " of " + Shown(reference_.uri));
  }

  const ArtifactSources& sources_;
  const ArtifactReference& reference_;
};

/// Whether the file is there with these bytes; throws when it is no file.
bool IsStored(const fs::path& path, std::string_view bytes) {
  std::error_code error;
  const fs::file_status status = fs::symlink_status(path, error);
  if (status.type() == fs::file_type::not_found) return false;
  if (status.type() != fs::file_type::regular) {
    throw IoError({.where = path.string(),
                   .expected = "a regular file or a new name",
                   .got = error ? error.message() : "something else"});
  }
  try {
    return ReadFile(path.string(), bytes.size()) == bytes;
  } catch (const Error&) {
    return false;  // too large or unreadable: written anew
  }
}

}  // namespace

std::string StoreArtifact(const std::string& store, std::string_view bytes) {
  if (IsHttp(store)) {
    throw UsageError({.where = "the store",
                      .expected = "a folder to write to",
                      .got = "a URL, which is read only"});
  }
  std::error_code error;
  fs::create_directories(store, error);
  if (error) {
    throw IoError({.where = store,
                   .expected = "a folder to write to",
                   .got = error.message()});
  }
  const std::string name = ToHex(Sha256(bytes)) + ".bin";
  const fs::path path = fs::path(store) / name;
  if (!IsStored(path, bytes)) WriteFileAtomically(path.string(), bytes);
  return std::string(kFileScheme) + name;
}

std::string FetchArtifact(const ArtifactSources& sources,
                          const ArtifactReference& reference) {
  return Fetch(sources, reference).Run();
}

}  // namespace tidemill
