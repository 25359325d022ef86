#include "tidemill/model/digest.h"

#include <stdexcept>

#include <openssl/evp.h>

namespace tidemill {

namespace {

void Require(bool done) {
  if (!done) throw std::runtime_error("SHA-256 is not available in OpenSSL");
}

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

}  // namespace

struct Sha256Stream::Context {
  std::unique_ptr<EVP_MD_CTX, FreeContext> evp{EVP_MD_CTX_new()};
};

Sha256Stream::Sha256Stream() : context_(std::make_unique<Context>()) {
  Require(context_->evp != nullptr &&
          EVP_DigestInit_ex(context_->evp.get(), EVP_sha256(), nullptr) == 1);
}

Sha256Stream::~Sha256Stream() = default;

void Sha256Stream::Add(std::string_view bytes) {
  Require(EVP_DigestUpdate(context_->evp.get(), bytes.data(), bytes.size()) ==
          1);
}

Sha256Digest Sha256Stream::Finish() {
  Sha256Digest digest{};
  unsigned int size = 0;
  Require(EVP_DigestFinal_ex(context_->evp.get(), digest.data(), &size) == 1 &&
          size == digest.size());
  return digest;
}

Sha256Digest Sha256(std::string_view bytes) {
  Sha256Stream stream;
  stream.Add(bytes);
  return stream.Finish();
}

std::string ToHex(const Sha256Digest& digest) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : digest) {
    text += kDigits[byte >> 4U];
    text += kDigits[byte & 15U];
  }
  return text;
}

}  // namespace tidemill
