#include "tidemill/model/artifact.h"

#include <algorithm>
#include <array>
#include <utility>

#include "tidemill/core/errors.h"
#include "tidemill/features/artifact_binary.h"
#include "tidemill/model/artifact_sections.h"
#include "tidemill/model/digest.h"

namespace tidemill {
namespace {

constexpr std::string_view kMagic = "TIDEMILL";
constexpr std::size_t kDigestBytes = sizeof(Sha256Digest);

/// The frame's numbers are little-endian whatever the machine.
template <typename T>
void PutNumber(T value, std::string& out) {
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    out += static_cast<char>((value >> (8 * i)) & 0xFFU);
  }
}

template <typename T>
T GetNumber(std::string_view bytes, std::size_t at) {
  T value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    value |= static_cast<T>(static_cast<unsigned char>(bytes[at + i]))
             << (8 * i);
  }
  return value;
}

/// A section: how it is written and read. Their order is the file's.
struct Section {
  std::string_view name;
  void (*write)(const Artifact&, ArtifactWriter&);
  void (*read)(ArtifactReader&, Artifact&);
};

constexpr std::array<Section, 6> kSections = {{
    {"manifest",
     [](const Artifact& a, ArtifactWriter& out) {
       WriteManifest(a.manifest, out);
     },
     [](ArtifactReader& in, Artifact& a) { a.manifest = ReadManifest(in); }},
    {"schema",
     [](const Artifact& a, ArtifactWriter& out) { WriteSchema(a.schema, out); },
     [](ArtifactReader& in, Artifact& a) { a.schema = ReadSchema(in); }},
    {"pipeline",
     [](const Artifact& a, ArtifactWriter& out) { a.pipeline.Save(out); },
     [](ArtifactReader& in, Artifact& a) { a.pipeline = Pipeline::Load(in); }},
    {"model",
     [](const Artifact& a, ArtifactWriter& out) {
       SavePredictor(*a.predictor, out);
     },
     [](ArtifactReader& in, Artifact& a) { a.predictor = LoadPredictor(in); }},
    {"baselines",
     [](const Artifact& a, ArtifactWriter& out) {
       WriteBaselines(a.baselines, out);
     },
     [](ArtifactReader& in, Artifact& a) { a.baselines = ReadBaselines(in); }},
    {"verification",
     [](const Artifact& a, ArtifactWriter& out) {
       WriteVerification(a.verification, out);
     },
     [](ArtifactReader& in, Artifact& a) {
       a.verification = ReadVerification(in);
     }},
}};

void ReadSection(const Section& section, std::string_view bytes,
                 const std::string& name, Artifact& artifact) {
  NamingPlace(name, ": ", [&] {
    BinaryReader in(bytes, name);
    section.read(in, artifact);
    in.Finish();
  });
}

constexpr std::size_t kHeadBytes = kMagic.size() + 2 * sizeof(std::uint32_t);
constexpr std::size_t kFrameBytes =
    kHeadBytes + kSections.size() * sizeof(std::uint64_t);

void CheckHead(std::string_view bytes, const std::string& where) {
  const auto refuse = [&](std::string expected, std::string got) {
    throw ArtifactError({.where = where,
                         .expected = std::move(expected),
                         .got = std::move(got)});
  };
  if (bytes.empty()) refuse("a model.bin", "an empty file");
  if (bytes.size() < kHeadBytes || bytes.substr(0, kMagic.size()) != kMagic) {
    refuse("a model.bin, which begins with TIDEMILL", "other bytes");
  }
  const auto format = GetNumber<std::uint32_t>(bytes, kMagic.size());
  if (format != kArtifactFormat) {
    refuse(
        "model format " + std::to_string(kArtifactFormat),
        "format " + std::to_string(format) +
            (format > kArtifactFormat ? ", written by a newer tidemill" : ""));
  }
  const auto sections =
      GetNumber<std::uint32_t>(bytes, kMagic.size() + sizeof(std::uint32_t));
  if (sections != kSections.size()) {
    refuse(std::to_string(kSections.size()) + " sections",
           std::to_string(sections));
  }
  if (bytes.size() < kFrameBytes + kDigestBytes) {
    refuse("a whole file",
           std::to_string(bytes.size()) + " bytes: it is cut off");
  }
}

}  // namespace

bool BeginsAsArtifact(std::string_view bytes) {
  return bytes.starts_with(kMagic);
}

std::string WriteArtifact(const Artifact& artifact) {
  std::string bytes(kMagic);
  PutNumber<std::uint32_t>(kArtifactFormat, bytes);
  PutNumber<std::uint32_t>(kSections.size(), bytes);
  std::string body;
  for (const Section& section : kSections) {
    BinaryWriter out;
    section.write(artifact, out);
    const std::string content = out.Finish();
    PutNumber<std::uint64_t>(content.size(), bytes);
    body += content;
  }
  bytes += body;
  const Sha256Digest digest = Sha256(bytes);
  bytes.append(digest.begin(), digest.end());
  return bytes;
}

Artifact ReadArtifact(std::string_view bytes, const std::string& where) {
  CheckHead(bytes, where);
  const std::string_view content = bytes.substr(0, bytes.size() - kDigestBytes);
  const Sha256Digest digest = Sha256(content);
  if (!std::equal(digest.begin(), digest.end(),
                  bytes.end() - static_cast<std::ptrdiff_t>(kDigestBytes),
                  [](std::uint8_t a, char b) {
                    return a == static_cast<std::uint8_t>(b);
                  })) {
    throw ArtifactError({.where = where,
                         .expected = "the SHA-256 that ends the file to match",
                         .got = "another: the file is damaged or cut off"});
  }
  Artifact artifact;
  std::size_t at = kFrameBytes;
  for (std::size_t i = 0; i < kSections.size(); ++i) {
    const auto size =
        GetNumber<std::uint64_t>(bytes, kHeadBytes + i * sizeof(std::uint64_t));
    const std::string name = where + ", " + std::string(kSections[i].name);
    if (size > content.size() - at) {
      throw ArtifactError(
          {.where = name,
           .expected =
               "at most " + std::to_string(content.size() - at) + " bytes",
           .got = std::to_string(size)});
    }
    ReadSection(kSections[i], content.substr(at, size), name, artifact);
    at += size;
  }
  if (at != content.size()) {
    throw ArtifactError(
        {.where = where,
         .expected = "the end of the sections",
         .got = std::to_string(content.size() - at) + " more bytes"});
  }
  return artifact;
}

}  // namespace tidemill
