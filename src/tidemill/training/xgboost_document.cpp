#include "tidemill/training/xgboost_document.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <utility>
#include <vector>

#include "tidemill/core/errors.h"
#include "tidemill/data/utf8.h"
#include "tidemill/wire/message_reader.h"

namespace tidemill {
namespace {

using nlohmann::json;

/// Deeper than any file of XGBoost; its trees lie flat.
constexpr std::size_t kMaxDepth = 32;

/// Builds the document from nlohmann_json's events, which its reader of UBJSON
/// makes by recursion: a false return ends that before the stack does.
class DocumentBuilder final : public nlohmann::json_sax<json> {
 public:
  explicit DocumentBuilder(std::size_t max_values) : left_(max_values) {}

  bool null() override { return Add(nullptr); }
  bool boolean(bool value) override { return Add(value); }
  bool number_integer(std::int64_t value) override { return Add(value); }
  bool number_unsigned(std::uint64_t value) override { return Add(value); }
  bool number_float(double value, const std::string& digits) override {
    auto rounded = static_cast<float>(value);  // exact: UBJSON has no digits
    if (!digits.empty()) {
      const auto [end, error] = std::from_chars(
          digits.data(), digits.data() + digits.size(), rounded);
      if (error != std::errc() && value != 0.0) {
        return Fail("numbers that a float32 holds", QuotedText(digits));
      }
    }
    return Add(rounded);
  }
  bool string(std::string& value) override {
    if (FindInvalidUtf8(value) != value.size()) {
      return Fail("texts of UTF-8", QuotedText(value));
    }
    return Add(std::move(value));
  }
  bool binary(json::binary_t&) override {
    return Fail("JSON or UBJSON", "binary data");
  }
  bool start_object(std::size_t) override { return Open(json::object()); }
  bool key(std::string& name) override {
    if (FindInvalidUtf8(name) != name.size()) {
      return Fail("texts of UTF-8", QuotedText(name));
    }
    key_ = std::move(name);
    return true;
  }
  bool end_object() override { return Close(); }
  bool start_array(std::size_t) override { return Open(json::array()); }
  bool end_array() override { return Close(); }
  bool parse_error(std::size_t at, const std::string&,
                   const json::exception&) override {
    return Fail("a whole file of JSON or UBJSON as XGBoost writes it",
                "an error at byte " + std::to_string(at));
  }

  json Take() { return std::move(root_); }
  const std::string& expected() const { return expected_; }
  const std::string& got() const { return got_; }

 private:
  bool Fail(std::string expected, std::string got) {
    expected_ = std::move(expected);
    got_ = std::move(got);
    return false;
  }

  /// Where the next value goes; nullptr and an error when there are too many.
  json* Place(json value) {
    if (left_ == 0) {
      Fail("values that take a byte each", "more");
      return nullptr;
    }
    --left_;
    if (open_.empty()) return &(root_ = std::move(value));
    json& parent = *open_.back();
    if (parent.is_object()) return &(parent[key_] = std::move(value));
    parent.push_back(std::move(value));
    return &parent.back();
  }
  bool Add(json value) { return Place(std::move(value)) != nullptr; }
  bool Open(json value) {
    if (open_.size() == kMaxDepth) {
      return Fail("at most " + std::to_string(kMaxDepth) + " levels", "more");
    }
    json* place = Place(std::move(value));
    if (place == nullptr) return false;
    // An array grows only while its last item is closed: the pointer holds.
    open_.push_back(place);
    return true;
  }
  bool Close() {
    open_.pop_back();
    return true;
  }

  json root_;
  std::vector<json*> open_;
  std::string key_;
  std::size_t left_;
  std::string expected_;
  std::string got_;
};

/// XGBoost writes NaN and Infinity where JSON has no word for them: they become
/// null. Strings stay as they are.
std::string WithoutNonFinite(std::string_view text) {
  std::string clean;
  clean.reserve(text.size());
  bool in_string = false;
  while (!text.empty()) {
    std::size_t taken = 1;
    std::string_view written = text.substr(0, 1);
    if (in_string && text[0] == '\\') {
      taken = 2;
      written = text.substr(0, 2);
    } else if (text[0] == '"') {
      in_string = !in_string;
    } else if (!in_string) {
      for (const std::string_view word : {"NaN", "Infinity", "-Infinity"}) {
        if (!text.starts_with(word)) continue;
        taken = word.size();
        written = "null";
      }
    }
    clean += written;
    text.remove_prefix(std::min(taken, text.size()));
  }
  return clean;
}

}  // namespace

bool IsUbjson(std::string_view bytes) {
  return bytes.size() > 1 && bytes[0] == '{' &&
         std::string_view("iUIlL$#").find(bytes[1]) != std::string_view::npos;
}

json ParseXgboostDocument(std::string_view bytes, const std::string& where) {
  DocumentBuilder builder(bytes.size());
  const bool read = IsUbjson(bytes)
                        ? json::sax_parse(bytes.begin(), bytes.end(), &builder,
                                          json::input_format_t::ubjson)
                        : json::sax_parse(WithoutNonFinite(bytes), &builder);
  if (!read) {
    throw ArtifactError(
        {.where = where, .expected = builder.expected(), .got = builder.got()});
  }
  return builder.Take();
}

}  // namespace tidemill
