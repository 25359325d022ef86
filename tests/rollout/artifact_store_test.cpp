#include "tidemill/rollout/artifact_store.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/thrown_message.h"
#include "rollout/scripted_server.h"
#include "rollout/temporary_folder.h"
#include "tidemill/core/errors.h"
#include "tidemill/model/descriptor.h"
#include "tidemill/model/digest.h"

namespace tidemill {
namespace {

namespace fs = std::filesystem;
using std::string_literals::operator""s;
using testing::HasSubstr;

const std::string kBytes("model\0bytes", 11);

ArtifactReference Reference(const std::string& uri,
                            const std::string& bytes = kBytes) {
  return {.model = {.model = "churn", .version = 7},
          .uri = uri,
          .sha256 = ToHex(Sha256(bytes)),
          .size = bytes.size(),
          .signature = "",
          .key = ""};
}

class ArtifactStoreTest : public testing::Test {
 protected:
  ArtifactStoreTest() {
    ::setenv("no_proxy", "127.0.0.1", 1);
    fs::create_directory(folder_ / "store");
  }

  std::string Store() const { return (folder_ / "store").string(); }
  fs::path InStore(const std::string& name) const {
    return folder_.path() / "store" / name;
  }
  void Write(const fs::path& path, const std::string& bytes = kBytes) const {
    WriteFileAtomically(path.string(), bytes);
  }
  std::string Fetch(const std::string& uri) const {
    return FetchArtifact({.store = Store(), .allowed = {}}, Reference(uri));
  }
  std::string Refusal(const std::string& uri) const {
    return ThrownMessage<ArtifactError>([&] { Fetch(uri); });
  }

  TemporaryFolder folder_;
};

TEST_F(ArtifactStoreTest, WhatIsStoredIsFetched) {
  const std::string store = (folder_ / "new/store").string();
  const std::string uri = StoreArtifact(store, kBytes);
  EXPECT_EQ(uri, "file:" + ToHex(Sha256(kBytes)) + ".bin");
  EXPECT_EQ(FetchArtifact({.store = store, .allowed = {}}, Reference(uri)),
            kBytes);
}

TEST_F(ArtifactStoreTest, StoringTheSameAgainLeavesTheFileAlone) {
  StoreArtifact(Store(), kBytes);
  const fs::path path = InStore(ToHex(Sha256(kBytes)) + ".bin");
  struct stat before {};
  ASSERT_EQ(::stat(path.c_str(), &before), 0);
  StoreArtifact(Store(), kBytes);
  struct stat after {};
  ASSERT_EQ(::stat(path.c_str(), &after), 0);
  EXPECT_EQ(before.st_ino, after.st_ino);
}

TEST_F(ArtifactStoreTest, StoringReplacesADamagedFile) {
  const std::string uri = "file:" + ToHex(Sha256(kBytes)) + ".bin";
  for (const std::string damaged : {"", "model-bytes", "much longer than it"}) {
    Write(InStore(uri.substr(5)), damaged);
    EXPECT_EQ(StoreArtifact(Store(), kBytes), uri);
    EXPECT_EQ(Fetch(uri), kBytes);
  }
}

TEST_F(ArtifactStoreTest, StoringWritesThroughNoLink) {
  Write(folder_ / "precious", "precious");
  fs::create_symlink(folder_ / "precious",
                     InStore(ToHex(Sha256(kBytes)) + ".bin"));
  EXPECT_THROW(StoreArtifact(Store(), kBytes), IoError);
  EXPECT_EQ(ReadFile((folder_ / "precious").string(), 100), "precious");
}

TEST_F(ArtifactStoreTest, StoringNeedsAFolder) {
  Write(folder_ / "file");
  EXPECT_THROW(StoreArtifact((folder_ / "file").string(), kBytes), IoError);
  EXPECT_THROW(StoreArtifact("https://h/", kBytes), UsageError);
  EXPECT_THROW(StoreArtifact("HTTP://h/", kBytes), UsageError);
}

TEST_F(ArtifactStoreTest, FetchesFromAFolderWithinTheStore) {
  fs::create_directories(InStore("a/b"));
  Write(InStore("a/b/m.bin"));
  EXPECT_EQ(Fetch("file:a/b/m.bin"), kBytes);
}

TEST_F(ArtifactStoreTest, TheStoreItselfMayBeALink) {
  Write(InStore("m.bin"));
  fs::create_directory_symlink(Store(), folder_ / "link");
  EXPECT_EQ(FetchArtifact({.store = (folder_ / "link").string(), .allowed = {}},
                          Reference("file:m.bin")),
            kBytes);
}

TEST_F(ArtifactStoreTest, NoWayLeadsOutOfTheStore) {
  Write(folder_ / "secret");
  fs::create_directory(InStore("a"));
  for (const std::string name : {"../secret", "a/../../secret", "..", "a/..",
                                 "/etc/hostname", "//etc/hostname"}) {
    EXPECT_THROW(Fetch("file:" + name), ArtifactError) << name;
  }
  EXPECT_THROW(Fetch("file:" + (folder_ / "secret").string()), ArtifactError);
  EXPECT_THAT(Refusal("file:../secret"),
              HasSubstr("churn@7, uri: expected file:NAME with a name beneath "
                        "the store, got 'file:../secret'"));
}

TEST_F(ArtifactStoreTest, NoSymbolicLinkIsFollowed) {
  Write(folder_ / "secret");
  Write(InStore("inside"));
  fs::create_directory(InStore("real"));
  Write(InStore("real/m.bin"));
  fs::create_symlink(folder_ / "secret", InStore("out"));
  fs::create_symlink("inside", InStore("in"));
  fs::create_directory_symlink(folder_.path(), InStore("up"));
  fs::create_directory_symlink("real", InStore("folder"));
  for (const char* name : {"out", "in", "up/secret", "folder/m.bin"}) {
    EXPECT_THAT(Refusal("file:"s + name), HasSubstr("symbolic link")) << name;
  }
}

TEST_F(ArtifactStoreTest, OnlyRegularFilesCountAndNothingBlocks) {
  ASSERT_EQ(::mkfifo(InStore("fifo").c_str(), 0600), 0);
  fs::create_directory(InStore("folder"));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  ASSERT_LT(InStore("socket").string().size(), sizeof address.sun_path);
  InStore("socket").string().copy(address.sun_path, sizeof address.sun_path);
  const Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address),
                   sizeof address),
            0);
  for (const char* name : {"fifo", "folder", "socket"}) {
    EXPECT_THAT(Refusal("file:"s + name), HasSubstr("expected a regular file"))
        << name;
  }
}

