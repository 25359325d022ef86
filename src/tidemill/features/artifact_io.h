#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tidemill {

/// Writes one section of an artifact as cereal's portable binary.
class ArtifactWriter {
 public:
  ArtifactWriter();
  ~ArtifactWriter();
  ArtifactWriter(const ArtifactWriter&) = delete;
  ArtifactWriter& operator=(const ArtifactWriter&) = delete;

  void Bool(bool value);
  void U8(std::uint8_t value);
  void U32(std::uint32_t value);
  void U64(std::uint64_t value);
  void I32(std::int32_t value);
  void Double(double value);
  void Text(std::string_view value);
  void Doubles(const std::vector<double>& values);
  void Floats(const std::vector<float>& values);
  void I32s(const std::vector<std::int32_t>& values);
  void U8s(const std::vector<std::uint8_t>& values);
  void U64s(const std::vector<std::uint64_t>& values);
  void Texts(const std::vector<std::string>& values);

  /// What was written; ends the section.
  std::string Finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Reads what ArtifactWriter wrote, out of bytes that may be hostile.
///
/// Errors: every call throws ArtifactError naming the section when the bytes
///         end early or a count, text or number is not admissible.
/// Memory: a count is checked against the bytes that are left before anything
///         is allocated, so that nothing grows beyond a few times the file.
class ArtifactReader {
 public:
  /// `bytes` must outlive the reader. `where` names the section in errors.
  ArtifactReader(std::string_view bytes, std::string where);
  ~ArtifactReader();
  ArtifactReader(const ArtifactReader&) = delete;
  ArtifactReader& operator=(const ArtifactReader&) = delete;

  static constexpr std::size_t kMaxTextBytes = 16U << 20U;

  bool Bool();
  std::uint8_t U8();
  std::uint32_t U32();
  std::uint64_t U64();
  std::int32_t I32();
  double Double();
  double FiniteDouble();
  std::string Text(std::size_t max_bytes = kMaxTextBytes);
  std::vector<double> Doubles();
  std::vector<double> FiniteDoubles();
  std::vector<float> Floats();
  std::vector<std::int32_t> I32s();
  std::vector<std::uint8_t> U8s();
  std::vector<std::uint64_t> U64s();
  std::vector<std::string> Texts();

  /// A count of things that take at least `bytes_each` bytes.
  std::size_t Count(std::size_t max, std::size_t bytes_each);

  /// An enumerator below `count`.
  template <typename Enum>
  Enum Choice(int count) {
    const std::uint8_t value = U8();
    if (value >= count) RefuseChoice(value, count);
    return static_cast<Enum>(value);
  }

  /// Throws unless every byte was read.
  void Finish();

  /// Throws ArtifactError naming this section.
  [[noreturn]] void Refuse(std::string expected, std::string got) const;

 private:
  struct State;
  template <typename T>
  T Read();
  template <typename T>
  std::vector<T> ReadMany();
  [[noreturn]] void RefuseChoice(int value, int count) const;

  std::string where_;
  std::unique_ptr<State> state_;
};

}  // namespace tidemill
