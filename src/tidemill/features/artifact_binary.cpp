#include "tidemill/features/artifact_binary.h"

#include <algorithm>
#include <istream>
#include <sstream>
#include <streambuf>
#include <utility>

#include <cereal/archives/portable_binary.hpp>

namespace tidemill {

// ---------------------------------------------------------------- writer

struct BinaryWriter::State {
  std::ostringstream stream;
  cereal::PortableBinaryOutputArchive archive{stream};

  template <typename T>
  void Many(const std::vector<T>& values) {
    archive(static_cast<std::uint64_t>(values.size()));
    archive(cereal::binary_data(values.data(), values.size() * sizeof(T)));
  }
};

BinaryWriter::BinaryWriter() : state_(std::make_unique<State>()) {}
BinaryWriter::~BinaryWriter() = default;

void BinaryWriter::Byte(std::uint8_t value) { state_->archive(value); }
void BinaryWriter::Count(std::uint64_t value) { state_->archive(value); }

void BinaryWriter::Bool(std::string_view /*name*/, bool value) {
  Byte(value ? 1 : 0);
}
void BinaryWriter::I32(std::string_view /*name*/, std::int32_t value) {
  state_->archive(value);
}
void BinaryWriter::U32(std::string_view /*name*/, std::uint32_t value) {
  state_->archive(value);
}
void BinaryWriter::U64(std::string_view /*name*/, std::uint64_t value) {
  state_->archive(value);
}
void BinaryWriter::Double(std::string_view /*name*/, double value) {
  state_->archive(value);
}
void BinaryWriter::Text(std::string_view /*name*/, std::string_view value) {
  Count(value.size());
  state_->archive(cereal::binary_data(value.data(), value.size()));
}

void BinaryWriter::Doubles(std::string_view /*name*/,
                           const std::vector<double>& values) {
  state_->Many(values);
}
void BinaryWriter::Floats(std::string_view /*name*/,
                          const std::vector<float>& values) {
  state_->Many(values);
}
void BinaryWriter::I32s(std::string_view /*name*/,
                        const std::vector<std::int32_t>& values) {
  state_->Many(values);
}
void BinaryWriter::U8s(std::string_view /*name*/,
                       const std::vector<std::uint8_t>& values) {
  state_->Many(values);
}
void BinaryWriter::U64s(std::string_view /*name*/,
                        const std::vector<std::uint64_t>& values) {
  state_->Many(values);
}

void BinaryWriter::Texts(std::string_view name,
                         const std::vector<std::string>& values) {
  Count(values.size());
  for (const std::string& value : values) Text(name, value);
}

void BinaryWriter::WriteChoice(std::string_view /*name*/, std::uint8_t value,
                               ChoiceNames /*names*/) {
  Byte(value);
}

void BinaryWriter::BeginList(std::string_view /*name*/, std::size_t count) {
  Count(count);
}

std::string BinaryWriter::Finish() { return std::move(state_->stream).str(); }

// ---------------------------------------------------------------- reader

namespace {

/// Bytes in memory as a stream; left() is what is left.
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

struct BinaryReader::State {
  explicit State(std::string_view bytes) : buffer(bytes) {}

  MemoryBuffer buffer;
  std::istream stream{&buffer};
  /// Made at the first read: its constructor reads a byte already.
  std::unique_ptr<cereal::PortableBinaryInputArchive> archive;
};

BinaryReader::BinaryReader(std::string_view bytes, std::string where)
    : where_(std::move(where)), state_(std::make_unique<State>(bytes)) {
  // The archive begins with a byte for the writer's byte order.
  if (bytes.empty()) Refuse("a section", "no bytes");
  if (bytes[0] != 0 && bytes[0] != 1) {
    Refuse("byte order 0 or 1", std::to_string(bytes[0]));
  }
  state_->archive =
      std::make_unique<cereal::PortableBinaryInputArchive>(state_->stream);
}

BinaryReader::~BinaryReader() = default;

template <typename T>
T BinaryReader::Read() {
  if (state_->buffer.left() < sizeof(T)) {
    Refuse(std::to_string(sizeof(T)) + " more bytes",
           std::to_string(state_->buffer.left()));
  }
  T value{};
  (*state_->archive)(value);
  return value;
}

template <typename T>
std::vector<T> BinaryReader::ReadMany() {
  std::vector<T> values(Count(state_->buffer.left(), sizeof(T)));
  (*state_->archive)(
      cereal::binary_data(values.data(), values.size() * sizeof(T)));
  return values;
}

std::uint8_t BinaryReader::Byte(std::uint8_t below) {
  const auto value = Read<std::uint8_t>();
  if (value >= below) {
    Refuse("a choice below " + std::to_string(below), std::to_string(value));
  }
  return value;
}

std::size_t BinaryReader::Count(std::size_t max, std::size_t bytes_each) {
  const auto count = Read<std::uint64_t>();
  const std::uint64_t most =
      std::min<std::uint64_t>(max, state_->buffer.left() / bytes_each);
  if (count > most) {
    Refuse("at most " + std::to_string(most) + " entries",
           std::to_string(count));
  }
  return count;
}

bool BinaryReader::Bool(std::string_view /*name*/) { return Byte(2) == 1; }
std::int32_t BinaryReader::I32(std::string_view /*name*/) {
  return Read<std::int32_t>();
}
std::uint32_t BinaryReader::U32(std::string_view /*name*/) {
  return Read<std::uint32_t>();
}
std::uint64_t BinaryReader::U64(std::string_view /*name*/) {
  return Read<std::uint64_t>();
}
double BinaryReader::Double(std::string_view /*name*/) {
  return Read<double>();
}

std::string BinaryReader::Text(std::string_view /*name*/,
                               std::size_t max_bytes) {
  std::string text(Count(max_bytes, 1), '\0');
  (*state_->archive)(cereal::binary_data(text.data(), text.size()));
  return text;
}

std::vector<double> BinaryReader::Doubles(std::string_view /*name*/) {
  return ReadMany<double>();
}
std::vector<float> BinaryReader::Floats(std::string_view /*name*/) {
  return ReadMany<float>();
}
std::vector<std::int32_t> BinaryReader::I32s(std::string_view /*name*/) {
  return ReadMany<std::int32_t>();
}
std::vector<std::uint8_t> BinaryReader::U8s(std::string_view /*name*/) {
  return ReadMany<std::uint8_t>();
}
std::vector<std::uint64_t> BinaryReader::U64s(std::string_view /*name*/) {
  return ReadMany<std::uint64_t>();
}

std::vector<std::string> BinaryReader::Texts(std::string_view name) {
  const std::size_t count = Count(state_->buffer.left(), sizeof(std::uint64_t));
  std::vector<std::string> texts;
  texts.reserve(count);
  for (std::size_t i = 0; i < count; ++i) texts.push_back(Text(name));
  return texts;
}

std::uint8_t BinaryReader::ReadChoice(std::string_view /*name*/,
                                      ChoiceNames names) {
  return Byte(static_cast<std::uint8_t>(names.size()));
}

std::size_t BinaryReader::BeginList(std::string_view /*name*/, std::size_t max,
                                    std::size_t bytes_each) {
  return Count(max, bytes_each);
}

void BinaryReader::Finish() {
  if (state_->buffer.left() != 0) {
    Refuse("the section's end",
           std::to_string(state_->buffer.left()) + " more bytes");
  }
}

}  // namespace tidemill
