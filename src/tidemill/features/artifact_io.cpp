#include "tidemill/features/artifact_io.h"

#include <algorithm>
#include <cmath>
#include <istream>
#include <sstream>
#include <streambuf>
#include <utility>

#include <cereal/archives/portable_binary.hpp>

#include "tidemill/core/errors.h"
#include "tidemill/core/number_text.h"

namespace tidemill {

// ---------------------------------------------------------------- writer

struct ArtifactWriter::State {
  std::ostringstream stream;
  cereal::PortableBinaryOutputArchive archive{stream};

  template <typename T>
  void Many(const std::vector<T>& values) {
    archive(static_cast<std::uint64_t>(values.size()));
    archive(cereal::binary_data(values.data(), values.size() * sizeof(T)));
  }
};

ArtifactWriter::ArtifactWriter() : state_(std::make_unique<State>()) {}
ArtifactWriter::~ArtifactWriter() = default;

void ArtifactWriter::Bool(bool value) { U8(value ? 1 : 0); }
void ArtifactWriter::U8(std::uint8_t value) { state_->archive(value); }
void ArtifactWriter::U32(std::uint32_t value) { state_->archive(value); }
void ArtifactWriter::U64(std::uint64_t value) { state_->archive(value); }
void ArtifactWriter::I32(std::int32_t value) { state_->archive(value); }
void ArtifactWriter::Double(double value) { state_->archive(value); }

void ArtifactWriter::Text(std::string_view value) {
  U64(value.size());
  state_->archive(cereal::binary_data(value.data(), value.size()));
}

void ArtifactWriter::Doubles(const std::vector<double>& values) {
  state_->Many(values);
}
void ArtifactWriter::Floats(const std::vector<float>& values) {
  state_->Many(values);
}
void ArtifactWriter::I32s(const std::vector<std::int32_t>& values) {
  state_->Many(values);
}
void ArtifactWriter::U8s(const std::vector<std::uint8_t>& values) {
  state_->Many(values);
}
void ArtifactWriter::U64s(const std::vector<std::uint64_t>& values) {
  state_->Many(values);
}

void ArtifactWriter::Texts(const std::vector<std::string>& values) {
  U64(values.size());
  for (const std::string& value : values) Text(value);
}

std::string ArtifactWriter::Finish() { return std::move(state_->stream).str(); }

// ---------------------------------------------------------------- reader

namespace {

/// Bytes in memory as a stream; in_avail() is what is left.
class MemoryBuffer : public std::streambuf {
 public:
  explicit MemoryBuffer(std::string_view bytes) {
    char* begin = const_cast<char*>(bytes.data());  // never written to
    setg(begin, begin, begin + bytes.size());
  }
  std::size_t left() const {
    return static_cast<std::size_t>(egptr() - gptr());
  }
};

}  // namespace

struct ArtifactReader::State {
  explicit State(std::string_view bytes) : buffer(bytes) {}

  MemoryBuffer buffer;
  std::istream stream{&buffer};
  /// Made at the first read: its constructor reads a byte already.
  std::unique_ptr<cereal::PortableBinaryInputArchive> archive;
};

ArtifactReader::ArtifactReader(std::string_view bytes, std::string where)
    : where_(std::move(where)), state_(std::make_unique<State>(bytes)) {
  // The archive begins with a byte for the writer's byte order.
  if (bytes.empty()) Refuse("a section", "no bytes");
  if (bytes[0] != 0 && bytes[0] != 1) {
    Refuse("byte order 0 or 1", std::to_string(bytes[0]));
  }
  state_->archive =
      std::make_unique<cereal::PortableBinaryInputArchive>(state_->stream);
}

ArtifactReader::~ArtifactReader() = default;

void ArtifactReader::Refuse(std::string expected, std::string got) const {
  throw ArtifactError({.where = where_,
                       .expected = std::move(expected),
                       .got = std::move(got)});
}

void ArtifactReader::RefuseChoice(int value, int count) const {
  Refuse("a choice below " + std::to_string(count), std::to_string(value));
}

template <typename T>
T ArtifactReader::Read() {
  if (state_->buffer.left() < sizeof(T)) {
    Refuse(std::to_string(sizeof(T)) + " more bytes",
           std::to_string(state_->buffer.left()));
  }
  T value{};
  (*state_->archive)(value);
  return value;
}

template <typename T>
std::vector<T> ArtifactReader::ReadMany() {
  std::vector<T> values(Count(state_->buffer.left(), sizeof(T)));
  (*state_->archive)(
      cereal::binary_data(values.data(), values.size() * sizeof(T)));
  return values;
}

bool ArtifactReader::Bool() { return Choice<std::uint8_t>(2) == 1; }
std::uint8_t ArtifactReader::U8() { return Read<std::uint8_t>(); }
std::uint32_t ArtifactReader::U32() { return Read<std::uint32_t>(); }
std::uint64_t ArtifactReader::U64() { return Read<std::uint64_t>(); }
std::int32_t ArtifactReader::I32() { return Read<std::int32_t>(); }
double ArtifactReader::Double() { return Read<double>(); }

double ArtifactReader::FiniteDouble() {
  const double value = Double();
  if (!std::isfinite(value)) Refuse("a finite number", NumberText(value));
  return value;
}

std::size_t ArtifactReader::Count(std::size_t max, std::size_t bytes_each) {
  const std::uint64_t count = U64();
  if (count > max || count > state_->buffer.left() / bytes_each) {
    Refuse("at most " +
               std::to_string(std::min<std::uint64_t>(
                   max, state_->buffer.left() / bytes_each)) +
               " entries",
           std::to_string(count));
  }
  return count;
}

std::string ArtifactReader::Text(std::size_t max_bytes) {
  std::string text(Count(max_bytes, 1), '\0');
  (*state_->archive)(cereal::binary_data(text.data(), text.size()));
  return text;
}

std::vector<double> ArtifactReader::Doubles() { return ReadMany<double>(); }
std::vector<float> ArtifactReader::Floats() { return ReadMany<float>(); }
std::vector<std::int32_t> ArtifactReader::I32s() {
  return ReadMany<std::int32_t>();
}
std::vector<std::uint8_t> ArtifactReader::U8s() {
  return ReadMany<std::uint8_t>();
}
std::vector<std::uint64_t> ArtifactReader::U64s() {
  return ReadMany<std::uint64_t>();
}

std::vector<double> ArtifactReader::FiniteDoubles() {
  std::vector<double> values = Doubles();
  for (const double value : values) {
    if (!std::isfinite(value)) Refuse("finite numbers", NumberText(value));
  }
  return values;
}

std::vector<std::string> ArtifactReader::Texts() {
  const std::size_t count = Count(state_->buffer.left(), sizeof(std::uint64_t));
  std::vector<std::string> texts;
  texts.reserve(count);
  for (std::size_t i = 0; i < count; ++i) texts.push_back(Text());
  return texts;
}

void ArtifactReader::Finish() {
  if (state_->buffer.left() != 0) {
    Refuse("the section's end",
           std::to_string(state_->buffer.left()) + " more bytes");
  }
}

}  // namespace tidemill
