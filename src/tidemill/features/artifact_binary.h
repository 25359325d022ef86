#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tidemill/features/artifact_io.h"

namespace tidemill {

/// Writes one section of model.bin as cereal's portable binary; names are not
/// written.
class BinaryWriter : public ArtifactWriter {
 public:
  BinaryWriter();
  ~BinaryWriter() override;

  void Bool(std::string_view name, bool value) override;
  void I32(std::string_view name, std::int32_t value) override;
  void U32(std::string_view name, std::uint32_t value) override;
  void U64(std::string_view name, std::uint64_t value) override;
  void Double(std::string_view name, double value) override;
  void Text(std::string_view name, std::string_view value) override;
  void Doubles(std::string_view name,
               const std::vector<double>& values) override;
  void Floats(std::string_view name, const std::vector<float>& values) override;
  void I32s(std::string_view name,
            const std::vector<std::int32_t>& values) override;
  void U8s(std::string_view name,
           const std::vector<std::uint8_t>& values) override;
  void U64s(std::string_view name,
            const std::vector<std::uint64_t>& values) override;
  void Texts(std::string_view name,
             const std::vector<std::string>& values) override;

  /// What was written; ends the section.
  std::string Finish();

 protected:
  void Byte(std::uint8_t value);
  void Count(std::uint64_t value);

 private:
  void WriteChoice(std::string_view name, std::uint8_t value,
                   ChoiceNames names) override;
  void BeginList(std::string_view name, std::size_t count) override;
  void BeginItem() override {}
  void EndItem() override {}
  void EndList() override {}

  struct State;
  std::unique_ptr<State> state_;
};

/// Reads what BinaryWriter wrote.
class BinaryReader final : public ArtifactReader {
 public:
  /// `bytes` must outlive the reader. `where` names the section in errors.
  BinaryReader(std::string_view bytes, std::string where);
  ~BinaryReader() override;

  bool Bool(std::string_view name) override;
  std::int32_t I32(std::string_view name) override;
  std::uint32_t U32(std::string_view name) override;
  std::uint64_t U64(std::string_view name) override;
  double Double(std::string_view name) override;
  std::string Text(std::string_view name,
                   std::size_t max_bytes = kMaxTextBytes) override;
  std::vector<double> Doubles(std::string_view name) override;
  std::vector<float> Floats(std::string_view name) override;
  std::vector<std::int32_t> I32s(std::string_view name) override;
  std::vector<std::uint8_t> U8s(std::string_view name) override;
  std::vector<std::uint64_t> U64s(std::string_view name) override;
  std::vector<std::string> Texts(std::string_view name) override;

  /// Throws unless every byte was read.
  void Finish();

 private:
  struct State;
  template <typename T>
  T Read();
  template <typename T>
  std::vector<T> ReadMany();
  std::uint8_t Byte(std::uint8_t below);
  /// A count of things that take at least `bytes_each` bytes.
  std::size_t Count(std::size_t max, std::size_t bytes_each);

  std::uint8_t ReadChoice(std::string_view name, ChoiceNames names) override;
  std::size_t BeginList(std::string_view name, std::size_t max,
                        std::size_t bytes_each) override;
  void BeginItem() override {}
  void EndItem() override {}
  void EndList() override {}
  std::string Where() const override { return where_; }

  std::string where_;
  std::unique_ptr<State> state_;
};

}  // namespace tidemill
