#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace tidemill {

struct AskedParameters;

/// A configuration value as it was written, with the place it came from, so
/// that an error can name it ("churn.train.yaml:12:5 (split.test_size)").
struct ParameterValue {
  using List = std::vector<ParameterValue>;
  using Map = std::vector<std::pair<std::string, ParameterValue>>;

  /// null, boolean, number, text, list or map. A number keeps its text too, so
  /// that a key that wants text can take `7` as "7".
  struct Number {
    double value = 0.0;
    std::string text;
  };
  std::variant<std::monostate, bool, Number, std::string, List, Map> value;
  std::string where;
  /// Of a map: receives what its reader asks for. Mostly nobody wants to know.
  AskedParameters* asked = nullptr;

  // Out of line: a Map holds this type while it is incomplete.
  ParameterValue();
  ~ParameterValue();
  ParameterValue(const ParameterValue&);
  ParameterValue(ParameterValue&&) noexcept;
  ParameterValue& operator=(const ParameterValue&);
  ParameterValue& operator=(ParameterValue&&) noexcept;

  bool is_null() const { return std::holds_alternative<std::monostate>(value); }
  const Map* map() const { return std::get_if<Map>(&value); }
  const List* list() const { return std::get_if<List>(&value); }
  /// The child of that name, or nullptr.
  const ParameterValue* Find(std::string_view name) const;
};

/// A key that a reader asked for.
struct AskedParameter {
  enum class Type : std::uint8_t {
    kAny,  ///< what the reader's owner makes of it
    kNumber,
    kInteger,
    kBoolean,
    kText,
    kTexts,
    kChoice,
  };
  std::string name;
  Type type = Type::kAny;
  ParameterValue otherwise = {};  ///< the default; null: none, or computed
  std::vector<std::string> choices = {};
  bool required = false;
};

/// What a map may hold, learned from its reader: the one declaration of the
/// parameters is the code that reads them.
struct AskedParameters {
  std::vector<AskedParameter> all;  ///< in the order of asking
  bool complete = false;            ///< the reader has refused all others
};

/// "a map", "a list", "text 'abc'", "the number 7", "nothing": for errors.
std::string Describe(const ParameterValue& value);

/// The nearest of `known` by edit distance; empty when none is near.
std::string NearestName(std::string_view name,
                        const std::vector<std::string>& known);

/// Typed reading of single values; throws ConfigError naming the place.
double AsDouble(const ParameterValue& value);
std::int64_t AsInteger(const ParameterValue& value);
bool AsBool(const ParameterValue& value);
std::string AsText(const ParameterValue& value);
/// A list of texts; a single text counts as a list of one.
std::vector<std::string> AsTexts(const ParameterValue& value);

/// Reads the keys of a map one by one and refuses what nobody asked for.
/// Null counts as absent. Tells the map's AskedParameters, if any. Every reader
/// throws ConfigError naming place, expected and found.
class ParameterReader {
 public:
  /// A null value reads as an empty map.
  explicit ParameterReader(const ParameterValue& map);

  const ParameterValue* Optional(std::string_view name);
  const ParameterValue& Required(std::string_view name);

  double Double(std::string_view name, double otherwise);
  std::int64_t Integer(std::string_view name, std::int64_t otherwise);
  bool Bool(std::string_view name, bool otherwise);
  std::string Text(std::string_view name, std::string_view otherwise);
  std::vector<std::string> Texts(std::string_view name);
  /// One of `allowed`.
  std::string Choice(std::string_view name, std::string_view otherwise,
                     std::initializer_list<std::string_view> allowed);

  /// Throws on a key that none of the calls above asked for; names the
  /// nearest one that was.
  void Finish() const;

  const std::string& where() const { return map_->where; }
  /// Where that key's value was written; where it was not, or has no place of
  /// its own, the map's with the name behind it.
  std::string PlaceOf(std::string_view name) const;

 private:
  const ParameterValue* FindNonNull(std::string_view name);
  void Note(AskedParameter asked) const;

  const ParameterValue* map_;
  std::vector<std::string> known_;
};

}  // namespace tidemill
