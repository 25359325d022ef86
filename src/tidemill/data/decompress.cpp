#include "tidemill/data/decompress.h"

#include <zlib.h>
#include <zstd.h>

#include <array>
#include <cassert>
#include <new>
#include <string_view>
#include <utility>

#include "tidemill/core/errors.h"

namespace tidemill {
namespace {

constexpr std::string_view kGzipMagic = "\x1f\x8b";
constexpr std::string_view kZstdMagic = "\x28\xb5\x2f\xfd";

/// What the two formats share: a buffer of compressed bytes.
class CompressedInput {
 public:
  CompressedInput(ByteSourcePtr source, std::string name, std::string format)
      : source_(std::move(source)),
        name_(std::move(name)),
        format_(std::move(format)) {}

  /// True while there are bytes to decompress.
  bool Fill() {
    if (rest_.empty()) rest_ = {buffer_.data(), source_->Read(buffer_)};
    return !rest_.empty();
  }
  std::string_view rest() const { return rest_; }
  void Take(std::size_t count) { rest_.remove_prefix(count); }

  [[noreturn]] void Refuse(const std::string& got) const {
    throw DataError({.where = name_,
                     .expected = "a whole " + format_ + " file",
                     .got = got});
  }
  [[noreturn]] void RefuseEnd() const { Refuse("its end too early"); }

 private:
  ByteSourcePtr source_;
  std::string name_;
  std::string format_;
  std::array<char, 64 * 1024> buffer_;
  std::string_view rest_;
};

class GzipBytes final : public ByteSource {
 public:
  GzipBytes(ByteSourcePtr source, const std::string& name)
      : input_(std::move(source), name, "gzip") {
    constexpr int kWindowBits = 15;
    constexpr int kGzipOnly = 16;
    if (inflateInit2(&stream_, kWindowBits + kGzipOnly) != Z_OK) {
      throw std::bad_alloc();
    }
  }
  ~GzipBytes() override { inflateEnd(&stream_); }
  GzipBytes(const GzipBytes&) = delete;
  GzipBytes& operator=(const GzipBytes&) = delete;

  std::size_t Read(std::span<char> out) override {
    while (true) {
      // What did not fit into the last `out` comes without more input.
      if (!held_back_ && !input_.Fill()) {
        if (within_member_) input_.RefuseEnd();
        return 0;
      }
      if (const std::size_t count = Inflate(out)) return count;
    }
  }

 private:
  std::size_t Inflate(std::span<char> out) {
    within_member_ = true;
    // zlib does not write what it reads; its interface lacks the const.
    stream_.next_in =
        reinterpret_cast<Bytef*>(const_cast<char*>(input_.rest().data()));
    stream_.avail_in = static_cast<uInt>(input_.rest().size());
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = static_cast<uInt>(out.size());
    const int result = inflate(&stream_, Z_NO_FLUSH);
    input_.Take(input_.rest().size() - stream_.avail_in);
    if (result == Z_STREAM_END) {
      within_member_ = false;
      inflateReset(&stream_);
    } else if (result != Z_OK && result != Z_BUF_ERROR) {
      input_.Refuse(stream_.msg == nullptr ? "damaged bytes" : stream_.msg);
    }
    held_back_ = within_member_ && stream_.avail_out == 0;
    return out.size() - stream_.avail_out;
  }

  CompressedInput input_;
  z_stream stream_{};
  bool within_member_ = false;
  bool held_back_ = false;
};

class ZstdBytes final : public ByteSource {
 public:
  ZstdBytes(ByteSourcePtr source, const std::string& name)
      : input_(std::move(source), name, "zstd"), context_(ZSTD_createDCtx()) {
    if (!context_) throw std::bad_alloc();
  }

  std::size_t Read(std::span<char> out) override {
    while (true) {
      if (!held_back_ && !input_.Fill()) {
        if (within_frame_) input_.RefuseEnd();
        return 0;
      }
      if (const std::size_t count = Decompress(out)) return count;
    }
  }

 private:
  struct FreeContext {
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
  };

  std::size_t Decompress(std::span<char> out) {
    ZSTD_inBuffer in{input_.rest().data(), input_.rest().size(), 0};
    ZSTD_outBuffer to{out.data(), out.size(), 0};
    const std::size_t left = ZSTD_decompressStream(context_.get(), &to, &in);
    if (ZSTD_isError(left) != 0) input_.Refuse(ZSTD_getErrorName(left));
    input_.Take(in.pos);
    within_frame_ = left != 0;
    held_back_ = within_frame_ && to.pos == to.size;
    return to.pos;
  }

  CompressedInput input_;
  std::unique_ptr<ZSTD_DCtx, FreeContext> context_;
  bool within_frame_ = false;
  bool held_back_ = false;
};

}  // namespace

ByteSourcePtr Decompressed(ByteSourcePtr source, const std::string& name) {
  auto peeked = std::make_unique<PeekedBytes>(std::move(source));
  const std::string_view start = peeked->Peek(kZstdMagic.size());
  const bool gzip = start.starts_with(kGzipMagic);
  const bool zstd = start == kZstdMagic;
  if (gzip) return std::make_unique<GzipBytes>(std::move(peeked), name);
  if (zstd) return std::make_unique<ZstdBytes>(std::move(peeked), name);
  return peeked;
}

}  // namespace tidemill
