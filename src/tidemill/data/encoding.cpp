#include "tidemill/data/encoding.h"

#include <iconv.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "tidemill/core/errors.h"
#include "tidemill/data/utf8.h"

namespace tidemill {
namespace {

constexpr std::string_view kUtf8Mark = "\xEF\xBB\xBF";
constexpr std::string_view kUtf16LittleMark = "\xFF\xFE";
constexpr std::string_view kUtf16BigMark = "\xFE\xFF";
/// Longest sequence of UTF-8.
constexpr std::size_t kLongest = 4;

bool IsOpen(iconv_t converter) {
  // How iconv marks a failure.
  // NOLINTNEXTLINE(performance-no-int-to-ptr)
  return converter != reinterpret_cast<iconv_t>(-1);
}

/// iconv's spelling of a name that people use.
std::string IconvName(const std::string& encoding) {
  std::string name;
  for (const char c : encoding) {
    name += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  if (name == "latin-1") return "ISO-8859-1";
  return name;
}

bool IsUtf8(const std::string& encoding) {
  const std::string name = IconvName(encoding);
  return name.empty() || name == "utf-8" || name == "utf8";
}

/// Knows the line it has come to, and refuses what no text holds.
class TextPlace {
 public:
  explicit TextPlace(std::string name) : name_(std::move(name)) {}

  void Pass(std::string_view text) {
    const std::size_t nul = text.find('\0');
    if (nul != std::string_view::npos) {
      Refuse(text.substr(0, nul), "CSV or JSON lines in UTF-8", "a NUL byte");
    }
    lines_ += Lines(text);
  }
  /// `text` is what stands before the bad bytes and was not passed yet.
  [[noreturn]] void Refuse(std::string_view text, std::string expected,
                           std::string got) const {
    throw DataError(
        {.where = name_ + ":" + std::to_string(1 + lines_ + Lines(text)),
         .expected = std::move(expected),
         .got = std::move(got)});
  }

 private:
  static std::size_t Lines(std::string_view text) {
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  }
  std::string name_;
  std::size_t lines_ = 0;
};

/// Lets UTF-8 pass, and nothing else.
class Utf8Check final : public ByteSource {
 public:
  Utf8Check(ByteSourcePtr source, std::string name)
      : source_(std::move(source)), place_(std::move(name)) {}

  std::size_t Read(std::span<char> out) override {
    assert(out.size() > kLongest);
    std::size_t size = carried_.copy(out.data(), carried_.size());
    carried_.clear();
    while (true) {
      const std::size_t more = source_->Read(out.subspan(size));
      size += more;
      const std::string_view text(out.data(), size);
      const std::size_t good = FindInvalidUtf8(text);
      if (more == 0 || size - good >= kLongest) {
        if (good < size) {
          place_.Refuse(text.substr(0, good),
                        "UTF-8 (or name the file's own with --encoding)",
                        "other bytes");
        }
        place_.Pass(text);
        return size;
      }
      // The rest may be the beginning of a character.
      if (good == 0) continue;
      carried_ = text.substr(good);
      place_.Pass(text.substr(0, good));
      return good;
    }
  }

 private:
  ByteSourcePtr source_;
  TextPlace place_;
  std::string carried_;
};

/// Another encoding through iconv.
class ConvertedText final : public ByteSource {
 public:
  ConvertedText(ByteSourcePtr source, std::string name,
                const std::string& encoding)
      : source_(std::move(source)),
        place_(std::move(name)),
        encoding_(encoding),
        converter_(iconv_open("UTF-8", IconvName(encoding).c_str())) {
    assert(IsOpen(converter_));
  }
  ~ConvertedText() override { iconv_close(converter_); }
  ConvertedText(const ConvertedText&) = delete;
  ConvertedText& operator=(const ConvertedText&) = delete;

  std::size_t Read(std::span<char> out) override {
    assert(out.size() > kLongest);
    while (true) {
      if (rest_.empty() || cut_) Fill();
      if (rest_.empty()) return 0;
      const std::size_t count = Convert(out);
      place_.Pass({out.data(), count});
      if (count > 0) return count;
    }
  }

 private:
  /// Puts more bytes behind those of a character that was cut off.
  void Fill() {
    std::copy(rest_.begin(), rest_.end(), buffer_.begin());
    const std::size_t had = rest_.size();
    const std::size_t more = source_->Read(std::span(buffer_).subspan(had));
    if (more == 0 && had > 0) {
      place_.Refuse("", encoding_, "half a character at its end");
    }
    rest_ = {buffer_.data(), had + more};
    cut_ = false;
  }

  std::size_t Convert(std::span<char> out) {
    // iconv does not write what it reads; its interface lacks the const.
    char* from = const_cast<char*>(rest_.data());
    std::size_t left = rest_.size();
    char* to = out.data();
    std::size_t room = out.size();
    const bool failed = iconv(converter_, &from, &left, &to, &room) ==
                        static_cast<std::size_t>(-1);
    const int error = failed ? errno : 0;
    const std::size_t count = out.size() - room;
    rest_.remove_prefix(rest_.size() - left);
    if (error == EILSEQ) {
      place_.Refuse({out.data(), count}, encoding_, "other bytes");
    }
    cut_ = error == EINVAL;
    return count;
  }

  ByteSourcePtr source_;
  TextPlace place_;
  std::string encoding_;
  iconv_t converter_;
  std::array<char, 64 * 1024> buffer_;
  std::string_view rest_;
  bool cut_ = false;
};

/// The encoding that a mark at the start names; the mark is left out.
std::string EncodingByMark(PeekedBytes& source) {
  const std::string_view start = source.Peek(kUtf8Mark.size());
  if (start == kUtf8Mark) {
    source.Skip(kUtf8Mark.size());
    return "utf-8";
  }
  for (const auto& [mark, name] : {std::pair(kUtf16LittleMark, "utf-16le"),
                                   std::pair(kUtf16BigMark, "utf-16be")}) {
    if (!start.starts_with(mark)) continue;
    source.Skip(mark.size());
    return name;
  }
  return "";
}

}  // namespace

bool IsEncoding(const std::string& encoding) {
  if (IsUtf8(encoding)) return true;
  // What else iconv takes behind a name are orders to it.
  const bool plain = std::all_of(encoding.begin(), encoding.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') ||
           std::string_view("-_.:").find(c) != std::string_view::npos;
  });
  if (!plain) return false;
  iconv_t converter = iconv_open("UTF-8", IconvName(encoding).c_str());
  if (!IsOpen(converter)) return false;
  iconv_close(converter);
  return true;
}

ByteSourcePtr AsUtf8(ByteSourcePtr source, const std::string& name,
                     const std::string& encoding) {
  auto peeked = std::make_unique<PeekedBytes>(std::move(source));
  std::string wanted = encoding;
  const std::string asked = IconvName(encoding);
  if (asked.empty() || asked == "utf-16" || IsUtf8(encoding)) {
    const std::string marked = EncodingByMark(*peeked);
    if (IsUtf8(encoding) && !encoding.empty() && !IsUtf8(marked)) {
      throw DataError({.where = name, .expected = encoding, .got = marked});
    }
    if (!marked.empty()) wanted = marked;
  }
  if (IsUtf8(wanted)) {
    return std::make_unique<Utf8Check>(std::move(peeked), name);
  }
  return std::make_unique<ConvertedText>(std::move(peeked), name, wanted);
}

}  // namespace tidemill
