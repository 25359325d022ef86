#pragma once

#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "tidemill/features/artifact_io.h"

namespace tidemill {

/// Writes a step, predictor or section as the export file has it.
class JsonWriter final : public ArtifactWriter {
 public:
  using Json = nlohmann::ordered_json;

  JsonWriter() { open_.push_back(Json::object()); }
  Json Finish() { return open_.back(); }

  void Bool(std::string_view name, bool value) override { Put(name, value); }
  void I32(std::string_view name, std::int32_t value) override {
    Put(name, value);
  }
  void U32(std::string_view name, std::uint32_t value) override {
    Put(name, value);
  }
  void U64(std::string_view name, std::uint64_t value) override {
    Put(name, value);
  }
  void Double(std::string_view name, double value) override {
    Put(name, Number(value));
  }
  void Text(std::string_view name, std::string_view value) override {
    Put(name, value);
  }
  void Doubles(std::string_view name,
               const std::vector<double>& values) override {
    Json list = Json::array();
    for (const double value : values) list.push_back(Number(value));
    Put(name, std::move(list));
  }
  void Floats(std::string_view name,
              const std::vector<float>& values) override {
    Put(name, values);
  }
  void I32s(std::string_view name,
            const std::vector<std::int32_t>& values) override {
    Put(name, values);
  }
  void U8s(std::string_view name,
           const std::vector<std::uint8_t>& values) override {
    Put(name, values);
  }
  void U64s(std::string_view name,
            const std::vector<std::uint64_t>& values) override {
    Put(name, values);
  }
  void Texts(std::string_view name,
             const std::vector<std::string>& values) override {
    Put(name, values);
  }

 private:
  static Json Number(double value) {
    if (std::isnan(value)) return nullptr;
    if (std::isinf(value)) return value > 0.0 ? "Infinity" : "-Infinity";
    return value;
  }
  void Put(std::string_view name, Json value) {
    open_.back()[std::string(name)] = std::move(value);
  }

  void WriteChoice(std::string_view name, std::uint8_t value,
                   ChoiceNames names) override {
    Put(name, names[value]);
  }
  void BeginList(std::string_view name, std::size_t /*count*/) override {
    names_.emplace_back(name);
    Put(name, Json::array());
  }
  void BeginItem() override { open_.push_back(Json::object()); }
  void EndItem() override {
    Json item = std::move(open_.back());
    open_.pop_back();
    open_.back()[names_.back()].push_back(std::move(item));
  }
  void EndList() override { names_.pop_back(); }

  std::vector<Json> open_;          ///< objects, from the outermost in
  std::vector<std::string> names_;  ///< of the lists that are being written
};

}  // namespace tidemill