TEST_F(ArtifactStoreTest, OddNamesAreRefused) {
  Write(InStore("m.bin"));
  Write(InStore("%2e"));
  for (const std::string& name :
       {""s, "."s, "./m.bin"s, "m.bin/"s, "a//m.bin"s, "m.bin\0"s, "\0"s,
        "m.bin/x"s, std::string(300, 'a'), std::string(5000, 'a'),
        std::string(100'000, 'a')}) {
    EXPECT_THROW(Fetch("file:" + name), ArtifactError) << name.substr(0, 20);
  }
  // A name in a folder is what it is: nothing is decoded.
  EXPECT_EQ(Fetch("file:%2e"), kBytes);
  EXPECT_THROW(Fetch("file:%6d.bin"), IoError);
}

TEST_F(ArtifactStoreTest, OtherSchemesAreRefused) {
  Write(InStore("m.bin"));
  for (const std::string uri : {"", "m.bin", "FILE:m.bin", "file", "ftp://h/m",
                                "data:,x", "s3://b/m", "://"}) {
    EXPECT_THAT(Refusal(uri),
                HasSubstr("uri: expected file:NAME or an http(s) URL"))
        << uri;
  }
}

TEST_F(ArtifactStoreTest, AMessageQuotesHostileTextShortAndPlain) {
  EXPECT_THAT(Refusal("x\n\x1b[2J" + std::string(1000, 'a')),
              HasSubstr("'x??[2J" + std::string(194, 'a') + "'..."));
}

TEST_F(ArtifactStoreTest, AMissingFileMayComeLater) {
  EXPECT_THAT(ThrownMessage<IoError>([&] { Fetch("file:none.bin"); }),
              HasSubstr("expected 'file:none.bin' to be readable, got No such "
                        "file"));
}

TEST_F(ArtifactStoreTest, AStoreThatIsAwayMayComeBack) {
  EXPECT_THROW(
      FetchArtifact({.store = (folder_ / "none").string(), .allowed = {}},
                    Reference("file:m.bin")),
      IoError);
}

TEST_F(ArtifactStoreTest, AnotherSizeIsRefused) {
  Write(InStore("short"), "model");
  Write(InStore("long"), kBytes + "x");
  EXPECT_THAT(Refusal("file:short"),
              HasSubstr("churn@7, size: expected 11 bytes, got 5"));
  EXPECT_THAT(Refusal("file:long"),
              HasSubstr("size: expected 11 bytes, got 12"));
}

TEST_F(ArtifactStoreTest, AHugeFileIsRefusedUnread) {
  Write(InStore("huge"));
  fs::resize_file(InStore("huge"), 1ULL << 40U);  // sparse
  EXPECT_THROW(Fetch("file:huge"), ArtifactError);
}

TEST_F(ArtifactStoreTest, ASizeOverTheLimitIsRefusedUnseen) {
  ArtifactSources sources{.store = "/none", .allowed = {}};
  sources.max_bytes = 10;
  EXPECT_THAT(ThrownMessage<ArtifactError>(
                  [&] { FetchArtifact(sources, Reference("file:m.bin")); }),
              HasSubstr("churn@7, size: expected at most 10 bytes, got 11"));
}

TEST_F(ArtifactStoreTest, AnotherDigestIsRefused) {
  Write(InStore("m.bin"), "MODEL bytes");
  EXPECT_THAT(Refusal("file:m.bin"),
              HasSubstr("churn@7, sha256: expected '" + ToHex(Sha256(kBytes)) +
                        "', got " + ToHex(Sha256("MODEL bytes"))));
}

TEST_F(ArtifactStoreTest, AFileUrlMustLieWithinAnAllowedFolder) {
  fs::create_directory(folder_ / "allowed");
  Write(folder_ / "allowed/m.bin");
  Write(folder_ / "secret");
  fs::create_symlink(folder_ / "secret", folder_ / "allowed/link");
  const std::string url = "file://" + folder_.path().string();
  for (const std::string& prefix : {url + "/allowed/", url + "/allowed"}) {
    const ArtifactSources sources{.store = Store(),
                                  .allowed = {"https://h/", prefix}};
    EXPECT_EQ(FetchArtifact(sources, Reference(url + "/allowed/m.bin")),
              kBytes);
    for (const char* path : {"/secret", "/allowed/../secret", "/allowed/link",
                             "/allowed", "/allowed/", "/allowedm.bin"}) {
      EXPECT_THROW(FetchArtifact(sources, Reference(url + path)), ArtifactError)
          << path;
    }
  }
  EXPECT_THROW(Fetch(url + "/allowed/m.bin"), ArtifactError);
}

class ArtifactDownloadTest : public ArtifactStoreTest {
 protected:
  ArtifactDownloadTest()
      : server_([this](const std::string& head) {
          return answer_(head.substr(4, head.find(' ', 4) - 4));
        }) {}

  std::string FetchFrom(const std::string& store, const std::string& uri) {
    return FetchArtifact({.store = store, .allowed = {server_.Url("/ok/")}},
                         Reference(uri));
  }

  std::function<std::string(const std::string& path)> answer_ =
      [](const std::string& path) {
        return path.ends_with("/m.bin")
                   ? ScriptedServer::Reply("200 OK", kBytes)
                   : ScriptedServer::Reply("404 Not Found", "");
      };
  ScriptedServer server_;
};

TEST_F(ArtifactDownloadTest, AnAllowedUrlIsFetched) {
  EXPECT_EQ(FetchFrom(Store(), server_.Url("/ok/m.bin")), kBytes);
}

TEST_F(ArtifactDownloadTest, AUrlWithinTheStoreIsFetched) {
  EXPECT_EQ(FetchFrom(server_.Url("/store/"), server_.Url("/store/m.bin")),
            kBytes);
}

TEST_F(ArtifactDownloadTest, ANameIsFetchedFromAStoreThatIsAUrl) {
  EXPECT_EQ(FetchFrom(server_.Url("/store"), "file:m.bin"), kBytes);
  EXPECT_THAT(server_.requests().at(0),
              testing::StartsWith("GET /store/m.bin "));
}

TEST_F(ArtifactDownloadTest, OnlyAPlainNameIsAddedToAUrl) {
  for (const std::string& name :
       {""s, "."s, ".."s, "../ok/m.bin"s, "a/m.bin"s, "%2e%2e"s, "a\\b"s,
        "m.bin\0"s, "m bin"s, "/ok/m.bin"s}) {
    EXPECT_THROW(FetchFrom(server_.Url("/store/"), "file:" + name),
                 ArtifactError)
        << name;
  }
  EXPECT_TRUE(server_.requests().empty());
}

TEST_F(ArtifactDownloadTest, NothingIsAskedForOutsideTheAllowedPlaces) {
  for (const std::string& url :
       {server_.Url("/m.bin"), server_.Url("/okm.bin"),
        server_.Url("/ok/../m.bin"), server_.Url("/ok/%2e%2e/m.bin"),
        server_.Url("/ok/m.bin") + '\0', server_.Url("/ok\\m.bin"),
        "http://u:p@" + server_.Url("/ok/m.bin").substr(7),
        "http://127.0.0.1:1/ok/m.bin"s, "http:"s, "https://"s}) {
    EXPECT_THAT(ThrownMessage<ArtifactError>([&] { FetchFrom(Store(), url); }),
                HasSubstr("registry.allowed"))
        << url;
  }
  EXPECT_TRUE(server_.requests().empty());
}

TEST_F(ArtifactDownloadTest, AMissingOneMayComeLater) {
  EXPECT_THAT(ThrownMessage<UnavailableError>(
                  [&] { FetchFrom(Store(), server_.Url("/ok/none")); }),
              HasSubstr("HTTP 404"));
}

TEST_F(ArtifactDownloadTest, AServersRefusalIsTheMessagesFault) {
  for (const char* status : {"400 Bad", "403 No", "410 Gone", "204 Empty"}) {
    answer_ = [status](const std::string&) {
      return ScriptedServer::Reply(status, "");
    };
    EXPECT_THROW(FetchFrom(Store(), server_.Url("/ok/m.bin")), ArtifactError)
        << status;
  }
}

TEST_F(ArtifactDownloadTest, ARedirectIsNotFollowed) {
  answer_ = [](const std::string&) {
    return ScriptedServer::Reply("302 Found", "", "Location: /ok/m.bin\r\n");
  };
  EXPECT_THAT(ThrownMessage<ArtifactError>(
                  [&] { FetchFrom(Store(), server_.Url("/ok/x")); }),
              HasSubstr("HTTP 302"));
  EXPECT_EQ(server_.requests().size(), 1U);
}

TEST_F(ArtifactDownloadTest, ABusyServerMayAnswerLater) {
  for (const char* status : {"503 Unavailable", "429 Slow", "408 Late"}) {
    answer_ = [status](const std::string&) {
      return ScriptedServer::Reply(status, std::string(50'000, 'x'));
    };
    EXPECT_THROW(FetchFrom(Store(), server_.Url("/ok/m.bin")), UnavailableError)
        << status;
  }
}

TEST_F(ArtifactDownloadTest, AnotherSizeIsRefused) {
  for (const std::size_t size : {0U, 10U, 12U, 1'000'000U}) {
    answer_ = [size](const std::string&) {
      return ScriptedServer::Reply("200 OK", std::string(size, 'x'));
    };
    EXPECT_THAT(ThrownMessage<ArtifactError>(
                    [&] { FetchFrom(Store(), server_.Url("/ok/m.bin")); }),
                HasSubstr("churn@7, size: expected 11 bytes, got"))
        << size;
  }
}

TEST_F(ArtifactDownloadTest, AnotherDigestIsRefused) {
  answer_ = [](const std::string&) {
    return ScriptedServer::Reply("200 OK", "MODEL bytes");
  };
  EXPECT_THAT(ThrownMessage<ArtifactError>(
                  [&] { FetchFrom(Store(), server_.Url("/ok/m.bin")); }),
              HasSubstr("churn@7, sha256: expected"));
}

}  // namespace
}  // namespace tidemill
