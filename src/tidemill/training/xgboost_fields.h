#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace tidemill {

/// An object of XGBoost's document, asked for its members by name and type.
///
/// Errors: every call throws ArtifactError naming the object and the member
///         when it is missing, of another type or out of its range.
class XgboostFields {
 public:
  /// `object` must outlive this; `where` names it in errors.
  XgboostFields(const nlohmann::json& object, std::string where);

  bool Has(const char* name) const { return object_.contains(name); }
  XgboostFields Object(const char* name) const;
  const nlohmann::json& Array(const char* name) const;
  std::string Text(const char* name) const;
  std::vector<std::string> Texts(const char* name) const;
  /// Parameters stand as text: "12".
  std::size_t CountText(const char* name, std::size_t least,
                        std::size_t most) const;
  /// "5E-1", or several since XGBoost 3.1: "[5E-1,1E0]".
  std::vector<float> FloatsText(const char* name) const;
  /// null is NaN.
  std::vector<float> Floats(const char* name) const;
  /// Booleans are 0 and 1, as XGBoost before 1.6 wrote some of them.
  std::vector<std::int64_t> Int64s(const char* name, std::int64_t least,
                                   std::int64_t most) const;
  /// The same of a range that an int32 holds.
  std::vector<std::int32_t> Integers(const char* name, std::int64_t least,
                                     std::int64_t most) const;

  [[noreturn]] void Refuse(const char* name, const std::string& expected,
                           const std::string& got) const;
  const std::string& where() const { return where_; }

 private:
  const nlohmann::json& Member(const char* name) const;

  const nlohmann::json& object_;
  std::string where_;
};

}  // namespace tidemill
