#include "tidemill/data/data_file.h"

#include <zlib.h>
#include <zstd.h>

#include <fstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/thrown_message.h"
#include "tidemill/core/errors.h"
#include "tidemill/data/encoding.h"

namespace tidemill {
namespace {

using testing::HasSubstr;

std::string ReadAll(ByteSource& source) {
  std::string all;
  std::string block(1000, '\0');
  while (const std::size_t count = source.Read(block)) {
    all.append(block, 0, count);
  }
  return all;
}

std::string TextOf(const std::string& bytes, const std::string& encoding = "",
                   const std::string& name = "f.csv") {
  const DataFile file{
      .name = name, .bytes = bytes, .format = {.encoding = encoding}};
  DataText text(file);
  return ReadAll(text.text());
}

std::string ErrorOf(const std::string& bytes,
                    const std::string& encoding = "") {
  return ThrownMessage<DataError>([&] { TextOf(bytes, encoding); });
}

std::string Gzip(const std::string& text) {
  z_stream stream{};
  constexpr int kGzip = 15 + 16;
  deflateInit2(&stream, 9, Z_DEFLATED, kGzip, 9, Z_DEFAULT_STRATEGY);
  std::string out(text.size() + 1000, '\0');
  std::string in = text;
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string Zstd(const std::string& text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  out.resize(
      ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
  return out;
}

/// Rows that do not repeat, of many blocks.
std::string ManyRows() {
  std::string text = "a,b\n";
  for (long i = 0; i < 60'000; ++i) {
    text += std::to_string(i) + "," + std::to_string(i * i % 9973) + "\n";
  }
  return text;
}

TEST(DataTextTest, PlainTextIsItself) {
  const std::string text = ManyRows();
  EXPECT_EQ(TextOf(text), text);
  EXPECT_EQ(TextOf(""), "");
}

TEST(DataTextTest, GzipIsKnownByItsContent) {
  const std::string text = ManyRows();
  EXPECT_EQ(TextOf(Gzip(text)), text);
}

TEST(DataTextTest, GzipMayHaveManyMembers) {
  EXPECT_EQ(TextOf(Gzip("a,b\n") + Gzip("") + Gzip("1,2\n")), "a,b\n1,2\n");
}

TEST(DataTextTest, ZstdIsKnownByItsContent) {
  const std::string text = ManyRows();
  EXPECT_EQ(TextOf(Zstd(text)), text);
  EXPECT_EQ(TextOf(Zstd("a,b\n") + Zstd("1,2\n")), "a,b\n1,2\n");
}

TEST(DataTextTest, WhatExpandsAThousandTimesPassesInPieces) {
  const std::string zeros(std::size_t{32} << 20U, '0');
  const DataFile file{.name = "bomb.gz", .bytes = Gzip(zeros)};
  DataText text(file);
  std::string block(4096, '\0');
  std::size_t total = 0;
  while (const std::size_t count = text.text().Read(block)) {
    EXPECT_LE(count, block.size());
    total += count;
  }
  EXPECT_EQ(total, zeros.size());
}

TEST(DataTextTest, ACutFileIsRefused) {
  for (const auto& [bytes, format] :
       {std::pair(Gzip(ManyRows()), "gzip"), {Zstd(ManyRows()), "zstd"}}) {
    for (const std::size_t left :
         {std::size_t{8}, bytes.size() / 2, bytes.size() - 1}) {
      EXPECT_EQ(ErrorOf(bytes.substr(0, left)),
                std::string("f.csv: expected a whole ") + format +
                    " file, got its end too early");
    }
  }
}

TEST(DataTextTest, ADamagedFileIsRefused) {
  std::string gzip = Gzip(ManyRows());
  gzip[gzip.size() - 6] ^= 1;
  EXPECT_EQ(ErrorOf(gzip),
            "f.csv: expected a whole gzip file, got incorrect data check");
  EXPECT_THAT(ErrorOf(Gzip("a") + "rest of something"),
              HasSubstr("expected a whole gzip file"));
  std::string zstd = Zstd(ManyRows());
  zstd.resize(zstd.size() / 2);
  zstd += std::string(1000, 'x');
  EXPECT_THAT(ErrorOf(zstd), HasSubstr("f.csv: expected a whole zstd file"));
}

TEST(DataTextTest, AByteOrderMarkIsLeftOut) {
  EXPECT_EQ(TextOf("\xEF\xBB\xBF"
                   "a,b\n"),
            "a,b\n");
}

TEST(DataTextTest, Utf16IsKnownByItsMark) {
  using namespace std::string_literals;
  EXPECT_EQ(TextOf("\xFF\xFE"
                   "a\0\xE9\0\n\0"s),
            "a\xC3\xA9\n");
  EXPECT_EQ(TextOf("\xFE\xFF\0a\0\xE9\0\n"s), "a\xC3\xA9\n");
  EXPECT_EQ(TextOf("\xFF\xFE"
                   "a\0"s,
                   "utf-16"),
            "a");
}

TEST(DataTextTest, OtherEncodingsAreAskedFor) {
  EXPECT_EQ(TextOf("caf\xE9", "latin-1"), "caf\xC3\xA9");
  EXPECT_EQ(TextOf("\x80 5", "windows-1252"), "\xE2\x82\xAC 5");
  EXPECT_EQ(TextOf("\xA4", "ISO-8859-15"), "\xE2\x82\xAC");
}

TEST(DataTextTest, CharactersThatEndABlockAreWhole) {
  // An odd beginning, so that characters lie across every block's end.
  std::string latin1 = "x";
  std::string utf8 = "x";
  for (int i = 0; i < 200'000; ++i) {
    latin1 += '\xE9';
    utf8 += "\xC3\xA9";
  }
  EXPECT_EQ(TextOf(utf8), utf8);
  EXPECT_EQ(TextOf(latin1, "latin-1"), utf8);
}

TEST(DataTextTest, BytesThatAreNotTheEncodingNameTheirLine) {
  EXPECT_EQ(ErrorOf("a\nb\ncaf\xE9,1\n"),
            "f.csv:3: expected UTF-8 (or name the file's own with "
            "--encoding), got other bytes");
  const std::string rows = ManyRows();
  EXPECT_THAT(ErrorOf(rows + "\xE9\n"), testing::StartsWith("f.csv:60002: "));
  EXPECT_EQ(ErrorOf("a\n\x81\n", "windows-1252"),
            "f.csv:2: expected windows-1252, got other bytes");
  EXPECT_EQ(ErrorOf("a\n\xC3"), ErrorOf("a\n\xC3\n"));
  EXPECT_EQ(ErrorOf(std::string("\xFF\xFE"
                                "a\0b",
                                5)),
            "f.csv:1: expected utf-16le, got half a character at its end");
}

TEST(DataTextTest, ANulByteNamesItsLine) {
  EXPECT_EQ(ErrorOf(std::string("a\nb\0", 4)),
            "f.csv:2: expected CSV or JSON lines in UTF-8, got a NUL byte");
}

TEST(DataTextTest, KnowsTheEncodingsOfIconv) {
  EXPECT_TRUE(IsEncoding(""));
  EXPECT_TRUE(IsEncoding("Latin-1"));
  EXPECT_TRUE(IsEncoding("windows-1250"));
  EXPECT_FALSE(IsEncoding("klingon"));
  EXPECT_FALSE(IsEncoding("latin1//IGNORE"));
}

TEST(DataTextTest, JsonIsKnownByNameOrFirstCharacter) {
  const auto is_json = [](const std::string& name, const std::string& bytes) {
    const DataFile file{.name = name, .bytes = bytes};
    return DataText(file).is_json();
  };
  EXPECT_TRUE(is_json("a.jsonl", "x"));
  EXPECT_TRUE(is_json("a.ndjson.gz", "x"));
  EXPECT_TRUE(is_json("rows", "\n {\"a\":1}"));
  EXPECT_TRUE(is_json("rows", Zstd("{\"a\":1}")));
  EXPECT_FALSE(is_json("rows", "a,b"));
  EXPECT_FALSE(is_json("a.csv.gz", "{a}"));
}

TEST(DataTextTest, TheWatchSeesTheFilesOwnBytes) {
  const std::string bytes = Gzip(ManyRows());
  const DataFile file{.name = "f", .bytes = bytes};
  std::string seen;
  DataText text(file, [&](std::string_view piece) { seen += piece; });
  ReadAll(text.text());
  EXPECT_EQ(seen, bytes);
  EXPECT_EQ(text.position(), bytes.size());
  EXPECT_EQ(text.size(), bytes.size());
}

TEST(DataTextTest, ReadsFromAPath) {
  const std::string path = testing::TempDir() + "/data_file_test.csv";
  std::ofstream(path) << "a,b\n1,2\n";
  const DataFile file{.name = path};
  DataText text(file);
  EXPECT_EQ(ReadAll(text.text()), "a,b\n1,2\n");
}

}  // namespace
}  // namespace tidemill
