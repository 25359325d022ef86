#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tidemill {

/// The names of an enumeration's values, in their order.
using ChoiceNames = std::span<const std::string_view>;

/// Writes what a model holds, value by value, each under a name. The names are
/// those of the open export format; where nothing asks for them (model.bin)
/// the order stands alone.
///
/// Lists: Each() nests; within one of its items names are the item's own.
class ArtifactWriter {
 public:
  ArtifactWriter() = default;
  virtual ~ArtifactWriter() = default;
  ArtifactWriter(const ArtifactWriter&) = delete;
  ArtifactWriter& operator=(const ArtifactWriter&) = delete;

  virtual void Bool(std::string_view name, bool value) = 0;
  virtual void I32(std::string_view name, std::int32_t value) = 0;
  virtual void U32(std::string_view name, std::uint32_t value) = 0;
  virtual void U64(std::string_view name, std::uint64_t value) = 0;
  virtual void Double(std::string_view name, double value) = 0;
  virtual void Text(std::string_view name, std::string_view value) = 0;
  virtual void Doubles(std::string_view name,
                       const std::vector<double>& values) = 0;
  virtual void Floats(std::string_view name,
                      const std::vector<float>& values) = 0;
  virtual void I32s(std::string_view name,
                    const std::vector<std::int32_t>& values) = 0;
  virtual void U8s(std::string_view name,
                   const std::vector<std::uint8_t>& values) = 0;
  virtual void U64s(std::string_view name,
                    const std::vector<std::uint64_t>& values) = 0;
  virtual void Texts(std::string_view name,
                     const std::vector<std::string>& values) = 0;

  template <typename Enum>
  void Choice(std::string_view name, Enum value, ChoiceNames names) {
    WriteChoice(name, static_cast<std::uint8_t>(value), names);
  }

  /// A list of objects: `write` is called with each item and writes it.
  template <typename Items, typename Write>
  void Each(std::string_view name, const Items& items, Write write) {
    BeginList(name, items.size());
    for (const auto& item : items) {
      BeginItem();
      write(item);
      EndItem();
    }
    EndList();
  }

 private:
  virtual void WriteChoice(std::string_view name, std::uint8_t value,
                           ChoiceNames names) = 0;
  virtual void BeginList(std::string_view name, std::size_t count) = 0;
  virtual void BeginItem() = 0;
  virtual void EndItem() = 0;
  virtual void EndList() = 0;
};

/// Reads what ArtifactWriter wrote, out of bytes that may be hostile: the same
/// calls in the same order, with the same names.
///
/// Errors: every call throws ArtifactError naming the place when the value is
///         not there or a count, text or number is not admissible.
/// Memory: a count is checked against what is left before anything is
///         allocated, so that nothing grows beyond a few times the input.
class ArtifactReader {
 public:
  static constexpr std::size_t kMaxTextBytes = 16U << 20U;

  ArtifactReader() = default;
  virtual ~ArtifactReader() = default;
  ArtifactReader(const ArtifactReader&) = delete;
  ArtifactReader& operator=(const ArtifactReader&) = delete;

  virtual bool Bool(std::string_view name) = 0;
  virtual std::int32_t I32(std::string_view name) = 0;
  virtual std::uint32_t U32(std::string_view name) = 0;
  virtual std::uint64_t U64(std::string_view name) = 0;
  virtual double Double(std::string_view name) = 0;
  virtual std::string Text(std::string_view name,
                           std::size_t max_bytes = kMaxTextBytes) = 0;
  virtual std::vector<double> Doubles(std::string_view name) = 0;
  virtual std::vector<float> Floats(std::string_view name) = 0;
  virtual std::vector<std::int32_t> I32s(std::string_view name) = 0;
  virtual std::vector<std::uint8_t> U8s(std::string_view name) = 0;
  virtual std::vector<std::uint64_t> U64s(std::string_view name) = 0;
  virtual std::vector<std::string> Texts(std::string_view name) = 0;

  double FiniteDouble(std::string_view name);
  std::vector<double> FiniteDoubles(std::string_view name);

  /// An enumerator, one of `names`.
  template <typename Enum>
  Enum Choice(std::string_view name, ChoiceNames names) {
    return static_cast<Enum>(ReadChoice(name, names));
  }

  /// A list of at most `max` objects that take at least `bytes_each` bytes of
  /// a binary file: `read` is called with each item and fills it.
  template <typename Item, typename Read>
  std::vector<Item> Each(std::string_view name, std::size_t max,
                         std::size_t bytes_each, Read read) {
    std::vector<Item> items(BeginList(name, max, bytes_each));
    for (Item& item : items) {
      BeginItem();
      read(item);
      EndItem();
    }
    EndList();
    return items;
  }

  /// Throws ArtifactError naming the place that is being read.
  [[noreturn]] void Refuse(std::string expected, std::string got) const;

 private:
  virtual std::uint8_t ReadChoice(std::string_view name, ChoiceNames names) = 0;
  virtual std::size_t BeginList(std::string_view name, std::size_t max,
                                std::size_t bytes_each) = 0;
  virtual void BeginItem() = 0;
  virtual void EndItem() = 0;
  virtual void EndList() = 0;
  /// What an error names.
  virtual std::string Where() const = 0;
};

}  // namespace tidemill
