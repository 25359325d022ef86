#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tidemill/features/artifact_io.h"

namespace tidemill {

/// A JSON text as a tree, taken as hostile: UTF-8, bounded in size and depth.
/// Threads: one at a time.
class JsonDocument {
 public:
  /// What it takes in memory is up to 14 times that.
  static constexpr std::size_t kMaxBytes = std::size_t{256} << 20U;
  static constexpr std::size_t kMaxDepth = 64;

  /// `where` names the file in errors. Throws ArtifactError unless the text is
  /// one JSON object.
  JsonDocument(std::string_view bytes, std::string where);
  ~JsonDocument();
  JsonDocument(const JsonDocument&) = delete;
  JsonDocument& operator=(const JsonDocument&) = delete;

  /// True when the object has that key.
  bool Has(std::string_view key) const;

 private:
  friend class JsonReader;
  struct State;
  std::string where_;
  std::unique_ptr<State> state_;
};

/// Reads the named values of an object of a JSON document: the open form of
/// what BinaryReader reads.
///
/// Form:   lists are arrays, choices their names, NaN is null, infinities are
///         "Infinity" and "-Infinity".
/// Names:  must outlive the reader, as literals do.
/// Errors: ArtifactError that names the value by its path, also on a key that
///         nobody asked for, at the object's end.
class JsonReader final : public ArtifactReader {
 public:
  /// The document's own object; `document` must outlive the reader.
  explicit JsonReader(const JsonDocument& document);
  ~JsonReader() override;

  /// A reader of the object under `key`, one of this object's own.
  JsonReader Object(std::string_view key);
  /// Throws unless every key was asked for.
  void Finish();

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

 private:
  struct State;
  explicit JsonReader(std::unique_ptr<State> state);
  template <typename T, typename Convert>
  T Get(std::string_view name, std::string_view expected, Convert convert);
  template <typename T, typename Convert>
  std::vector<T> GetMany(std::string_view name, std::string_view expected,
                         Convert convert);

  std::uint8_t ReadChoice(std::string_view name, ChoiceNames names) override;
  std::size_t BeginList(std::string_view name, std::size_t max,
                        std::size_t bytes_each) override;
  void BeginItem() override;
  void EndItem() override;
  void EndList() override;
  std::string Where() const override;

  std::unique_ptr<State> state_;
};

}  // namespace tidemill
