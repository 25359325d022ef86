#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tidemill/features/artifact_binary.h"

namespace tidemill {

/// What a BinaryWriter writes, without the names: bytes that no step saved. A
/// list is its count, U64, and then its items.
class RawBytes final : public BinaryWriter {
 public:
  using BinaryWriter::Bool;
  using BinaryWriter::Double;
  using BinaryWriter::Doubles;
  using BinaryWriter::Floats;
  using BinaryWriter::I32;
  using BinaryWriter::I32s;
  using BinaryWriter::Text;
  using BinaryWriter::Texts;
  using BinaryWriter::U32;
  using BinaryWriter::U64;
  using BinaryWriter::U64s;
  using BinaryWriter::U8s;

  void U8(std::uint8_t value) { Byte(value); }
  void Bool(bool value) { Bool({}, value); }
  void U32(std::uint32_t value) { U32({}, value); }
  void U64(std::uint64_t value) { U64({}, value); }
  void I32(std::int32_t value) { I32({}, value); }
  void Double(double value) { Double({}, value); }
  void Text(std::string_view value) { Text({}, value); }
  void Doubles(const std::vector<double>& values) { Doubles({}, values); }
  void Floats(const std::vector<float>& values) { Floats({}, values); }
  void I32s(const std::vector<std::int32_t>& values) { I32s({}, values); }
  void U8s(const std::vector<std::uint8_t>& values) { U8s({}, values); }
  void U64s(const std::vector<std::uint64_t>& values) { U64s({}, values); }
  void Texts(const std::vector<std::string>& values) { Texts({}, values); }
};

}  // namespace tidemill
